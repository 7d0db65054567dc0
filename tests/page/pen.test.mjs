// Drawing a digit with keys.
import assert from "node:assert/strict";
import test from "node:test";
import { pressed } from "../../www/parts/pen.js";

const SIZE = 280;

/** What these keys do, one after another, from the middle. */
function play(...keys) {
  let pen = { x: SIZE / 2, y: SIZE / 2, down: false };
  return keys.map((key) => {
    const found = pressed(pen, key, SIZE);
    pen = found?.pen ?? pen;
    return { ...pen, does: found?.does };
  });
}

test("arrows move the pen, and draw once space has put it down", () => {
  const [up, down, right, lifted, left] = play("ArrowUp", " ", "ArrowRight", " ", "ArrowLeft");
  assert.deepEqual([up.does, down.does, right.does, lifted.does, left.does], ["move", "draw", "draw", "lift", "move"]);
  assert.ok(up.y < SIZE / 2 && right.x > up.x && left.x === up.x);
  assert.deepEqual([right.down, lifted.down], [true, false]);
});

test("the pen stays on the pad", () => {
  const corner = play(...Array(40).fill("ArrowLeft"), ...Array(40).fill("ArrowDown")).pop();
  assert.deepEqual([corner.x, corner.y], [0, SIZE]);
});

test("what wipes the pad lifts the pen; other keys are left to the page", () => {
  for (const key of ["Escape", "Delete", "Backspace"]) assert.deepEqual(play(" ", key).pop(), { x: 140, y: 140, down: false, does: "clear" });
  assert.equal(play(" ", "Enter").pop().does, "ask");
  assert.equal(pressed({ x: 0, y: 0, down: false }, "Tab", SIZE), undefined);
});
