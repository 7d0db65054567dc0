// Where tiles lie on a photograph.
import assert from "node:assert/strict";
import test from "node:test";
import { around, onPhoto, placement, tileBoxes } from "../../www/parts/geometry.js";

test("a crop reads the central square, as the engine does", () => {
  const { from, to } = placement({ type: "crop", fraction: 0.875 }, { width: 600, height: 400 }, { width: 224, height: 224 });
  assert.deepEqual(from, { x: 125, y: 25, w: 350, h: 350 });
  assert.deepEqual(to, { x: 0, y: 0, w: 224, h: 224 });
});

test("a letterbox keeps proportions and centres", () => {
  const { from, to } = placement({ type: "letterbox", fill: 128 }, { width: 500, height: 375 }, { width: 416, height: 416 });
  assert.deepEqual(from, { x: 0, y: 0, w: 500, h: 375 });
  assert.deepEqual(to, { x: 0, y: 52, w: 416, h: 312 });
});

test("boxes of the input come back to the photograph and never leave what is read of it", () => {
  const fits = [{ type: "stretch" }, { type: "crop", fraction: 0.9 }, { type: "letterbox", fill: 0 }];
  for (const fit of fits) {
    for (const photo of [{ width: 640, height: 480 }, { width: 333, height: 777 }]) {
      const input = { width: 227, height: 227 };
      const placed = placement(fit, photo, input);
      const whole = onPhoto(placed, { x: 0, y: 0, w: 227, h: 227 });
      for (const key of ["x", "y", "w", "h"]) assert.ok(Math.abs(whole[key] - placed.from[key]) < 1e-6, `${fit.type} ${key}`);
      // Two halves side by side are the whole.
      const upper = onPhoto(placed, { x: 0, y: 0, w: 227, h: 100 });
      const lower = onPhoto(placed, { x: 0, y: 100, w: 227, h: 127 });
      assert.ok(Math.abs(upper.y + upper.h - lower.y) < 1e-6);
      assert.ok(Math.abs(upper.h + lower.h - whole.h) < 1e-6);
    }
  }
});

test("what lies around a box is the rest of the outer one, once", () => {
  const area = (boxes) => boxes.reduce((sum, { w, h }) => sum + w * h, 0);
  const outer = { x: 0, y: 10, w: 100, h: 50 };
  for (const inner of [{ x: 0, y: 20, w: 100, h: 20 }, { x: 10, y: 20, w: 30, h: 20 }, outer]) {
    assert.equal(area(around(outer, inner)), area([outer]) - area([inner]));
  }
});

test("features of a fully connected layer are no part of the picture", () => {
  const input = { width: 224, height: 224 };
  const sees = { rows: [0, 224], cols: [0, 224] };
  const features = { regions: [{ node: "fc", rows: [0, 2048], cols: [0, 1], extent: [4096, 1] }], sees };
  assert.equal(tileBoxes(features, input), undefined);
  const strip = { regions: [{ node: "conv", rows: [14, 28], cols: [0, 56], extent: [56, 56] }], sees: { rows: [50, 120], cols: [0, 224] } };
  assert.deepEqual(tileBoxes(strip, input), { owns: { x: 0, y: 56, w: 224, h: 56 }, sees: { x: 0, y: 50, w: 224, h: 70 } });
});
