// What the network says of a photograph: labels with bars, boxes on the picture, or a map.
import { fill, make, section, tint } from "./element.js";
import { duration, percent } from "./words.js";
/** @import { Answer } from "../types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @returns {{element: HTMLElement, wait(image: Blob, name: string): void, give(answer: Answer): void,
 *   fail(message: string): void, summary(answer: Answer): string}}
 */
export function answerPart() {
  const picture = make("div", { className: "picture" });
  const text = make("div", {}, make("p", { className: "quiet" }, "Choose a photograph."));
  const element = section("answer", "Answer", picture, text);
  /** @type {HTMLImageElement | undefined} */
  let photograph;
  return {
    element,
    summary,
    wait(image, name) {
      if (photograph) URL.revokeObjectURL(photograph.src);
      photograph = make("img", { src: URL.createObjectURL(image), alt: name });
      fill(picture, photograph);
      fill(text, make("p", { role: "status" }, "The room is computing …"));
      element.setAttribute("aria-busy", "true");
    },
    give(answer) {
      element.removeAttribute("aria-busy");
      const facts = `${answer.model}, plan ${answer.epoch}, picture ${answer.frame}: ${duration(answer.latency_ms / 1000)}`;
      fill(text, shown(answer, picture, photograph), make("p", { className: "quiet" }, facts));
    },
    fail(message) {
      element.removeAttribute("aria-busy");
      fill(text, make("p", { className: "missing", role: "alert" }, message));
    },
  };
}

/** The answer in one line. @param {Answer} answer @returns {string} */
function summary({ labels, boxes, map, latency_ms: latency }) {
  const time = ` (${duration(latency / 1000)})`;
  if (labels) return labels.slice(0, 1).map(({ label, score }) => `${label}, ${percent(score)}`).join("") + time;
  if (boxes) return (boxes.map(({ label }) => label).join(", ") || "nothing that the network knows") + time;
  return (map ? "a map" : "numbers") + time;
}

/**
 * @param {Answer} answer
 * @param {HTMLElement} picture
 * @param {HTMLImageElement | undefined} photograph
 * @returns {HTMLElement}
 */
function shown({ labels, boxes, map, outputs }, picture, photograph) {
  if (labels) return scores(labels);
  if (boxes) {
    if (photograph) draw(picture, photograph, boxes);
    if (boxes.length === 0) return make("p", {}, "Nothing that the network knows.");
    return scores(boxes);
  }
  if (map) {
    const src = `data:image/png;base64,${map.png}`;
    return make("img", { className: "map", src, alt: "the network's map of the photograph", width: map.width, height: map.height });
  }
  return make("ul", {}, ...(outputs ?? []).map(({ name, shape, top }) =>
    make("li", {}, `${name} (${shape.join(" × ")}): ${top.map(([index, value]) => `[${index}] ${value.toPrecision(4)}`).join(", ")}`)));
}

/** @param {{label: string, score: number}[]} list @returns {HTMLElement} */
function scores(list) {
  return make("ol", { className: "scores" }, ...list.map(({ label, score }, index) => {
    const bar = make("span", { className: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--part", String(score));
    const item = make("li", {}, bar, make("span", {}, label), " ", make("span", { className: "number" }, percent(score)));
    tint(item, index);
    return item;
  }));
}

/**
 * Draws boxes, in pixels of the photograph, over it.
 * @param {HTMLElement} picture
 * @param {HTMLImageElement} photograph
 * @param {NonNullable<Answer["boxes"]>} boxes
 */
function draw(picture, photograph, boxes) {
  const { naturalWidth: width, naturalHeight: height } = photograph;
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
  layer.setAttribute("aria-hidden", "true");
  boxes.forEach(({ label, x, y, w, h }, index) => {
    const group = document.createElementNS(SVG, "g");
    const frame = document.createElementNS(SVG, "rect");
    const name = document.createElementNS(SVG, "text");
    const line = height / 24;
    Object.entries({ x, y, width: w, height: h }).forEach(([key, value]) => frame.setAttribute(key, String(value)));
    // The name stands above its box, or inside where the picture ends there.
    Object.entries({ x: x + line / 4, y: y > line * 1.2 ? y - line / 4 : y + line, "font-size": line })
      .forEach(([key, value]) => name.setAttribute(key, String(value)));
    name.textContent = label;
    group.style.setProperty("--hue", String(Math.round((index * 137.508 + 160) % 360)));
    group.append(frame, name);
    layer.append(group);
  });
  picture.append(layer);
}
