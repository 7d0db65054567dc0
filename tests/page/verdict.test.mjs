// Whether sharing is worth it.
import assert from "node:assert/strict";
import test from "node:test";
import { verdict } from "../../www/parts/verdict.js";
import { plan, tile } from "./rooms.mjs";

const two = (more) => plan(1, [[tile(1)], [tile(2)]], more);

test("one device has nothing to share", () => {
  assert.equal(verdict(plan(1, [[tile(1)], [tile(1)]]), null).key, "verdict_one");
});

test("predicted is held against predicted, and measured times that are far off are said", () => {
  const of = two({ period: 0.1, latency: 0.1 });
  assert.deepEqual([verdict(of, null).key, verdict(of, null).off], ["verdict_both", undefined]);
  assert.equal(verdict(of, { period: 0.12, latency: 0.12 }).off, undefined);
  assert.equal(verdict(of, { period: 0.3, latency: 0.4 }).off, "measured_slow");
  assert.equal(verdict(of, { period: null, latency: 0.4 }).off, "measured_queue");
});

test("a pipeline that answers more but later says so, and why", () => {
  const found = verdict(two({ period: 0.1, latency: 0.3 }), null);
  assert.deepEqual([found.key, found.reason], ["verdict_more", "reason_wait"]);
  assert.ok(Math.abs(found.throughput - 2) < 1e-9);
});

test("where transfers take longer than computing they are the reason", () => {
  const slow = two({ period: 0.5, latency: 0.9 });
  slow.stages.forEach((stage) => { stage.transfer = 0.4; });
  const found = verdict(slow, null);
  assert.deepEqual([found.key, found.reason], ["verdict_alone", "reason_transfer"]);
});

test("work that is done twice is counted, groups in turn are not", () => {
  assert.ok(Math.abs(verdict(plan(1, [[tile(1, 150), tile(2, 150)]]), null).extra - 0.5) < 1e-9);
  const turns = plan(1, [[tile(1, 200), tile(2, 200, { group: 1 })]]);
  turns.stages[0].turns = [1, 1];
  assert.ok(Math.abs(verdict(turns, null).extra) < 1e-9);
});
