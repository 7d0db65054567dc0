// Who computes what: stages as columns, devices as nodes in them, and the links that slices take. On a
// narrow screen the stages stand below each other.
import { draw, fill, make, section, write } from "./element.js";
import { flag, tint } from "./flags.js";
import { traffic } from "./history.js";
import { say } from "./language.js";
import { made, stageMap } from "./maps.js";
import { duration, layerRange, percent, size, work } from "./words.js";
/** @import { Part, Plan, Port, RoomState, Stage, Tile, TileRegion } from "../types.js" */
/** @import { History } from "./history.js" */

/** By how much dashes go on with every state, of a period of 14. */
const STEP = 5;

/** @returns {Part} */
export function planPart() {
  const summary = make("p", { className: "quiet" }, say("plan_none"));
  const columns = make("ol", { className: "columns" });
  const wires = draw("svg", { class: "wires", "aria-hidden": "true" });
  const inner = make("div", { className: "flow" }, wires, columns);
  const scroll = make("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": say("plan") }, inner);
  scroll.hidden = true;
  const idle = make("p", { className: "quiet idle" });
  const element = section("plan", say("plan"), summary, scroll, idle);
  /** @type {Map<string, HTMLElement>} */
  let nodes = new Map();
  /** @type {{path: SVGPathElement, title: Element, from: number | undefined, to: number | undefined, bytes: number}[]} */
  let lines = [];
  /** @type {ReturnType<typeof stageMap>[]} */
  let maps = [];
  /** @type {Plan | undefined} */
  let plan;
  let drawn = "";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let steps = 0;
  const wire = () => {
    if (plan) lines = drawWires(plan, nodes, inner, wires);
  };
  new ResizeObserver(wire).observe(inner);
  return {
    element,
    show(state, me, history) {
      if (!state.plan) return;
      const { epoch, stages, scheme } = state.plan;
      const devices = new Set(stages.flatMap(({ tiles }) => tiles.map(({ device }) => device)));
      const byHand = scheme === "by-hand";
      write(summary, say(byHand ? "plan_drawn" : "plan_summary", { n: devices.size, stages: stages.length, plan: epoch, ...(byHand ? {} : { scheme }) }));
      const spare = state.devices.filter(({ id, role, problem }) => !devices.has(id) && role !== "watch" && !problem);
      write(idle, spare.length > 0 ? say("plan_idle", { n: spare.length, names: spare.map(({ name }) => name).join(", ") }) : "");
      const key = `${epoch} ${me} ${state.model}`;
      if (key !== drawn) {
        drawn = key;
        plan = state.plan;
        nodes = new Map();
        maps = stages.map(stageMap);
        fill(columns, end("source", say("flow_picture"), say("flow_picture_words"), nodes),
          ...stages.map((stage, index) => column(stage, index, me, nodes, maps[index]?.element)),
          end("answer", say("flow_answer"), say("flow_answer_words"), nodes));
        scroll.hidden = false;
        wire();
      }
      move(lines, state, history);
      const done = made(state.timeline);
      maps.forEach((map, stage) => map?.fill(done.get(stage)));
      if (state.counters.in_flight === 0 || still.matches) return;
      steps += STEP;
      wires.style.setProperty("--step", String(-(steps % 14)));
    },
  };
}

/**
 * The picture's column, or the answer's.
 * @param {"source" | "answer"} id
 * @param {string} title
 * @param {string} words
 * @param {Map<string, HTMLElement>} nodes
 */
function end(id, title, words, nodes) {
  const node = make("div", { className: `node end ${id}` }, make("strong", {}, title), make("span", { className: "quiet" }, words));
  nodes.set(id, node);
  return make("li", {}, make("div", { className: "nodes" }, node));
}

/**
 * @param {Stage} stage
 * @param {number} index
 * @param {number | undefined} me
 * @param {Map<string, HTMLElement>} nodes
 * @param {Element} [map] what it makes
 */
function column(stage, index, me, nodes, map) {
  const { layers, pieces, tiles, turns, compute } = stage;
  const gathers = pieces[0] === pieces[1];
  const title = gathers ? say("stage_gathers") : say("stage", { stage: index + 1 });
  const words = gathers ? say("stage_gathers_words") : say("stage_words", { layers: layerRange(layers), n: layers.length, time: duration(compute) });
  const all = turns.reduce((sum, of) => sum + of, 0);
  const macs = tiles.reduce((sum, tile) => sum + tile.macs, 0);
  const groups = turns.map((turn, group) => make("ul", { className: "nodes" },
    turns.length > 1 && make("li", { className: "turn quiet" }, say("stage_turn", { turn, all })),
    ...tiles.map((tile, place) => ({ tile, place })).filter(({ tile }) => tile.group === group)
      .map(({ tile, place }) => node(tile, `${index}/${place}`, macs, me, nodes))));
  return make("li", {}, make("h3", {}, title), make("p", { className: "quiet" }, words), map, ...groups);
}

/**
 * @param {Tile} tile
 * @param {string} key
 * @param {number} macs of the stage
 * @param {number | undefined} me
 * @param {Map<string, HTMLElement>} nodes
 */
function node(tile, key, macs, me, nodes) {
  const { device, name, regions, macs: own, compute } = tile;
  const [first] = regions;
  const grid = first !== undefined && first.cols[1] - first.cols[0] < first.extent[1];
  const share = macs > 0 ? own / macs : 0;
  const bar = make("span", { className: "share", "aria-hidden": "true" });
  bar.style.setProperty("--part", String(share));
  const made = make("li", { className: `node${device === me ? " own" : ""}` },
    make("span", { className: "who" }, flag(device), " ", make("strong", {}, name)),
    first && make("span", { className: "quiet" }, part(first, grid)),
    own > 0 && make("span", { className: "quiet work" }, say("tile_words", { work: work(own), time: duration(compute), part: percent(share) })), bar);
  made.title = regions.map((region) => `${region.node}: ${part(region, true)}`).join("\n");
  tint(made, device);
  nodes.set(key, made);
  return made;
}

/** @param {TileRegion} region @param {boolean} grid */
function part({ rows, cols, extent }, grid) {
  if (rows[1] - rows[0] === extent[0] && cols[1] - cols[0] === extent[1]) return say("part_whole");
  const values = { from: rows[0] + 1, to: rows[1], of: extent[0] };
  return grid ? say("part_grid", { ...values, left: cols[0] + 1, right: cols[1] }) : say("part_rows", values);
}

/**
 * Draws every flow from the node that gives to the node that gets.
 * @param {Plan} plan
 * @param {Map<string, HTMLElement>} nodes
 * @param {HTMLElement} inner
 * @param {SVGSVGElement} wires
 */
function drawWires({ flows, stages }, nodes, inner, wires) {
  const frame = inner.getBoundingClientRect();
  if (frame.width === 0) return [];
  const across = getComputedStyle(inner).getPropertyValue("--across").trim() !== "0";
  wires.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  const most = Math.max(...flows.map(([, , bytes]) => bytes), 1);
  const device = (/** @type {Port} */ port) => port ? stages[port[0]]?.tiles[port[1]]?.device : undefined;
  const made = flows.flatMap(([from, to, bytes]) => {
    const [a, b] = [nodes.get(from ? from.join("/") : "source"), nodes.get(to ? to.join("/") : "answer")];
    if (!a || !b) return [];
    const title = draw("title");
    const path = draw("path", { d: curve(a.getBoundingClientRect(), b.getBoundingClientRect(), frame, across), "stroke-width": 1 + 5 * Math.sqrt(bytes / most) }, title);
    const giver = device(from);
    if (giver !== undefined) tint(path, giver);
    return [{ path, title, from: giver, to: device(to), bytes }];
  });
  wires.replaceChildren(...made.map(({ path }) => path));
  return made;
}

/**
 * @param {DOMRect} a
 * @param {DOMRect} b
 * @param {DOMRect} frame
 * @param {boolean} across whether the columns stand side by side
 */
function curve(a, b, frame, across) {
  if (across) {
    const [x1, y1, x2, y2] = [a.right - frame.left, (a.top + a.bottom) / 2 - frame.top, b.left - frame.left, (b.top + b.bottom) / 2 - frame.top];
    const bend = Math.max(16, (x2 - x1) / 2);
    return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  // Below each other: along the left edge.
  const [x, y1, y2] = [Math.min(a.left, b.left) - frame.left, (a.top + a.bottom) / 2 - frame.top, (b.top + b.bottom) / 2 - frame.top];
  const out = Math.max(2, x - 6 - Math.min(16, Math.abs(y2 - y1) / 12));
  return `M${x} ${y1}C${out} ${y1} ${out} ${y2} ${x} ${y2}`;
}

/**
 * What passes over the links now.
 * @param {{path: SVGPathElement, title: Element, from: number | undefined, to: number | undefined, bytes: number}[]} lines
 * @param {RoomState} state
 * @param {History} history
 */
function move(lines, { devices, counters }, history) {
  const byId = new Map(devices.map((device) => [device.id, device]));
  for (const { path, title, from, to, bytes } of lines) {
    const each = say("flow_bytes", { size: size(bytes) });
    if (from === undefined || to === undefined || from === to) {
      path.setAttribute("class", from === to ? "inside" : counters.in_flight > 0 ? "moving" : "");
      write(title, from === to ? `${each}, ${say("flow_inside")}` : each);
      continue;
    }
    const link = byId.get(from)?.links.find(({ peer }) => peer === to);
    const rate = traffic(history, from, to);
    path.setAttribute("class", `${link?.via ?? ""}${rate > 0 ? " moving" : ""}`);
    write(title, `${byId.get(from)?.name} → ${byId.get(to)?.name}: ${each}, ${say("flow_now", { rate: size(rate) })}`);
  }
}
