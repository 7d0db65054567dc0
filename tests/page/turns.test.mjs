// One part of the page after another is shown what is new.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurns } from "../../www/parts/turns.js";

/** Parts that write down what they were shown, and the browser's turns between them. */
function page(count) {
  const [seen, waiting] = [[], []];
  const parts = Array.from({ length: count }, (_, index) => ({ show: (state) => seen.push(`${index} ${state}`) }));
  const between = () => new Promise((done) => waiting.push(done));
  const turn = async () => {
    waiting.shift()?.();
    await new Promise(setImmediate);
  };
  return { seen, parts, between, turn };
}

test("each part is shown in a task of its own, and of what comes meanwhile the newest", async () => {
  const { seen, parts, between, turn } = page(2);
  const show = inTurns(parts, between);
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
  const show = inTurns([{ show: () => { if (fails) throw new Error("no"); seen.push("shown"); } }], async () => {});
  await assert.rejects(show("a"), /no/);
  fails = false;
  await show("b");
  assert.deepEqual(seen, ["shown"]);
});

test("without a scheduler the browser has its turn all the same", async () => {
  const seen = [];
  await inTurns([{ show: (state) => seen.push(state) }, { show: (state) => seen.push(state) }])("a");
  assert.deepEqual(seen, ["a", "a"]);
});
