// Pictures at a chosen rate.
import assert from "node:assert/strict";
import test from "node:test";
import { MOST, stream } from "../../www/parts/sending.js";

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
