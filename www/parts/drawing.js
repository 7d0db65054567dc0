// The page's drawings as pictures of their own: with everything in them that elsewhere stands in the page.
import { draw } from "./element.js";
import { lines, stacked, withoutVariables } from "./sheet.js";
/** @import { Word } from "./sheet.js" */

/** What a drawing's parts look like must stand in it once it leaves the page. */
const STYLE = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "fill-opacity", "stroke-opacity", "opacity", "font-size", "font-family", "font-weight", "text-anchor"];

/** A drawing of the page, and how large it is. @typedef {{svg: SVGSVGElement, width: number, height: number}} Sheet */

/** @param {SVGSVGElement} svg @returns {Sheet} */
function copyOf(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const property of STYLE) element.setAttribute(property, style.getPropertyValue(property));
    element.removeAttribute("style");
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return { svg: copy, width, height };
}

/** Everything that `place` shows, drawn: its drawings, and its boxes and words, which are no drawing. @param {Element} place @returns {Sheet} */
function pictured(place) {
  const frame = place.getBoundingClientRect();
  const at = (/** @type {{left: number, top: number}} */ { left, top }) => ({ x: left - frame.left, y: top - frame.top });
  const wires = [...place.querySelectorAll("svg")].map((svg) => {
    const { svg: copy } = copyOf(svg);
    Object.entries(at(svg.getBoundingClientRect())).forEach(([key, value]) => copy.setAttribute(key, String(value)));
    return { copy, over: svg.closest(".node") !== null };
  });
  const boxes = [...place.querySelectorAll(".node, .share")].map((box) => {
    const { width, height, ...rest } = box.getBoundingClientRect().toJSON();
    const style = getComputedStyle(box);
    const shown = draw("rect", { ...at(rest), width, height, fill: style.backgroundColor, stroke: style.borderTopColor, rx: box.matches(".node") ? 8 : 0, "stroke-width": Number.parseFloat(style.borderTopWidth) });
    // The edge in the device's colour.
    const edge = Number.parseFloat(style.borderLeftWidth);
    return [shown, edge > 2 && draw("rect", { ...at(rest), width: edge, height, fill: style.borderLeftColor })];
  }).flat().filter((box) => box !== false);
  const texts = words(place).flatMap(({ style, all }) => lines(all).map(({ text, x, y, height }) => draw("text", {
    x: x - frame.left, y: y - frame.top + height * 0.78, fill: style.color, "font-size": style.fontSize, "font-family": style.fontFamily, "font-weight": style.fontWeight,
  }, text)));
  const svg = draw("svg", { width: frame.width, height: frame.height }, ...wires.filter(({ over }) => !over).map(({ copy }) => copy), ...boxes,
    ...wires.filter(({ over }) => over).map(({ copy }) => copy), ...texts);
  return { svg, width: frame.width, height: frame.height };
}

/** The words of every text in `place`, and where they stand. @param {Element} place @returns {{style: CSSStyleDeclaration, all: Word[]}[]} */
function words(place) {
  const found = [];
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest("svg")) continue;
    const all = [...(node.textContent ?? "").matchAll(/\S+/g)].map(({ 0: text, index }) => {
      range.setStart(/** @type {Node} */ (node), index);
      range.setEnd(/** @type {Node} */ (node), index + text.length);
      const { left: x, top: y, width, height } = range.getBoundingClientRect();
      return { text, x, y, width, height };
    }).filter(({ width }) => width > 0);
    if (all.length > 0) found.push({ style: getComputedStyle(parent), all });
  }
  return found;
}

/** One drawing, or several below each other with their titles. @param {Element[]} found @returns {Sheet} */
function gathered(found) {
  const all = found.map((one) => one instanceof SVGSVGElement ? copyOf(one) : pictured(one));
  if (all.length === 1) return all[0];
  const { width, height, tops } = stacked(all);
  // Numbers of an axis may stand out to its left.
  const left = 12;
  const text = getComputedStyle(document.body);
  return {
    width: width + 2 * left, height,
    svg: draw("svg", { width: width + 2 * left, height }, ...all.flatMap(({ svg }, index) => {
      svg.setAttribute("x", String(left));
      svg.setAttribute("y", String(tops[index]));
      return [draw("text", { x: left, y: tops[index] - 8, fill: text.color, "font-size": 14, "font-weight": 600, "font-family": text.fontFamily }, found[index].getAttribute("aria-label") ?? ""), svg];
    })),
  };
}

/**
 * @param {Element[]} found at least one
 * @returns {{text: string, width: number, height: number}} an SVG file
 */
export function standalone(found) {
  const { svg, width, height } = gathered(found);
  const hatches = document.querySelector("svg.defs defs")?.cloneNode(true);
  if (hatches) svg.prepend(hatches);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("style", `background:${getComputedStyle(document.body).backgroundColor}`);
  const colours = getComputedStyle(document.documentElement);
  return { text: withoutVariables(new XMLSerializer().serializeToString(svg), (name) => colours.getPropertyValue(name).trim()), width, height };
}
