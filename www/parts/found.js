// What a network found, drawn over the photograph: boxes with labels, or a map.
import { draw, make } from "./element.js";
import { say } from "./language.js";
import { placement } from "./geometry.js";
/** @import { Answer, Plan } from "../types.js" */
/** @import { Extent } from "./geometry.js" */

/**
 * Boxes in pixels of the photograph; the colours are of the label, not of a device.
 * @param {NonNullable<Answer["boxes"]>} boxes
 * @param {Extent} extent
 */
export function boxLayer(boxes, { width, height }) {
  const line = Math.max(width, height) / 28;
  const marks = boxes.map(({ label, x, y, w, h }) => {
    // The name stands above its box, or inside where the picture ends there.
    const at = { x: Math.max(x, 0) + line / 4, y: y > line * 1.2 ? y - line / 4 : y + line };
    return draw("g", {}, draw("rect", { x, y, width: w, height: h }), draw("text", { ...at, "font-size": line }, label));
  });
  return draw("svg", { class: "boxes-layer", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...marks);
}

/**
 * A map over the part of the photograph that the network read.
 * @param {NonNullable<Answer["map"]>} map
 * @param {Plan | undefined} plan
 * @param {Extent} extent
 */
export function mapLayer(map, plan, extent) {
  const image = make("img", { className: "map-layer", src: `data:image/png;base64,${map.png}`, alt: say("answer_map_alt") });
  return placed(image, map, plan, extent);
}

/**
 * Lays a map over the photograph.
 * @template {HTMLElement} E
 * @param {E} shown
 * @param {Extent} input the map's own extent
 * @param {Plan | undefined} plan
 * @param {Extent} extent of the photograph
 * @returns {E}
 */
export function placed(shown, input, plan, extent) {
  const { from, to } = placement(plan?.fit ?? { type: "stretch" }, extent, { width: input.width, height: input.height });
  // The whole map, as large as the photograph would be if it filled the network's input.
  const [across, down] = [from.w / to.w, from.h / to.h];
  const box = { x: from.x - to.x * across, y: from.y - to.y * down, w: input.width * across, h: input.height * down };
  const part = (/** @type {number} */ value, /** @type {number} */ of) => `${value / of * 100}%`;
  shown.style.left = part(box.x, extent.width);
  shown.style.top = part(box.y, extent.height);
  shown.style.width = part(box.w, extent.width);
  shown.style.height = part(box.h, extent.height);
  return shown;
}
