// Where this device's time goes: the layers of its tiles, measured when somebody asks.
import { fill, make } from "./element.js";
import { say } from "./language.js";
import { duration, percent, speed, work } from "./words.js";
/** @import { LayerTime } from "../types.js" */

/**
 * @param {() => void} measure has the worker measure; `show` gets what it found
 * @returns {{element: HTMLElement, show(layers: LayerTime[]): void}}
 */
export function layersPart(measure) {
  const note = make("p", { className: "quiet", role: "status" });
  const button = make("button", {
    type: "button",
    className: "small",
    onclick: () => {
      note.textContent = say("layers_measuring");
      button.disabled = true;
      measure();
    },
  }, say("layers_measure"));
  const body = make("tbody");
  const heads = /** @type {const} */ (["layers_layer", "layers_time", "layers_part", "layers_speed", "layers_work", "layers_by"])
    .map((name) => make("th", { scope: "col" }, say(name)));
  const table = make("table", { className: "slim" }, make("thead", {}, make("tr", {}, ...heads)), body);
  const wide = make("div", { className: "wide tall", tabIndex: 0, role: "region", "aria-label": say("layers"), hidden: true }, table);
  return {
    element: make("div", { className: "layers" }, button, note, wide),
    show(layers) {
      button.disabled = false;
      wide.hidden = layers.length === 0;
      const total = layers.reduce((sum, { seconds }) => sum + seconds, 0);
      note.textContent = layers.length === 0
        ? say("layers_none")
        : say("layers_total", { n: layers.length, time: duration(total) });
      fill(body, ...layers.map((layer) => row(layer, total)));
    },
  };
}

/** @param {LayerTime} layer @param {number} total */
function row({ name, op, kernel, macs, seconds }, total) {
  const number = (/** @type {string} */ text) => make("td", { className: "number" }, text);
  return make("tr", {},
    make("th", { scope: "row" }, name),
    number(duration(seconds)),
    number(total > 0 ? percent(seconds / total) : ""),
    number(macs > 0 && seconds > 0 ? speed(macs / seconds) : ""),
    number(macs > 0 ? work(macs) : ""),
    make("td", {}, `${op}, ${kernel}`));
}
