// What the network says of a picture: labels with bars, what the boxes hold, or numbers.
import { fill, make } from "./element.js";
import { list, say } from "./language.js";
import { duration, percent } from "./words.js";
/** @import { Answer } from "../types.js" */

/**
 * @returns {{element: HTMLElement, wait(): void, give(answer: Answer): void, fail(message: string): void}}
 */
export function answerPart() {
  const text = make("div", {}, make("p", { className: "quiet" }, say("answer_none")));
  const element = make("div", { id: "answer", role: "group", "aria-label": say("answer") }, text);
  return {
    element,
    wait() {
      element.setAttribute("aria-busy", "true");
      if (text.firstElementChild?.className !== "quiet") return;
      fill(text, make("p", { className: "quiet" }, say("answer_wait")));
    },
    give(answer) {
      element.removeAttribute("aria-busy");
      fill(text, shown(answer), make("p", { className: "quiet" },
        say("answer_facts", { time: duration(answer.latency_ms / 1000), frame: answer.frame, plan: answer.epoch })));
    },
    fail(message) {
      element.removeAttribute("aria-busy");
      fill(text, make("p", { className: "missing", role: "alert" }, message));
    },
  };
}

/** The answer in one line. @param {Answer} answer @returns {string} */
export function summary({ labels, boxes, map, latency_ms: latency }) {
  const time = duration(latency / 1000);
  if (labels) return say("answer_line", { what: labels.slice(0, 1).map(({ label, score }) => `${label} ${percent(score)}`).join(""), time });
  if (boxes) return say("answer_line", { what: list([...new Set(boxes.map(({ label }) => label))]) || say("answer_nothing"), time });
  return say("answer_line", { what: say(map ? "answer_map" : "answer_numbers"), time });
}

/** @param {Answer} answer @returns {HTMLElement} */
function shown({ labels, boxes, map, outputs }) {
  if (labels) return scores(labels);
  if (boxes) return boxes.length === 0 ? make("p", {}, say("answer_nothing")) : scores(boxes);
  if (map) return make("p", {}, say("answer_map_over"));
  return make("ul", { className: "outputs" }, ...(outputs ?? []).map(({ name, shape, top }) =>
    make("li", {}, `${name} (${shape.join(" × ")}): ${top.map(([index, value]) => `[${index}] ${value.toPrecision(4)}`).join(", ")}`)));
}

/** @param {{label: string, score: number}[]} found @returns {HTMLElement} */
function scores(found) {
  return make("ol", { className: "scores" }, ...found.map(({ label, score }) => {
    const bar = make("span", { className: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--part", String(score));
    return make("li", {}, bar, make("span", { className: "label" }, label), " ", make("span", { className: "number" }, percent(score)));
  }));
}
