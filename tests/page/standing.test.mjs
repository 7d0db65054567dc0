// What a device's own page says of how it stands.
import assert from "node:assert/strict";
import test from "node:test";
import { connection, standing } from "../../www/parts/standing.js";

test("only a device that computes is told that it does", () => {
  const all = ["joined", "measuring", "connecting", "loading", "ready", "computing", "idle", "silent", "returning", "unable", "quarantined", "watching"];
  assert.deepEqual(all.filter((state) => standing({ state })?.key === "own_computes"), ["computing"]);
});

test("who takes no part is told why", () => {
  for (const [state, key] of [["unable", "own_unable"], ["quarantined", "own_quarantined"]]) {
    assert.deepEqual(standing({ state, problem: "out of memory" }), { key, values: { problem: "out of memory" }, bad: true });
  }
  assert.equal(standing({ state: "returning" }).bad, true);
});

test("a device that connects says how many of its links stand, of those to devices that know their speed", () => {
  const links = [{ peer: 2 }, { peer: 9 }];
  const mine = { id: 1, state: "connecting", links };
  const others = [[2, "connecting"], [3, "connecting"], [4, "measuring"], [5, "watching", "watch"]].map(([id, state, role = "device"]) => ({ id, state, role }));
  assert.deepEqual(connection([{ ...mine, role: "device" }, ...others], mine), { done: 1, total: 2 });
  assert.equal(connection(others, { ...mine, state: "computing" }), undefined);
  assert.equal(connection([{ ...mine, role: "device" }], mine), undefined);
});
