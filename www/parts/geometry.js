// Where tiles lie on a photograph: pure geometry.
/** @import { Fit, Plan, Tile } from "../types.js" */

/** @typedef {{x: number, y: number, w: number, h: number}} Box */
/** @typedef {{width: number, height: number}} Extent */

/**
 * The part of a photograph that a network reads, and where that lies on its input: as
 * crates/picture/src/placement.rs has it.
 * @param {Fit} fit
 * @param {Extent} photo
 * @param {Extent} input
 * @returns {{from: Box, to: Box}}
 */
export function placement(fit, photo, input) {
  const whole = { x: 0, y: 0, w: photo.width, h: photo.height };
  const all = { x: 0, y: 0, w: input.width, h: input.height };
  if (fit.type === "crop") {
    const short = Math.min(photo.width, photo.height);
    const side = Math.min(short, Math.max(1, Math.floor(short * fit.fraction)));
    const [x, y] = [photo.width, photo.height].map((extent) => Math.floor((extent - side) / 2));
    return { from: { x, y, w: side, h: side }, to: all };
  }
  if (fit.type === "stretch") return { from: whole, to: all };
  const scale = Math.min(input.width / photo.width, input.height / photo.height);
  const [w, h] = [photo.width, photo.height].map((extent) => Math.max(1, Math.floor(extent * scale + 1e-9)));
  const [x, y] = [Math.floor((input.width - w) / 2), Math.floor((input.height - h) / 2)];
  return { from: whole, to: { x, y, w, h } };
}

/**
 * A box of the network's input as one of the photograph, cut to what the network reads of it.
 * @param {{from: Box, to: Box}} placed
 * @param {Box} box
 * @returns {Box}
 */
export function onPhoto({ from, to }, box) {
  const across = (/** @type {number} */ at) => from.x + (Math.min(Math.max(at, to.x), to.x + to.w) - to.x) * from.w / to.w;
  const down = (/** @type {number} */ at) => from.y + (Math.min(Math.max(at, to.y), to.y + to.h) - to.y) * from.h / to.h;
  const [x, y] = [across(box.x), down(box.y)];
  return { x, y, w: across(box.x + box.w) - x, h: down(box.y + box.h) - y };
}

/**
 * What a tile makes and what it sees, as boxes of the network's input; none where its rows are not
 * rows of the picture (features of a fully connected layer).
 * @param {Tile} tile
 * @param {Extent} input
 * @returns {{owns: Box, sees: Box} | undefined}
 */
export function tileBoxes({ regions, sees }, input) {
  const shape = regions.find(({ rows, cols }) => rows[1] > rows[0] && cols[1] > cols[0]);
  if (shape === undefined || sees.rows[1] === sees.rows[0]) return undefined;
  const [height, width] = shape.extent;
  if (width === 1 && input.width > 1) return undefined;
  const { rows, cols } = shape;
  return {
    owns: {
      x: cols[0] / width * input.width,
      y: rows[0] / height * input.height,
      w: (cols[1] - cols[0]) / width * input.width,
      h: (rows[1] - rows[0]) / height * input.height,
    },
    sees: { x: sees.cols[0], y: sees.rows[0], w: sees.cols[1] - sees.cols[0], h: sees.rows[1] - sees.rows[0] },
  };
}

/** The extent of a plan's input. @param {Plan} plan @returns {Extent} */
export const inputExtent = ({ input: [, height, width] }) => ({ width, height });

/**
 * What of `outer` lies around `inner`, as up to four boxes.
 * @param {Box} outer
 * @param {Box} inner
 * @returns {Box[]}
 */
export function around(outer, inner) {
  const right = (/** @type {Box} */ box) => box.x + box.w;
  const bottom = (/** @type {Box} */ box) => box.y + box.h;
  const top = Math.max(outer.y, Math.min(inner.y, bottom(outer)));
  const end = Math.min(bottom(outer), Math.max(bottom(inner), outer.y));
  const boxes = [
    { x: outer.x, y: outer.y, w: outer.w, h: top - outer.y },
    { x: outer.x, y: end, w: outer.w, h: bottom(outer) - end },
    { x: outer.x, y: top, w: inner.x - outer.x, h: end - top },
    { x: right(inner), y: top, w: right(outer) - right(inner), h: end - top },
  ];
  return boxes.filter(({ w, h }) => w > 1e-6 && h > 1e-6);
}
