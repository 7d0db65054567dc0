// A small plot over time: one or several lines, or dots, and where a prediction lies.
import { draw, fill, make, write } from "./element.js";
import { line, linear, ticks } from "./scale.js";

/** The drawing's own extent; it is stretched to the width there is. */
const [WIDTH, HEIGHT] = [320, 120];
const [LEFT, RIGHT, TOP, BOTTOM] = [34, 6, 8, 16];

/** Seconds that are shown. */
const SPAN = 60;

/**
 * @typedef {{points: [number, number | null][], colour?: string, dash?: string, name?: string}} Line
 * @typedef {{lines: Line[], now: number, dots?: boolean, predicted?: number | null, most?: number}} Data
 */

/**
 * @param {string} title
 * @param {(value: number) => string} unit how a number of it reads
 * @param {string} ago what stands at the left end of the axis of time
 * @returns {{element: HTMLElement, show(data: Data): void}}
 */
export function chart(title, unit, ago) {
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img", "aria-label": title });
  const value = make("strong", { className: "number" });
  const legend = make("ul", { className: "legend", hidden: true });
  const element = make("figure", { className: "chart" }, make("figcaption", {}, title, value), svg, legend);
  let named = "";
  const explain = (/** @type {Line[]} */ lines) => {
    const key = JSON.stringify(lines.map(({ name, colour }) => [name, colour]));
    if (key === named) return;
    named = key;
    const all = lines.filter(({ name }) => name);
    legend.hidden = all.length === 0;
    fill(legend, ...all.map((of) => make("li", {}, draw("svg", { class: "plot key", viewBox: "0 0 26 8", "aria-hidden": "true" }, stroke("M0 4h26", of)), of.name)));
  };
  return {
    element,
    show({ lines, now, dots, predicted, most }) {
      const seen = lines.map(({ points, ...rest }) => ({ ...rest, points: points.filter(([at]) => at > now - SPAN) }));
      const values = seen.flatMap(({ points }) => points.map(([, y]) => y ?? 0));
      const marks = ticks(most ?? Math.max(...values, predicted ?? 0, 0) * 1.05);
      const top = marks[marks.length - 1];
      const across = linear([now - SPAN, now], [LEFT, WIDTH - RIGHT]);
      const down = linear([0, top], [HEIGHT - BOTTOM, TOP]);
      const grid = marks.flatMap((mark) => [
        draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: down(mark), y2: down(mark) }),
        draw("text", { x: LEFT - 4, y: down(mark) + 3.5, "text-anchor": "end" }, unit(mark)),
      ]);
      const hint = predicted && predicted > 0 && predicted <= top
        ? draw("line", { class: "predicted", x1: LEFT, x2: WIDTH - RIGHT, y1: down(predicted), y2: down(predicted) })
        : null;
      const shapes = seen.flatMap(({ points, ...look }) => dots
        ? points.filter(([, y]) => y !== null).map(([x, y]) => draw("circle", { cx: across(x), cy: down(y ?? 0), r: 2.2 }))
        : [stroke(line(points, across, down), look)]);
      explain(lines);
      svg.replaceChildren(...grid, ...(hint ? [hint] : []), ...shapes,
        draw("text", { x: LEFT, y: HEIGHT - 3 }, ago));
      const lasts = seen.map(({ points }) => points.filter(([, y]) => y !== null).pop()?.[1]).filter((y) => y !== undefined && y !== null);
      const mean = lasts.length === 0 ? null : lasts.reduce((sum, y) => sum + y, 0) / lasts.length;
      write(value, mean === null ? "–" : unit(mean));
    },
  };
}

/** A line as it looks. @param {string} d @param {Omit<Line, "points">} look */
function stroke(d, { colour, dash }) {
  const made = draw("path", { d, "stroke-dasharray": dash || undefined });
  if (colour) made.style.setProperty("--line-colour", colour);
  return made;
}
