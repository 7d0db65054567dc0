// The room's counters, as the server names them.
import { fill, make } from "./element.js";
import { has, say } from "./language.js";
import { count } from "./words.js";
/** @import { Part } from "../types.js" */

/** @returns {Part} */
export function countersPart() {
  const list = make("dl", { className: "counters" });
  return {
    element: list,
    show({ counters }) {
      fill(list, ...Object.entries(counters ?? {}).map(([name, value]) =>
        make("div", {}, make("dt", {}, words(name)), make("dd", {}, count(value)))));
    },
  };
}

/** @param {string} name */
function words(name) {
  const key = `counter_${name}`;
  return has(key) ? say(key) : name.replaceAll("_", " ");
}
