// A run that is kept, saved and played again.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { after, both, changed } from "../../www/parts/change.js";
import { past } from "../../www/parts/moments.js";
import { moments, recorder, table } from "../../www/parts/record.js";
import { device, plan, room, tile } from "./rooms.mjs";

/** A run of ten seconds, told four times a second, of which the plan changes once. */
function run() {
  const record = recorder("2026-01-01T00:00:00Z");
  for (let step = 0; step < 40; step += 1) {
    const of = plan(step < 20 ? 1 : 2, [[tile(1)]]);
    record.add(room([device(1, { busy: step / 8 })], of, { answered: step }), 100 + step / 4);
  }
  return record;
}

/** What stands in the file of a run. */
const saved = (record) => JSON.parse(record.text().join(""));

test("a saved run has its states back, plans and all", () => {
  const file = saved(run());
  assert.ok(JSON.stringify(file.moments[1]).length < JSON.stringify(file.moments[0]).length);
  const played = moments(file);
  assert.equal(played[0].at, 0);
  assert.ok(played.length >= 10 && played.length <= 12, `${played.length}`);
  assert.deepEqual(new Set(played.map(({ state }) => state.plan.epoch)), new Set([1, 2]));
  assert.ok(played.every(({ state }) => state.plan.stages.length === 1));
});

test("runs that were saved before are played", () => {
  const old = JSON.parse(readFileSync(new URL("../../www/runs/room.json", import.meta.url), "utf8"));
  assert.equal(old.version, 1);
  const played = moments(old);
  assert.ok(played.length > 10 && played.every(({ state }) => state.plan === null || state.plan.stages.length > 0));
});

test("what is no run is not played", () => {
  for (const other of [null, 5, {}, { format: "convoy-run", version: 3, moments: [] }, { format: "convoy-run", version: 1 }]) {
    assert.equal(moments(other), undefined);
  }
});

test("that a tile has left is played once it was told, without the tile twice", () => {
  const record = recorder("2026-01-01T00:00:00Z");
  const state = (at, tiles) => room([device(1)], plan(1, [[tile(1)]]), {}, { timeline: { at, tiles, frames: [] } });
  record.add(state(50, [[1, 1, 0, 49.9, 0, 0, 0.5, null]]), 0);
  record.add(state(51, [[1, 1, 0, 49.9, 0, 0, 0.5, 0.25], [1, 2, 0, 50.9, 0, 0, 0.5, null]]), 1);
  record.add(state(52, [[1, 1, 0, 49.9, 0, 0, 0.5, 0.25], [1, 2, 0, 50.9, 0, 0, 0.5, null]]), 2);
  const tiles = moments(saved(record)).map(({ state: { timeline } }) => past(timeline).tiles.map(([, frame, , ago, , , , sending]) => [frame, ago, sending]));
  assert.deepEqual(tiles, [[[1, 0.1, null]], [[1, 1.1, 0.25], [2, 0.1, null]], [[1, 2.1, 0.25], [2, 1.1, null]]]);
});

test("the table has a line a moment, and as many columns in each", async () => {
  const record = run();
  const lines = (await table(record.steps())).trimEnd().split("\n").map(fields);
  assert.equal(lines.length, saved(record).moments.length + 1);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
});

/** The fields of a table's line. */
const fields = (line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);

test("the table says by which plan and with which browsers", async () => {
  const record = recorder("2026-01-01T00:00:00Z");
  const browser = 'Mozilla/5.0 (KHTML, like "Gecko")';
  for (let second = 0; second < 3; second += 1) {
    record.add(room([device(1, { name: "=SUM(A1), a phone", browser, engine: "relaxed" }), device(2)], plan(1, [[tile(1), tile(2, 300)], [tile(2)]])), second);
  }
  const [heads, first, second] = (await table(record.steps())).split("\n").map(fields);
  const told = (line) => Object.fromEntries(heads.map((head, index) => [head, line[index]]));
  assert.equal(told(first).scheme, "best");
  assert.equal(told(first).plan, "0-1: 1 D1 100 + 2 D2 300 | 0-1: 2 D2 100");
  assert.equal(told(first).browsers, `1 =SUM(A1), a phone: relaxed, ${browser} | 2 D2: `);
  assert.deepEqual([told(second).plan, told(second).browsers], [told(first).plan, ""]);
});

test("a change brings a value to the next one, and two changes are one", () => {
  const values = [
    {}, { a: 1, b: [1, { c: null }], d: [] }, { a: 1, b: [1, { c: 0, e: "x" }], d: [[]] }, { b: [2, {}], d: [[], []] }, { a: { b: {} }, b: [2, { c: [] }] }, { a: {}, b: 3 },
  ];
  for (const one of values) {
    for (const two of values) {
      const change = changed(one, two);
      assert.deepEqual(after(one, change), two);
      assert.deepEqual(after(one, change && JSON.parse(JSON.stringify(change))), two);
      for (const three of values) assert.deepEqual(after(one, both(change, changed(two, three))), three);
    }
  }
  assert.equal(changed(values[1], JSON.parse(JSON.stringify(values[1]))), undefined);
});

/** A second of a room of eight devices that answers two pictures a second, all of whose numbers change all the time. */
function busy(second) {
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
  const links = (id) => numbers.filter((peer) => peer !== id)
    .map((peer) => ({ peer, via: "direct", round_trip_ms: 1 + (second * peer % 97) / 100, mbit: 60 + (second * id % 89) / 10, sent: second * 71_234 + peer, received: second * 70_111 + id }));
  const devices = numbers.map((id) => device(id, { busy: second / 3, tiles: second * 4, seen: (second * id % 500) / 1000, browser: "Mozilla/5.0 ".repeat(8), links: links(id) }));
  const tiles = Array.from({ length: 96 }, (_, index) => {
    const frame = second * 2 - Math.floor((95 - index) / 16);
    return [1 + index % 8, frame, Math.floor(index / 8) % 2, frame / 2 - 0.1, 0.0123, 0.0456, 0.1234];
  });
  const frames = Array.from({ length: 24 }, (_, index) => [second * 2 - 23 + index, 1, second - (23 - index) / 2 - 0.5, second - (23 - index) / 2]);
  const of = plan(1 + Math.floor(second / 600), [numbers.map((id) => tile(id, 100, { regions: Array(4).fill({ node: "n", rows: [0, 9], cols: [0, 9], extent: [9, 9] }) }))]);
  return room(devices, of, { answered: second * 2 }, { timeline: { at: second, tiles, frames } });
}

test("after an hour of eight devices the record is a few megabytes, from the first state to the last", () => {
  const record = recorder("2026-01-01T00:00:00Z");
  for (let second = 0; second <= 3600; second += 1) record.add(busy(second), 50 + second);
  const text = record.text().join("");
  assert.ok(text.length < 4_200_000, `${text.length}`);
  const played = moments(JSON.parse(text));
  assert.deepEqual([played[0].at, played[played.length - 1].at], [0, 3600]);
  assert.ok(played.length > 300, `${played.length}`);
  // The newest are all there; of the older ones no gap is long.
  assert.deepEqual(played.slice(-100).map(({ at }) => at), Array.from({ length: 100 }, (_, index) => 3501 + index));
  const gaps = played.slice(1).map(({ at }, index) => at - played[index].at);
  assert.ok(Math.max(...gaps) <= 64, `${Math.max(...gaps)}`);
  // And each is what it was.
  for (const { at, state } of [played[0], played[7], played[Math.floor(played.length / 2)], played[played.length - 1]]) {
    const { timeline, ...bare } = busy(at);
    const { timeline: told, ...rest } = state;
    assert.deepEqual(rest, bare);
    const [played, was] = [past(told), past(timeline)];
    assert.deepEqual(played.frames.at(-1), was.frames.at(-1));
    assert.deepEqual(played.tiles.slice(-16), was.tiles.slice(-16));
  }
});
