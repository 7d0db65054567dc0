// Who computes which rows of which layers.
import { fill, make, section, tint } from "./element.js";
import { duration, work } from "./words.js";
/** @import { Part, Stage, Tile } from "../types.js" */

/** @returns {Part} */
export function planPart() {
  const summary = make("p", { className: "quiet" }, "No plan yet: it is made once a device has measured itself.");
  const stages = make("ol", { className: "stages" });
  const element = section("plan", "Plan", summary, stages);
  /** The plan on show; the same is not drawn again. */
  let drawn = "";
  return {
    element,
    show({ plan, measured }) {
      if (!plan) return;
      const { epoch, scheme, model, period, latency } = plan;
      summary.textContent = `Plan ${epoch}, ${model}, scheme ${scheme}: an answer every ${duration(period)} predicted, ` +
        `${duration(measured?.period)} measured; picture to answer ${duration(latency)} predicted, ${duration(measured?.latency)} measured.`;
      const key = JSON.stringify(plan);
      if (key === drawn) return;
      drawn = key;
      fill(stages, ...plan.stages.map(stage));
    },
  };
}

/** @param {Stage} stage */
function stage({ layers, tiles, compute, transfer }) {
  const run = layers.length > 1 ? `${layers[0]} to ${layers[layers.length - 1]}` : layers[0] ?? "";
  return make("li", {},
    make("p", {}, make("strong", {}, run), make("span", { className: "quiet" },
      ` ${layers.length} ${layers.length === 1 ? "layer" : "layers"}, computing ${duration(compute)}, transfers ${duration(transfer)}`)),
    make("ul", { className: "tiles" }, ...tiles.map(tile)));
}

/** A tile as wide as the rows it owns. @param {Tile} tile */
function tile({ device, name, regions, macs, compute }) {
  const [first] = regions;
  const rows = first ? first.rows[1] - first.rows[0] : 1;
  const made = make("li", {},
    make("strong", {}, name),
    make("span", {}, first ? `rows ${first.rows[0]}–${first.rows[1] - 1} of ${first.node}` : ""),
    make("span", { className: "quiet" }, `${work(macs)}, ${duration(compute)}`));
  made.style.setProperty("--rows", String(Math.max(rows, 1)));
  made.title = regions.map(({ node, rows: [from, to] }) => `${node}: rows ${from}–${to - 1}`).join("\n");
  tint(made, device);
  return made;
}
