// A run that is kept, saved and played again.
import assert from "node:assert/strict";
import test from "node:test";
import { moments, recorder, table } from "../../www/parts/record.js";
import { device, plan, room, tile } from "./rooms.mjs";

/** A run of ten seconds, told four times a second, of which the plan changes once. */
function run() {
  const record = recorder("2026-01-01T00:00:00Z");
  for (let step = 0; step < 40; step += 1) {
    const of = plan(step < 20 ? 1 : 2, [[tile(1)]]);
    record.add(room([device(1, { busy: step / 8 })], of, { answered: step }), 100 + step / 4);
  }
  return record.run();
}

test("a saved run has its states back, plans and all", () => {
  const saved = JSON.parse(JSON.stringify(run()));
  assert.ok(JSON.stringify(saved.moments[1]).length < JSON.stringify(saved.moments[0]).length);
  const played = moments(saved);
  assert.equal(played[0].at, 0);
  assert.ok(played.length >= 10 && played.length <= 12, `${played.length}`);
  assert.deepEqual(new Set(played.map(({ state }) => state.plan.epoch)), new Set([1, 2]));
  assert.ok(played.every(({ state }) => state.plan.stages.length === 1));
});

test("what is no run is not played", () => {
  for (const other of [null, 5, {}, { format: "convoy-run", version: 2, moments: [] }, { format: "convoy-run", version: 1 }]) {
    assert.equal(moments(other), undefined);
  }
});

test("the table has a line a moment, and as many columns in each", () => {
  const saved = run();
  const lines = table(saved).trimEnd().split("\n");
  assert.equal(lines.length, saved.moments.length + 1);
  assert.equal(new Set(lines.map((line) => line.split(",").length)).size, 1);
});
