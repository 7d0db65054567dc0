// Pictures that move, put together from still ones.
import assert from "node:assert/strict";
import test from "node:test";
import { animated, pixels } from "./film/webp.mjs";

const ascii = (text) => [...Buffer.from(text, "latin1")];
const still = (...content) => Uint8Array.from([...ascii("RIFF"), 12 + content.length, 0, 0, 0, ...ascii("WEBP"), ...ascii("VP8 "), content.length, 0, 0, 0, ...content]);

test("only what holds pixels is taken of a still, filled up to an even length", () => {
  assert.deepEqual([...pixels(still(1, 2, 3))], [...ascii("VP8 "), 3, 0, 0, 0, 1, 2, 3, 0]);
  const named = Uint8Array.from([...ascii("RIFF"), 0, 0, 0, 0, ...ascii("WEBP"), ...ascii("EXIF"), 1, 0, 0, 0, 7, 0, ...ascii("VP8L"), 2, 0, 0, 0, 8, 9]);
  assert.deepEqual([...pixels(named)], [...ascii("VP8L"), 2, 0, 0, 0, 8, 9]);
  assert.throws(() => pixels(Uint8Array.from(ascii("GIF89a, not WebP"))), /no WebP/);
});

test("an animation says its size, and of every frame how long it stays", () => {
  const file = animated([{ file: still(1, 2), milliseconds: 450 }, { file: still(3, 4), milliseconds: 70_000 }], { width: 832, height: 559 });
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(4, true), file.length - 8);
  const text = Buffer.from(file).toString("latin1");
  assert.ok(text.startsWith("RIFF") && text.slice(8, 16) === "WEBPVP8X");
  assert.deepEqual([...file.subarray(24, 30)], [831 % 256, 3, 0, 558 % 256, 2, 0]);
  const frames = [...text.matchAll(/ANMF/g)].map(({ index }) => index);
  assert.equal(frames.length, 2);
  // After the chunk's head and where the frame lies: its extent, then its time.
  assert.deepEqual(frames.map((at) => view.getUint32(at + 8 + 12, true) & 0xffffff), [450, 70_000]);
});
