// Every device flies a flag: a colour that people with any colour vision can tell from its
// neighbours' (Okabe and Ito's), and a design that differs too, as the signal flags of ships do.
import { draw } from "./element.js";

/** Colours, of the style sheet's --device-0 and so on; and designs. */
const COUNT = 8;

/**
 * Of 64 devices no two have the same colour and design.
 * @param {number} device
 * @returns {{colour: number, design: number}}
 */
export function signOf(device) {
  const index = Math.max(0, device - 1);
  return { colour: index % COUNT, design: (index + Math.floor(index / COUNT)) % COUNT };
}

/** The colour of a device, for a style. @param {number} device */
export const colourOf = (device) => `var(--device-${signOf(device).colour})`;

/** Dashes of lines, solid first. */
const DASHES = ["", "7 3", "2 2", "9 3 2 3", "14 3", "5 2 1 2", "1 3", "9 2 2 2 2 2"];

/** How a device's line in a plot is dashed, as its flag's design goes. @param {number} device */
export const dashOf = (device) => DASHES[signOf(device).design];

/** Gives an element its device's colour, as --device. @param {HTMLElement | SVGElement} element @param {number} device */
export function tint(element, device) {
  element.style.setProperty("--device", colourOf(device));
}

/** What stands in white on a flag of 24 by 18. */
const DESIGNS = [
  "M12 4.5a4.5 4.5 0 1 0 .01 0z",
  "M8.5 0h7v18h-7z",
  "M0 6h24v6H0z",
  "M0 0h4l8 6 8-6h4v3l-8 6 8 6v3h-4l-8-6-8 6H0v-3l8-6-8-6z",
  "M9.5 0h5v6.5H24v5h-9.5V18h-5v-6.5H0v-5h9.5z",
  "M0 18L24 0v18z",
  "M0 0h12v9H0zM12 9h12v9H12z",
  "M5 4h14v10H5z",
];

/** A device's flag. @param {number} device @returns {SVGSVGElement} */
export function flag(device) {
  const made = draw("svg", { viewBox: "0 0 24 18", class: "flag", "aria-hidden": "true", width: 24, height: 18 },
    draw("rect", { class: "field", width: 24, height: 18, rx: 2 }),
    draw("path", { class: "charge", d: DESIGNS[signOf(device).design] }));
  tint(made, device);
  return made;
}

/** Strokes of a square of 8, for what lies in a device's halo. */
const HATCHES = [
  "M-2 2l4-4M0 8l8-8M6 10l4-4", "M4 3.2v1.6M0 7.2v1.6M8 7.2v1.6M0 -.8v1.6M8 -.8v1.6", "M0 2h8M0 6h8", "M0 0l8 8M0 8l8-8",
  "M2 0v8M6 0v8", "M-2 6l4 4M0 0l8 8M6 -2l4 4", "M0 4h8M4 0v8", "M0 2l4 4 4-4",
];

/** @type {SVGDefsElement | undefined} */
let defs;
const drawn = new Set();

/** The hatching of a device, for a `fill`. @param {number} device */
export function hatch(device) {
  if (defs === undefined) {
    defs = draw("defs");
    document.body.append(draw("svg", { class: "defs", width: 0, height: 0, "aria-hidden": "true" }, defs));
  }
  const { colour, design } = signOf(device);
  const id = `hatch-${colour}-${design}`;
  if (!drawn.has(id)) {
    drawn.add(id);
    const strokes = draw("path", { d: HATCHES[design], fill: "none", "stroke-width": 1.6, "stroke-linecap": "square" });
    strokes.style.stroke = colourOf(device);
    defs.append(draw("pattern", { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" }, strokes));
  }
  return `url(#${id})`;
}
