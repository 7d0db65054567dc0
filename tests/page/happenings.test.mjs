// What happens in the room, told from one state to the next.
import assert from "node:assert/strict";
import test from "node:test";
import { fresh, happened } from "../../www/parts/happenings.js";
import { device, plan, room, tile } from "./rooms.mjs";

/** The happenings of these states, one after another. */
function play(...states) {
  let mind = fresh();
  return states.map((state) => {
    const found = happened(mind, state);
    mind = found.mind;
    return found.happenings;
  });
}

const keys = (happenings) => happenings.map(({ key }) => key);

test("whoever is there when the page comes has not just joined", () => {
  assert.deepEqual(keys(play(room([device(1)], null))[0]), []);
});

test("a device that leaves hands its parts on, and pictures are sent again", () => {
  const before = plan(1, [[tile(1), tile(2)], [tile(2)]]);
  const after = plan(2, [[tile(1, 300)]]);
  const [, left, moved] = play(
    room([device(1), device(2)], before),
    room([device(1)], null, { replayed: 3 }),
    room([device(1)], after, { replayed: 3 }),
  );
  assert.deepEqual(keys(left), ["event_left"]);
  assert.equal(left[0].weight, "bad");
  assert.deepEqual(keys(moved), ["event_moved", "event_again", "event_plan_one"]);
  assert.deepEqual(moved[0].values, { name: "D2", n: 2, names: ["D1"] });
  assert.equal(moved[1].values.n, 3);
});

test("a device without a part may leave without a word about parts", () => {
  const of = plan(1, [[tile(1)]]);
  const [, left, next] = play(room([device(1), device(2)], of), room([device(1)], of), room([device(1)], plan(2, [[tile(1)]])));
  assert.deepEqual(keys(left), ["event_left"]);
  assert.equal(left[0].weight, "plain");
  assert.ok(!keys(next).includes("event_moved"));
});

test("a link through the server is told once, by one of its ends", () => {
  const relayed = (peer) => [{ peer, via: "relayed", sent: 0, received: 0 }];
  const now = room([device(1, { links: relayed(2) }), device(2, { links: relayed(1) })], null);
  const [, first, second] = play(room([device(1), device(2)], null), now, now);
  assert.deepEqual(first.map(({ key, values }) => [key, values.names]), [["event_relayed", ["D1", "D2"]]]);
  assert.deepEqual(second, []);
});

test("who becomes slow, and is itself again, is told with the plan that reckons with it", () => {
  const of = (epoch) => plan(epoch, [[tile(1), tile(2)]]);
  const two = (more) => [device(1, { speed: 1 }), device(2, { speed: 1, ...more })];
  const [, slow, around, slower, back] = play(
    room(two(), of(1), { drifts: 0 }),
    room(two({ speed: 0.4 }), of(1), { drifts: 0 }),
    room(two({ speed: 0.41 }), of(2), { drifts: 1 }),
    room(two({ speed: 0.2 }), of(2), { drifts: 1 }),
    room(two({ speed: 0.95 }), of(2), { drifts: 1 }),
  );
  assert.deepEqual(slow, [{ key: "event_slow", values: { name: "D2", percent: 40 }, weight: "bad" }]);
  assert.deepEqual(keys(around), ["event_around", "event_plan"]);
  assert.deepEqual(slower.map(({ values }) => values.percent), [20]);
  assert.deepEqual(keys(back), ["event_fast"]);
});

test("problems, the background and changes of the room are told", () => {
  const [, found] = play(
    room([device(1), device(2)], null),
    room([device(1, { problem: "out of memory" }), device(2, { hidden: true })], null, { failed: 1 }, { model: "n", scheme: "pico" }),
  );
  assert.deepEqual(keys(found), ["event_problem", "event_hidden", "event_model", "event_scheme", "event_failed"]);
});

test("a device whose results are wrong is named once, and once more when it is pardoned", () => {
  const problem = "its results differ from what 2 others got for the same tile";
  const liar = room([device(1), device(2, { state: "quarantined", problem })], null);
  const fine = room([device(1), device(2)], null);
  const [, first, second, pardoned] = play(fine, liar, liar, fine);
  assert.deepEqual(first.map(({ key, weight }) => [key, weight]), [["event_quarantined", "bad"]]);
  assert.deepEqual(first[0].values, { name: "D2", problem });
  assert.deepEqual(second, []);
  assert.deepEqual(keys(pardoned), ["event_pardoned"]);
});

test("a device that falls silent is named, and what it had to do moves; so is its return", () => {
  const two = (state) => [device(1), device(2, { state })];
  const [before, after] = [plan(1, [[tile(1), tile(2)]]), plan(2, [[tile(1, 300)]])];
  const [, silent, still, moved, heard, same] = play(
    room(two("computing"), before), room(two("silent"), before), room(two("silent"), before),
    room(two("silent"), after), room(two("returning"), after), room(two("idle"), after),
  );
  assert.deepEqual(silent, [{ key: "event_silent", values: { name: "D2" }, weight: "bad" }]);
  assert.deepEqual(still, []);
  assert.deepEqual(keys(moved), ["event_moved", "event_plan_one"]);
  assert.deepEqual(heard, [{ key: "event_heard", values: { name: "D2" }, weight: "good" }]);
  assert.deepEqual(same, []);
});

test("who was silent and then left is told of with its parts once, and who is back keeps them", () => {
  const of = plan(1, [[tile(1), tile(2)]]);
  const next = plan(2, [[tile(1, 300)]]);
  const silent = room([device(1), device(2, { state: "silent" })], of);
  const [, , , moved] = play(room([device(1), device(2)], of), silent, room([device(1)], of), room([device(1)], next));
  assert.equal(keys(moved).filter((key) => key === "event_moved").length, 1);
  const [, , back, planned] = play(room([device(1), device(2)], of), silent, room([device(1), device(2)], of), room([device(1), device(2)], next));
  assert.deepEqual(keys(back), ["event_heard"]);
  assert.ok(!keys(planned).includes("event_moved"));
  const [, , wrong] = play(room([device(1), device(2)], of), silent, room([device(1), device(2, { state: "quarantined", problem: "p" })], of));
  assert.deepEqual(keys(wrong), ["event_quarantined"]);
});

test("a line that becomes slow is told, and the pause in which lines are measured", () => {
  const line = (slow) => ({ up_mbit: 5, down_mbit: 50, slow });
  const of = plan(1, [[tile(1), tile(2)]]);
  const state = (slow, looks) => room([device(1), device(2, { line: line(slow) })], of, { looks });
  const [, looks, slow, same, fine] = play(state(false, 0), state(false, 1), state(true, 1), state(true, 1), state(false, 1));
  assert.deepEqual(keys(looks), ["event_looks"]);
  assert.deepEqual(slow, [{ key: "event_line_slow", values: { name: "D2" }, weight: "bad" }]);
  assert.deepEqual(same, []);
  assert.deepEqual(fine.map(({ key, weight }) => [key, weight]), [["event_line_fine", "good"]]);
});
