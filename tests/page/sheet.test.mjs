// Drawings that leave the page.
import assert from "node:assert/strict";
import test from "node:test";
import { lines, stacked, withoutVariables } from "../../www/parts/sheet.js";

test("words that stand beside each other are a line", () => {
  const word = (text, x, y) => ({ text, x, y, width: 20, height: 14 });
  const found = lines([word("rows", 5, 10), word("1", 30, 10.4), word("to", 5, 26), word("9", 30, 26)]);
  assert.deepEqual(found.map(({ text, x, y, width }) => [text, x, y, width]), [["rows 1", 5, 10, 45], ["to 9", 5, 26, 45]]);
  assert.deepEqual(lines([]), []);
});

test("several drawings lie below each other and do not overlap", () => {
  const all = [{ width: 300, height: 100 }, { width: 320, height: 50 }, { width: 10, height: 5 }];
  const { width, height, tops } = stacked(all);
  assert.equal(width, 320);
  for (let index = 1; index < all.length; index += 1) assert.ok(tops[index] > tops[index - 1] + all[index - 1].height);
  assert.equal(height, tops[2] + 5);
});

test("a drawing has colours where the page has names for them", () => {
  const text = '<path style="stroke: var(--device-3);"/><rect fill="var(--gone)"/>';
  const made = withoutVariables(text, (name) => name === "--device-3" ? "#c4679d" : "");
  assert.equal(made, '<path style="stroke: #c4679d;"/><rect fill="currentColor"/>');
});
