// What each device did when, over the last seconds: receiving, waiting, computing, sending.
import { draw, make, section } from "./element.js";
import { flag, hatch, tint } from "./flags.js";
import { say } from "./language.js";
import { bars, span } from "./moments.js";
import { linear, ticks } from "./scale.js";
import { duration } from "./words.js";
/** @import { Part } from "../types.js" */

const ROW = 26;
const NAMES = 132;
const AXIS = 20;

/** @returns {Part} */
export function timelinePart() {
  const svg = draw("svg", { class: "gantt", role: "img", "aria-label": say("timeline") });
  const hint = make("p", { className: "quiet" }, say("timeline_none"));
  const legend = make("ul", { className: "legend" },
    make("li", {}, make("span", { className: "key receiving" }), say("timeline_receive")),
    make("li", {}, make("span", { className: "key waiting" }), say("timeline_wait")),
    make("li", {}, make("span", { className: "key computing" }), say("timeline_compute")),
    make("li", {}, make("span", { className: "key sending" }), say("timeline_send")));
  const wide = make("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": say("timeline") }, svg);
  const element = section("timeline", say("timeline"), make("p", { className: "quiet" }, say("timeline_words")), hint, wide, legend);
  wide.hidden = legend.hidden = true;
  let drawn = "";
  return {
    element,
    show({ timeline, plan, devices }) {
      if (!timeline || timeline.tiles.length === 0 || !plan) return;
      const made = bars(timeline);
      // While nothing is computed the picture stands still.
      const newest = made[made.length - 1];
      const sent = made.filter(({ sent: known }) => known !== undefined).length;
      const key = `${newest.device} ${newest.frame} ${newest.stage} ${plan.epoch} ${made.length} ${sent} ${svg.parentElement?.clientWidth}`;
      if (key === drawn) return;
      drawn = key;
      hint.hidden = true;
      wide.hidden = legend.hidden = false;
      const rows = devices.filter(({ id }) => made.some(({ device }) => device === id));
      const width = Math.max(520, wide.clientWidth);
      const height = rows.length * ROW + AXIS;
      const [from, to] = span(made);
      const across = linear([from, to], [NAMES, width - 20]);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.setAttribute("width", String(width));
      svg.setAttribute("height", String(height));
      const marks = ticks(to - from, 6).filter((mark) => mark <= to - from).map((mark) => [
        draw("line", { class: "grid", x1: across(from + mark), x2: across(from + mark), y1: 0, y2: height - AXIS }),
        draw("text", { x: across(from + mark), y: height - 5, "text-anchor": "middle" }, duration(mark)),
      ]);
      svg.replaceChildren(...marks.flat(), ...rows.flatMap(({ id, name }, row) => {
        const sign = flag(id);
        Object.entries({ x: 0, y: row * ROW + 6, width: 18, height: 13.5 }).forEach(([at, value]) => sign.setAttribute(at, String(value)));
        const label = draw("text", { class: "name", x: 24, y: row * ROW + 17 }, name.length > 16 ? `${name.slice(0, 15)}…` : name);
        const tiles = made.filter(({ device }) => device === id).map((bar) => tile(bar, row, across, from));
        // What a device computes lies over what it receives meanwhile.
        return [sign, label, ...tiles.map(([before]) => before), ...tiles.map(([, then]) => then)];
      }));
    },
  };
}

/**
 * What a device did before it computed a tile, and from then on.
 * @param {import("./moments.js").Bar} bar
 * @param {number} row
 * @param {(at: number) => number} across
 * @param {number} start of the picture
 * @returns {[SVGGElement, SVGGElement]}
 */
function tile({ device, frame, stage, begin, whole, compute, end, sent }, row, across, start) {
  const top = row * ROW + 4;
  const rect = (/** @type {string} */ name, /** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ y, /** @type {number} */ h) => {
    const [x, right] = [across(Math.max(a, start)), across(Math.max(b, start))];
    return right - x > 0.3 ? draw("rect", { class: name, x, y: y + top, width: right - x, height: h }) : null;
  };
  const receiving = rect("receiving", begin, whole, 5, 8);
  if (receiving) receiving.style.fill = hatch(device);
  const width = across(end) - across(Math.max(compute, start));
  const words = say(sent === undefined ? "timeline_tile" : "timeline_tile_sent",
    { frame, stage: stage + 1, receive: duration(whole - begin), wait: duration(compute - whole), compute: duration(end - compute), send: duration((sent ?? end) - end) });
  const group = (/** @type {(SVGElement | null | false)[]} */ ...drawn) => {
    const made = draw("g", { class: `bar-of${frame % 2 === 0 ? " even" : ""}` }, draw("title", {}, words), ...drawn);
    tint(made, device);
    return made;
  };
  return [group(receiving, rect("waiting", whole, compute, 8.5, 1)), group(rect("computing", compute, end, 0, 18),
    // Below: the next tile is computed meanwhile.
    sent !== undefined && rect("sending", end, sent, 19, 2.5),
    width > 22 && draw("text", { class: "frame", x: across(end) - width / 2, y: top + 13, "text-anchor": "middle" }, String(frame)))];
}
