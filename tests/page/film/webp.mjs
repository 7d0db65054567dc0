// Still WebP pictures, as a browser makes them, put together into one that moves: nothing is encoded anew.
// The container is that of RFC 9649.

/** @param {number} value @param {number} bytes little endian */
const number = (value, bytes) => Uint8Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 255);

/** @param {Uint8Array[]} parts */
const joined = (parts) => Uint8Array.from(Buffer.concat(parts));

/** @param {string} name @param {Uint8Array} content */
const chunk = (name, content) =>
  joined([Buffer.from(name, "latin1"), number(content.length, 4), content, new Uint8Array(content.length % 2)]);

/**
 * The chunks of a picture that hold its pixels.
 * @param {Uint8Array} file
 * @returns {Uint8Array}
 */
export function pixels(file) {
  const text = (from) => Buffer.from(file.subarray(from, from + 4)).toString("latin1");
  if (text(0) !== "RIFF" || text(8) !== "WEBP") throw new Error("this is no WebP");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = [];
  for (let at = 12; at + 8 <= file.length;) {
    const length = view.getUint32(at + 4, true);
    if (["ALPH", "VP8 ", "VP8L"].includes(text(at))) found.push(chunk(text(at), file.subarray(at + 8, at + 8 + length)));
    at += 8 + length + length % 2;
  }
  return joined(found);
}

/**
 * @param {{file: Uint8Array, milliseconds: number}[]} frames pictures of one size, and how long each stays
 * @param {{width: number, height: number}} size
 * @returns {Uint8Array} a picture that moves for ever
 */
export function animated(frames, { width, height }) {
  const extent = [number(width - 1, 3), number(height - 1, 3)];
  const head = chunk("VP8X", joined([number(2, 4), ...extent]));
  const loop = chunk("ANIM", joined([number(0, 4), number(0, 2)]));
  // Each covers the one before it, and is not blended with it.
  const shown = frames.map(({ file, milliseconds }) =>
    chunk("ANMF", joined([number(0, 6), ...extent, number(milliseconds, 3), number(2, 1), pixels(file)])));
  const content = joined([Buffer.from("WEBP", "latin1"), head, loop, ...shown]);
  return joined([Buffer.from("RIFF", "latin1"), number(content.length, 4), content]);
}
