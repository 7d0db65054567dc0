// Pictures at a chosen rate.
import assert from "node:assert/strict";
import test from "node:test";
import { MOST, seldom, stream } from "../../www/parts/sending.js";

test("what is due while too many are under way is left out, and counted", async () => {
  const answers = [];
  let ring = () => {};
  let stopped = 0;
  const sending = stream({
    take: () => new Promise((resolve) => answers.push(resolve)),
    every: (_, call) => {
      ring = call;
      return () => { stopped += 1; };
    },
  });
  sending.start(5);
  for (let count = 0; count < MOST + 3; count += 1) ring();
  assert.deepEqual(sending.counts(), { sent: MOST, skipped: 3, flying: MOST });
  answers.shift()();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sending.counts().flying, MOST - 1);
  ring();
  assert.equal(sending.counts().sent, MOST + 1);
  sending.start(2);
  sending.stop();
  assert.ok(stopped >= 2);
});

test("a picture that cannot be had is told, and no longer under way", async () => {
  const told = [];
  let ring = () => {};
  const sending = stream({
    take: () => Promise.reject(new Error("no camera")),
    fail: (error) => told.push(error.message),
    every: (_, call) => {
      ring = call;
      return () => {};
    },
  });
  sending.start(5);
  for (let count = 0; count < MOST + 3; count += 1) {
    ring();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(sending.counts(), { sent: MOST + 3, skipped: 0, flying: 0 });
  assert.deepEqual([told.length, new Set(told).size], [MOST + 3, 1]);
});

test("of a stream's answers one is said every few seconds", () => {
  let now = 0;
  const may = seldom(4000, () => now);
  const said = [];
  for (; now < 12_000; now += 50) if (may()) said.push(now);
  assert.deepEqual(said, [0, 4000, 8000]);
});
