// A map that grows part by part, as its parts come in at the picture's source.
import { make } from "./element.js";
/** @import { MapPart } from "../types.js" */

/** A map that is not whole yet. @typedef {{frame: number, canvas: HTMLCanvasElement}} Growing */

/**
 * The map of the part's picture with the part in it: the one before, where it is of the same picture.
 * @param {Growing | undefined} before
 * @param {MapPart} part
 * @returns {Growing}
 */
export function grow(before, { frame, rows, cols, extent: [height, width], grey }) {
  const same = before?.frame === frame;
  const canvas = same ? before.canvas : make("canvas", { className: "map-layer", width, height, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  const [w, h] = [cols[1] - cols[0], rows[1] - rows[0]];
  if (pen && w > 0 && h > 0 && grey.length === w * h) pen.putImageData(new ImageData(colours(grey), w, h), cols[0], rows[0]);
  return same ? before : { frame, canvas };
}

/** Four bytes a pixel, none of it transparent. @param {Uint8Array} grey */
export function colours(grey) {
  const pixels = new Uint8ClampedArray(grey.length * 4);
  grey.forEach((value, index) => pixels.set([value, value, value, 255], index * 4));
  return pixels;
}
