// Where the parts of a step meet, and what becomes of them when such a line is moved.
import assert from "node:assert/strict";
import test from "node:test";
import { boundaries, moved, partsOf } from "../../www/parts/boundaries.js";

const part = (top, bottom, left, right) => ({ rows: [top, bottom], cols: [left, right] });
const area = (parts) => parts.reduce((sum, { rows, cols }) => sum + (rows[1] - rows[0]) * (cols[1] - cols[0]), 0);
const overlap = (a, b) => ["rows", "cols"].every((axis) => Math.max(a[axis][0], b[axis][0]) < Math.min(a[axis][1], b[axis][1]));
const covers = (parts, whole) => area(parts) === whole && parts.every((one, index) => parts.slice(index + 1).every((other) => !overlap(one, other)));

test("strips meet at a line for each two neighbours, which stays between them", () => {
  const parts = [part(0, 10, 0, 20), part(10, 14, 0, 20), part(14, 30, 0, 20)];
  const lines = boundaries(parts, [0, 0, 0]);
  assert.deepEqual(lines.map(({ axis, at, least, most }) => [axis, at, least, most]), [["rows", 10, 1, 13], ["rows", 14, 11, 29]]);
  assert.deepEqual(moved(parts, lines[0], 12).map(({ rows }) => rows), [[0, 12], [12, 14], [14, 30]]);
  assert.deepEqual(moved(parts, lines[0], 99).map(({ rows }) => rows), [[0, 13], [13, 14], [14, 30]]);
  assert.deepEqual(moved(parts, lines[1], -5).map(({ rows }) => rows), [[0, 10], [10, 11], [11, 30]]);
});

test("a line across a grid moves all cells at it together, one within a band only its own", () => {
  const parts = [part(0, 8, 0, 5), part(0, 8, 5, 12), part(8, 12, 0, 9), part(8, 12, 9, 12)];
  const lines = boundaries(parts, [0, 0, 0, 0]);
  assert.deepEqual(lines.map(({ axis, at, along, before, after }) => [axis, at, along, before, after]), [
    ["rows", 8, [0, 12], [0, 1], [2, 3]],
    ["cols", 5, [0, 8], [0], [1]],
    ["cols", 9, [8, 12], [2], [3]],
  ]);
  for (const line of lines) {
    for (let to = line.least; to <= line.most; to += 1) assert.ok(covers(moved(parts, line, to), 144));
  }
});

test("groups that take pictures in turn do not meet", () => {
  const parts = [part(0, 10, 0, 20), part(10, 30, 0, 20), part(0, 16, 0, 20), part(16, 30, 0, 20)];
  assert.deepEqual(boundaries(parts, [0, 0, 1, 1]).map(({ group, at }) => [group, at]), [[0, 10], [1, 16]]);
  assert.deepEqual(boundaries([part(0, 30, 0, 20), part(0, 30, 0, 20)], [0, 1]), []);
});

test("a line that has no way to go is none", () => {
  assert.deepEqual(boundaries([part(0, 1, 0, 4), part(1, 2, 0, 4)], [0, 0]), []);
});

test("however a plane is cut, it stays whole wherever its lines are moved", () => {
  let seed = 7;
  const below = (most) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 2147483648 * most);
  };
  for (let round = 0; round < 60; round += 1) {
    let parts = [part(0, 24, 0, 24)];
    for (let cut = 0; cut < 6; cut += 1) {
      const index = below(parts.length);
      const axis = below(2) === 0 ? "rows" : "cols";
      const [start, end] = parts[index][axis];
      if (end - start < 3) continue;
      const at = start + 1 + below(end - start - 1);
      parts = [...parts.slice(0, index), { ...parts[index], [axis]: [start, at] }, { ...parts[index], [axis]: [at, end] }, ...parts.slice(index + 1)];
    }
    for (const line of boundaries(parts, parts.map(() => 0))) {
      for (const to of [line.least, line.most, line.least + below(line.most - line.least + 1)]) {
        assert.ok(covers(moved(parts, line, to), 24 * 24), JSON.stringify({ parts, line, to }));
      }
    }
  }
});

test("the tallest output is what is cut, the later one among equals; features are not", () => {
  const region = (name, height, width, rows) => ({ node: name, rows, cols: [0, width], extent: [height, width] });
  const tile = (rows) => ({ regions: [region("small", 4, 4, [0, 1]), region("a", 8, 8, [0, 1]), region("b", 8, 6, rows)] });
  assert.deepEqual(partsOf({ tiles: [tile([0, 3]), tile([3, 8])] }), { parts: [part(0, 3, 0, 6), part(3, 8, 0, 6)], extent: [8, 6] });
  assert.equal(partsOf({ tiles: [{ regions: [region("fc", 4096, 1, [0, 9])] }] }), undefined);
  assert.equal(partsOf({ tiles: [] }), undefined);
});
