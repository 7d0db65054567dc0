// Axes, lines, bars of the timeline, flags and numbers.
import assert from "node:assert/strict";
import test from "node:test";
import { dashOf, signOf } from "../../www/parts/flags.js";
import { bars, span } from "../../www/parts/moments.js";
import { line, linear, ticks } from "../../www/parts/scale.js";
import { count, duration, percent, size } from "../../www/parts/words.js";

test("axes end at round numbers that hold everything", () => {
  for (const most of [0.0013, 0.07, 1, 3.3, 42, 980, 1e6]) {
    const marks = ticks(most);
    assert.ok(marks[0] === 0 && marks[marks.length - 1] >= most, `${most}: ${marks}`);
    assert.ok(marks.length >= 2 && marks.length <= 6, `${most}: ${marks}`);
  }
  assert.deepEqual(ticks(0), [0, 1]);
  assert.deepEqual(ticks(NaN), [0, 1]);
});

test("a line is broken where a value is missing", () => {
  const same = linear([0, 1], [0, 1]);
  assert.equal(line([[0, 1], [1, 2], [2, null], [3, 4]], same, same), "M0.0 1.0L1.0 2.0M3.0 4.0");
});

test("a tile's bars follow each other and end when it was done", () => {
  const timeline = { at: 100, tiles: [[2, 5, 1, 99, 0, 0, 0.5], [1, 5, 0, 98, 0.1, 0.2, 0.3]], frames: [] };
  const [first, second] = bars(timeline);
  assert.ok(Math.abs(first.begin + 2.6) < 1e-9 && Math.abs(first.whole + 2.5) < 1e-9 && Math.abs(first.compute + 2.3) < 1e-9 && first.end === -2);
  assert.deepEqual([second.device, second.end], [2, -1]);
  const [from, to] = span(bars(timeline));
  assert.ok(Math.abs(from + 2.6) < 1e-9 && to === -1);
});

test("what a tile made leaves after its end, where that is known", () => {
  const timeline = { at: 100, tiles: [[1, 5, 0, 98, 0.1, 0.2, 0.3, 0.25], [2, 5, 1, 99, 0, 0, 0.5, null], [3, 5, 2, 99.1, 0, 0, 0.5, 1]], frames: [] };
  const sent = bars(timeline).map((bar) => bar.sent);
  assert.ok(sent[0] === -1.75 && sent[1] === undefined && Math.abs(sent[2] - 0.1) < 1e-9, `${sent}`);
  assert.ok(Math.abs(span(bars(timeline))[1] - 0.1) < 1e-9);
});

test("only the newest pictures are in the timeline", () => {
  const tiles = Array.from({ length: 40 }, (_, frame) => [1, frame, 0, frame, 0, 0, 0.5]);
  const frames = bars({ at: 40, tiles, frames: [] }).map(({ frame }) => frame);
  assert.deepEqual(frames, [32, 33, 34, 35, 36, 37, 38, 39]);
});

test("64 devices fly 64 flags", () => {
  const flags = new Set(Array.from({ length: 64 }, (_, index) => JSON.stringify(signOf(index + 1))));
  assert.equal(flags.size, 64);
});

test("64 devices have 64 lines, told apart by their dashes where colours are alike", () => {
  const all = Array.from({ length: 64 }, (_, index) => index + 1);
  assert.equal(new Set(all.map((device) => `${signOf(device).colour} ${dashOf(device)}`)).size, 64);
  assert.equal(new Set(all.slice(0, 8).map(dashOf)).size, 8);
});

test("numbers read as people say them", () => {
  assert.deepEqual([duration(0.01234), duration(2.5), duration(null), percent(0.5), percent(0.012), size(1500)],
    ["12.3 ms", "2.5 s", "–", "50 %", "1.2 %", "1.5 kB"]);
});

test("numbers are grouped, and have six places at most", () => {
  assert.deepEqual([0, 7, 999, 1000, 1234567.5, -12345, 1e-9, 0.125].map(count), ["0", "7", "999", "1,000", "1,234,567.5", "-12,345", "0", "0.125"]);
});
