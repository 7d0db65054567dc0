// A map that grows part by part.
import assert from "node:assert/strict";
import test from "node:test";
import { colours, grow } from "../../www/parts/growing.js";

/** What stands for a browser's canvas: it remembers where something was put. */
function withCanvases(act) {
  const put = [];
  globalThis.document = { createElement: () => ({ setAttribute() {}, replaceChildren() {}, getContext: () => ({ putImageData: ({ width, height }, x, y) => put.push([x, y, width, height]) }) }) };
  globalThis.ImageData = class {
    constructor(pixels, width, height) {
      assert.equal(pixels.length, width * height * 4);
      Object.assign(this, { width, height });
    }
  };
  try {
    act(put);
  } finally {
    delete globalThis.document;
    delete globalThis.ImageData;
  }
}

const part = (frame, rows, cols, length) => ({ frame, rows, cols, extent: [8, 4], grey: new Uint8Array(length ?? (rows[1] - rows[0]) * (cols[1] - cols[0])), image: new Uint8Array() });

test("parts of one picture come into one map, each at its place", () => {
  withCanvases((put) => {
    const first = grow(undefined, part(3, [0, 5], [0, 4]));
    const second = grow(first, part(3, [5, 8], [0, 4]));
    assert.equal(second.canvas, first.canvas);
    assert.deepEqual([first.canvas.width, first.canvas.height], [4, 8]);
    assert.deepEqual(put, [[0, 0, 4, 5], [0, 5, 4, 3]]);
    assert.notEqual(grow(second, part(4, [0, 8], [0, 2])).canvas, first.canvas);
  });
});

test("a part that has not as many values as it says is left out", () => {
  withCanvases((put) => {
    grow(undefined, part(1, [0, 5], [0, 4], 19));
    grow(undefined, part(1, [5, 5], [0, 4]));
    assert.deepEqual(put, []);
  });
});

test("grey values become pixels that hide nothing and let nothing through", () => {
  assert.deepEqual([...colours(new Uint8Array([0, 200]))], [0, 0, 0, 255, 200, 200, 200, 255]);
});
