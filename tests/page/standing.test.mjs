// What a device's own page says of how it stands.
import assert from "node:assert/strict";
import test from "node:test";
import { standing } from "../../www/parts/standing.js";

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
