// Who computes which rows of which layers.
import { fill, make, section, tint } from "./element.js";
import { duration, work } from "./words.js";
/** @import { Part, Stage, Tile, TileRegion } from "../types.js" */

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
function stage({ layers, pieces, tiles, turns, compute, transfer }) {
  if (pieces[0] === pieces[1]) {
    const names = tiles.map(({ name }) => name).join(", ");
    return make("li", {}, make("p", {}, make("strong", {}, "gathered"), make("span", { className: "quiet" }, ` on ${names}`)));
  }
  const run = layers.length > 1 ? `${layers[0]} to ${layers[layers.length - 1]}` : layers[0] ?? "";
  return make("li", {},
    make("p", {}, make("strong", {}, run), make("span", { className: "quiet" },
      ` ${layers.length} ${layers.length === 1 ? "layer" : "layers"}, computing ${duration(compute)}, transfers ${duration(transfer)}`)),
    ...turns.map((_, group) => groupOf(tiles.filter((tile) => tile.group === group), group, turns)));
}

/**
 * The tiles that together make one picture's map.
 * @param {Tile[]} tiles
 * @param {number} group
 * @param {number[]} turns
 */
function groupOf(tiles, group, turns) {
  const all = turns.reduce((sum, of) => sum + of, 0);
  const share = turns.length > 1 && make("p", { className: "quiet" }, `${turns[group]} of ${all} pictures`);
  const grid = new Set(tiles.map(({ regions: [first] }) => String(first?.cols))).size > 1;
  return make("div", {}, share, make("ul", { className: "tiles" }, ...tiles.map((of) => tile(of, grid))));
}

/**
 * A tile as wide as the rows it owns.
 * @param {Tile} tile
 * @param {boolean} grid whether columns are shared out too
 */
function tile({ device, name, regions, macs, compute }, grid) {
  const [first] = regions;
  const rows = first ? first.rows[1] - first.rows[0] : 1;
  const made = make("li", {},
    make("strong", {}, name),
    make("span", {}, first ? `${part(first, grid)} of ${first.node}` : ""),
    make("span", { className: "quiet" }, `${work(macs)}, ${duration(compute)}`));
  made.style.setProperty("--rows", String(Math.max(rows, 1)));
  made.title = regions.map((region) => `${region.node}: ${part(region, grid)}`).join("\n");
  tint(made, device);
  return made;
}

/** @param {TileRegion} region @param {boolean} grid */
function part({ rows, cols }, grid) {
  const span = (/** @type {[number, number]} */ [from, to]) => `${from}–${to - 1}`;
  return grid ? `rows ${span(rows)}, columns ${span(cols)}` : `rows ${span(rows)}`;
}
