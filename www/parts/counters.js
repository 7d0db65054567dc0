// The room's counters, as the server names them.
import { fill, make, section } from "./element.js";
/** @import { Part } from "../types.js" */

/** @returns {Part} */
export function countersPart() {
  const list = make("dl", { className: "counters" });
  return {
    element: section("counters", "Counters", list),
    show({ counters }) {
      fill(list, ...Object.entries(counters ?? {}).map(([name, value]) =>
        make("div", {}, make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, value.toLocaleString("en")))));
    },
  };
}
