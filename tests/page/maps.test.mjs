// The feature maps between stages, and what of the newest picture is made.
import assert from "node:assert/strict";
import { test } from "node:test";
import { made, tallest } from "../../www/parts/maps.js";
import { tile } from "./rooms.mjs";

const done = (device, frame, stage) => [device, frame, stage, 1, 0, 0, 0.1];

test("of the newest picture the tiles that are done fill their maps", () => {
  const found = made({ at: 1, frames: [], tiles: [done(1, 4, 0), done(2, 4, 0), done(1, 4, 1), done(2, 5, 0)] });
  assert.deepEqual([...found].map(([stage, devices]) => [stage, [...devices]]), [[0, [2]]]);
});

test("where nothing was computed nothing is filled", () => {
  assert.equal(made({ at: 1, frames: [], tiles: [] }).size, 0);
  assert.equal(made(undefined).size, 0);
});

test("a stage shows its largest map, the later of equals, and none of features in a row", () => {
  const region = (height, width) => ({ node: "a", rows: [0, height], cols: [0, width], extent: [height, width] });
  const stage = (...regions) => ({ pieces: [0, 1], layers: [], turns: [1], compute: 0, transfer: 0, tiles: [tile(1, 1, { regions })] });
  assert.equal(tallest(stage(region(13, 13), region(26, 26), region(26, 26))), 2);
  assert.equal(tallest(stage(region(4096, 1))), -1);
  assert.equal(tallest(stage()), -1);
});
