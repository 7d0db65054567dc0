// What the plan was chosen from, as a plot: how often each plan answers against how soon; the measured
// point moves on it.
import { draw, fill, make, more, section, write } from "./element.js";
import { say } from "./language.js";
import { linear, ticks } from "./scale.js";
import { duration, perSecond } from "./words.js";
/** @import { Foreseen, Front, Part, RoomState } from "../types.js" */

/** How many times as far as the plans something measured may lie to be within the plot. */
const FAR = 3;

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [360, 220, 66, 34];

/** @returns {Part & {foresee(foreseen: Foreseen | undefined): void}} `foresee` shows what would come of a change */
export function frontPart() {
  const summary = make("p", { className: "quiet" });
  const plot = draw("svg", { class: "plot front", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": say("front_plot") });
  const plans = make("tbody");
  const heads = ["", say("front_period"), say("front_latency"), say("front_expected")];
  const table = make("table", { className: "slim" },
    make("thead", {}, make("tr", {}, ...heads.map((head) => head === "" ? make("td") : make("th", { scope: "col" }, head)))), plans);
  const element = section("front", say("front"), summary, plot,
    more(say("front_table"), make("div", { className: "wide tall", tabIndex: 0, role: "region", "aria-label": say("front_table") }, table)));
  element.hidden = true;
  /** @type {Foreseen["changed"] | undefined} */
  let drawn;
  /** @type {RoomState | undefined} */
  let last;
  return {
    element,
    foresee(foreseen) {
      drawn = foreseen?.changed;
      if (last?.front) scatter(plot, last.front, last.measured, drawn);
    },
    show(state) {
      const { front, arrival_rate: rate, latency_limit: limit, measured } = state;
      last = state;
      element.hidden = !front;
      if (!front) return;
      write(summary, [
        say("front_words", { n: front.plans.length, rate: perSecond(rate) }),
        front.exact ? say("front_exact") : say("front_bound", { time: duration(front.bound.period) }),
        limit ? say("front_limit", { time: duration(limit) }) : "",
      ].filter(Boolean).join(" "));
      scatter(plot, front, measured, drawn);
      fill(plans, ...front.plans.map((_, index) => row(front, index)));
    },
  };
}

/** @param {SVGSVGElement} plot @param {Front} front @param {RoomState["measured"]} measured @param {{period: number, latency: number}} [drawn] by hand */
function scatter(plot, { plans, chosen, next, bound }, measured, drawn) {
  const point = measured?.latency ? { period: measured.period ?? plans[chosen]?.period ?? 0, latency: measured.latency } : undefined;
  const all = [...plans, ...(drawn ? [drawn] : [])];
  // What is measured far outside would press the plans into a corner: it stands at the edge.
  const most = (/** @type {"period" | "latency"} */ of) => {
    const [planned, real] = [Math.max(...all.map((plan) => plan[of])), point?.[of] ?? 0];
    return 1.05 * Math.max(planned, real <= FAR * planned ? real : 0);
  };
  const across = ticks(most("period"), 4);
  const up = ticks(most("latency"), 4);
  const x = linear([0, across[across.length - 1]], [LEFT, WIDTH - 12]);
  const y = linear([0, up[up.length - 1]], [HEIGHT - BOTTOM, 10]);
  const mark = (/** @type {string} */ name, /** @type {{period: number, latency: number}} */ { period, latency }, /** @type {number} */ r) =>
    draw("circle", { class: name, cx: x(period), cy: y(latency), r });
  plot.replaceChildren(
    ...up.map((value) => draw("g", {}, draw("line", { class: "grid", x1: LEFT, x2: WIDTH - 12, y1: y(value), y2: y(value) }),
      draw("text", { x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" }, duration(value)))),
    ...across.map((value) => draw("text", { x: x(value), y: HEIGHT - BOTTOM + 13, "text-anchor": "middle" }, duration(value))),
    draw("text", { class: "axis", x: (LEFT + WIDTH) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, say("front_period")),
    draw("text", { class: "axis", x: -(HEIGHT - BOTTOM) / 2 - 5, y: 9, "text-anchor": "middle", transform: "rotate(-90)" }, say("front_latency")),
    draw("line", { class: "predicted", x1: x(bound.period), x2: x(bound.period), y1: y(0), y2: 10 }),
    ...plans.map((plan, index) => mark(index === next ? "next" : index === chosen ? "chosen" : "other", plan, index === chosen || index === next ? 6 : 4)),
    ...(drawn ? [mark("drawn", drawn, 6)] : []),
    ...(point ? measuredAt(point, { period: across[across.length - 1], latency: up[up.length - 1] }, x, y) : []));
}

/**
 * The cross of what is measured; where that is far outside, at the edge, with its number.
 * @param {{period: number, latency: number}} point
 * @param {{period: number, latency: number}} most
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 */
function measuredAt(point, most, x, y) {
  const [period, latency] = [Math.min(point.period, most.period), Math.min(point.latency, most.latency)];
  const outside = period < point.period || latency < point.latency;
  return [
    draw("path", { class: "measured", d: `M${x(period)} ${y(latency) - 8}v16m-8-8h16` }),
    ...(outside ? [draw("text", { class: "axis", x: x(period) - 12, y: y(latency) + 18, "text-anchor": "end" },
      `→ ${[duration(point.period), duration(point.latency)].join(", ")}`)] : []),
  ];
}

/** @param {Front} front @param {number} index */
function row({ plans, chosen, next }, index) {
  const { period, latency, expected_latency: expected } = plans[index];
  const stand = index === next ? say("front_next") : index === chosen ? say("front_runs") : "";
  return make("tr", { className: stand ? "stands" : "" },
    make("th", { scope: "row" }, stand || String(index + 1)),
    make("td", { className: "number" }, duration(period)),
    make("td", { className: "number" }, duration(latency)),
    make("td", { className: "number" }, expected === null ? say("front_slow") : duration(expected)));
}
