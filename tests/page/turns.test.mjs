// One part of the page after another is shown what is new.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurns, rest } from "../../www/parts/turns.js";

/** Parts that write down what they were shown, and the browser's frames between them. */
function page(count) {
  const [seen, waiting] = [[], []];
  const parts = Array.from({ length: count }, (_, index) => ({ show: (state) => seen.push(`${index} ${state}`) }));
  const drawn = () => new Promise((done) => waiting.push(() => done(0)));
  const turn = async () => {
    waiting.shift()?.();
    await new Promise(setImmediate);
  };
  return { seen, parts, drawn, turn };
}

/** Nothing takes any time. */
const AT_ONCE = { drawn: async () => 0, pause: async () => {}, clock: () => 0 };

test("each part is shown in a frame of its own, and of what comes meanwhile the newest", async () => {
  const { seen, parts, drawn, turn } = page(2);
  const show = inTurns(parts, 0.5, { ...AT_ONCE, drawn });
  show("a");
  assert.deepEqual(seen, ["0 a"]);
  show("b");
  show("c");
  assert.deepEqual(seen, ["0 a"]);
  await turn();
  assert.deepEqual(seen, ["0 a", "1 a"]);
  for (let left = 0; left < 3; left += 1) await turn();
  assert.deepEqual(seen, ["0 a", "1 a", "0 c", "1 c"]);
  await turn();
  show("d");
  assert.equal(seen.at(-1), "0 d");
});

test("a part that fails keeps nobody from what comes later", async () => {
  let fails = true;
  const seen = [];
  const show = inTurns([{ show: () => { if (fails) throw new Error("no"); seen.push("shown"); } }], 0.5, AT_ONCE);
  await assert.rejects(show("a"), /no/);
  fails = false;
  await show("b");
  assert.deepEqual(seen, ["shown"]);
});

test("without a scheduler the browser has its turn all the same", async () => {
  await rest();
});

test("showing keeps to its share of the page's thread, and waits for no longer than two seconds", async () => {
  let now = 0;
  const pauses = [];
  const costs = [10, 20, 1000];
  const parts = [{ show: (cost) => { now += cost; } }];
  const show = inTurns(parts, 0.1, { ...AT_ONCE, drawn: async () => 5, pause: async (wait) => { pauses.push(wait); }, clock: () => now });
  for (const cost of costs) await show(cost);
  // What is drawn counts as what is worked out for it.
  assert.deepEqual(pauses.map(Math.round), [9 * 15, 9 * 25, 2000]);
});

test("what comes during the pause is shown after it, the newest alone", async () => {
  const seen = [];
  const waiting = [];
  const show = inTurns([{ show: (state) => seen.push(state) }], 0.1, { ...AT_ONCE, pause: () => new Promise((done) => waiting.push(done)) });
  show("a");
  await new Promise(setImmediate);
  show("b");
  show("c");
  assert.deepEqual(seen, ["a"]);
  waiting.shift()();
  await new Promise(setImmediate);
  assert.deepEqual(seen, ["a", "c"]);
});
