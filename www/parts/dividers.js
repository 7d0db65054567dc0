// The lines between the parts of a step, for whoever may move them: by mouse, finger or arrow keys. While one
// moves the page shows what would come of it; where it is let go the room runs it.
import { boundaries, moved, partsOf } from "./boundaries.js";
import { keep, make, write } from "./element.js";
import { inputExtent, onPhoto, placement } from "./geometry.js";
import { say } from "./language.js";
import { duration } from "./words.js";
/** @import { Foreseen, Hand, Plan, Region, RoomState, Stage } from "../types.js" */
/** @import { Boundary } from "./boundaries.js" */
/** @import { Extent } from "./geometry.js" */

/** Milliseconds after the last key until the room runs what was moved. */
const SETTLED = 1200;

/** Milliseconds after which a plan that does not come is not waited for any more. */
const PATIENCE = 20_000;

/** Where the grips of neighbouring lines stand, so that none covers another where parts are thin. */
const PLACES = ["50%", "25%", "75%"];

/** What a step is cut into, while a line of it moves. @typedef {{stage: number, parts: Region[]}} Draft */

/**
 * @param {Hand} hand
 * @param {(draft: Draft | undefined) => void} draw shows the step as it is drawn; none for as it is
 * @param {(foreseen: Foreseen | undefined) => void} foresee hears what would come of it
 */
export function dividers(hand, draw, foresee) {
  const layer = make("div", { className: "dividers" });
  const words = make("p", { className: "outlook", role: "status" });
  const back = make("button", { type: "button", className: "small" }, say("hand_back"));
  const bar = make("div", { className: "hand", hidden: true }, words, back);
  /** @type {{plan: Plan, index: number, extent: [number, number], parts: Region[], lines: Boundary[], photo: Extent, whole: boolean} | undefined} */
  let on;
  /** @type {RoomState | undefined} */
  let state;
  /** @type {{line: number, parts: Region[], at: number} | undefined} */
  let moving;
  /** Whether the room gets ready for what was drawn. */
  let asked = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  back.onclick = () => {
    if (state) hand.back(state).catch(fail);
  };

  const rest = () => {
    clearTimeout(timer);
    moving = undefined;
    asked = false;
    draw(undefined);
    foresee(undefined);
    place();
  };
  const fail = (/** @type {unknown} */ error) => {
    rest();
    write(words, error instanceof Error ? error.message : String(error));
    bar.classList.add("bad");
  };
  // One question at a time, and of those that come meanwhile the last.
  let busy = false;
  let again = false;
  const predict = async () => {
    again = busy;
    if (busy || !on || !moving) return;
    busy = true;
    const { parts } = moving;
    try {
      const found = await hand.foresee({ epoch: on.plan.epoch, stage: on.index, tiles: parts });
      if (moving) {
        foresee(found);
        write(words, outlook(found));
      }
    } catch (error) {
      if (moving) fail(error);
    }
    busy = false;
    if (again) predict();
  };
  const move = (/** @type {number} */ line, /** @type {number} */ to) => {
    if (!on || asked) return;
    const bound = on.lines[line];
    const at = Math.min(bound.most, Math.max(bound.least, Math.round(to)));
    if ((moving?.line === line ? moving.at : bound.at) === at) return;
    moving = { line, at, parts: moved(on.parts, bound, at) };
    bar.classList.remove("bad");
    draw({ stage: on.index, parts: moving.parts });
    place();
    predict();
  };
  const run = async () => {
    clearTimeout(timer);
    if (!on || !moving || asked) return;
    if (moving.at === on.lines[moving.line].at) return rest();
    asked = true;
    timer = setTimeout(rest, PATIENCE);
    place();
    try {
      await hand.run({ epoch: on.plan.epoch, stage: on.index, tiles: moving.parts });
    } catch (error) {
      fail(error);
    }
  };

  const build = (/** @type {{index: number}} */ { index }) => {
    const handle = make("div", { className: "divider", role: "separator", tabIndex: 0 }, make("span", { className: "grip", "aria-hidden": "true" }));
    handle.style.setProperty("--at", PLACES[index % PLACES.length]);
    const along = () => on?.lines[index]?.axis ?? "rows";
    handle.onpointerdown = (event) => {
      if (event.button !== 0 || asked) return;
      handle.setPointerCapture(event.pointerId);
      handle.focus({ preventScroll: true });
      event.preventDefault();
    };
    handle.onpointermove = (event) => {
      if (on && handle.hasPointerCapture(event.pointerId)) move(index, valueAt(on, along(), layer.getBoundingClientRect(), event));
    };
    handle.onpointerup = (event) => {
      handle.releasePointerCapture(event.pointerId);
      run();
    };
    handle.onpointercancel = () => !asked && rest();
    handle.onkeydown = (event) => {
      const line = on?.lines[index];
      if (!line) return;
      const now = moving?.line === index ? moving.at : line.at;
      const [less, more] = line.axis === "rows" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
      const step = Math.max(1, Math.round((line.most - line.least) / 10));
      const to = { [less]: now - 1, [more]: now + 1, PageUp: now - step, PageDown: now + step, Home: line.least, End: line.most }[event.key];
      if (event.key === "Enter") run();
      else if (event.key === "Escape" && moving && !asked) rest();
      else if (to === undefined) return;
      else {
        move(index, to);
        clearTimeout(timer);
        if (!asked) timer = setTimeout(run, SETTLED);
      }
      event.preventDefault();
    };
    return Object.assign(handle, {
      show() {
        const line = on?.lines[index];
        if (!on || !line) return;
        const { axis, least, most } = line;
        const at = moving?.line === index ? moving.at : line.at;
        const tiles = on.plan.stages[on.index].tiles;
        const names = (/** @type {number[]} */ all) => [...new Set(all.map((one) => tiles[one].name))].join(", ");
        const [before, after] = [names(line.before), names(line.after)];
        handle.classList.toggle("upright", axis === "cols");
        handle.setAttribute("aria-orientation", axis === "rows" ? "horizontal" : "vertical");
        handle.setAttribute("aria-label", say("hand_line", { before, after }));
        handle.setAttribute("aria-valuemin", String(least));
        handle.setAttribute("aria-valuemax", String(most));
        handle.setAttribute("aria-valuenow", String(at));
        handle.setAttribute("aria-valuetext", say(axis === "rows" ? "hand_rows" : "hand_cols", { at, of: on.extent[axis === "rows" ? 0 : 1] }));
        handle.setAttribute("aria-disabled", String(asked));
        const box = boxAt(on, line, at);
        Object.assign(handle.style, { left: `${box.x}%`, top: `${box.y}%`, width: axis === "rows" ? `${box.w}%` : "", height: axis === "cols" ? `${box.h}%` : "" });
      },
    });
  };
  const place = () => {
    layer.classList.toggle("asked", asked);
    keep(layer, (on?.lines ?? []).map((_, index) => ({ index })), ({ index }) => String(index), build);
    if (asked) write(words, say("hand_asked"));
    else if (!moving && !bar.classList.contains("bad")) write(words, say(on?.plan.scheme === "by-hand" ? "hand_runs" : "hand_words"));
  };
  return {
    layer,
    bar,
    /** What is drawn now, where something is. @returns {Draft | undefined} */
    draft: () => on && moving ? { stage: on.index, parts: moving.parts } : undefined,
    /**
     * The step that is shown, and the photograph's extent.
     * @param {Plan | undefined} plan
     * @param {number} index
     * @param {Extent} photo
     * @param {boolean} whole whether there is no photograph, and the network's input stands for it
     */
    show(plan, index, photo, whole) {
      const stage = plan?.running && plan.stages[index];
      const cut = stage ? partsOf(stage) : undefined;
      const lines = stage && cut ? boundaries(cut.parts, stage.tiles.map(({ group }) => group)) : [];
      const another = plan?.epoch !== on?.plan.epoch || index !== on?.index;
      if (another) {
        clearTimeout(timer);
        moving = undefined;
        asked = false;
        bar.classList.remove("bad");
        foresee(undefined);
      }
      on = plan && cut && lines.length > 0 ? { plan, index, ...cut, lines, photo, whole } : undefined;
      bar.hidden = on === undefined && plan?.scheme !== "by-hand";
      back.hidden = plan?.scheme !== "by-hand";
      place();
    },
    /** @param {RoomState} next */
    hear(next) {
      state = next;
    },
  };
}

/** What would come of it, beside what is. @param {Foreseen} foreseen */
function outlook({ present, changed }) {
  const better = (/** @type {number} */ was, /** @type {number} */ is) => say(is < was * 0.995 ? "hand_better" : is > was * 1.005 ? "hand_worse" : "hand_same");
  return say("hand_outlook", {
    period: duration(changed.period), was_period: duration(present.period), how_period: better(present.period, changed.period),
    latency: duration(changed.latency), was_latency: duration(present.latency), how_latency: better(present.latency, changed.latency),
  });
}

/**
 * Where a line lies on the photograph, in percent of it.
 * @param {{plan: Plan, extent: [number, number], photo: Extent, whole: boolean}} on
 * @param {Boundary} line
 * @param {number} at
 */
function boxAt({ plan, extent, photo, whole }, { axis, along }, at) {
  const input = inputExtent(plan);
  const placed = placement(whole ? { type: "stretch" } : plan.fit, photo, input);
  const [down, across] = axis === "rows" ? [[at, at], along] : [along, [at, at]];
  const [height, width] = extent;
  const box = onPhoto(placed, {
    x: across[0] / width * input.width, w: (across[1] - across[0]) / width * input.width,
    y: down[0] / height * input.height, h: (down[1] - down[0]) / height * input.height,
  });
  return { x: box.x / photo.width * 100, y: box.y / photo.height * 100, w: box.w / photo.width * 100, h: box.h / photo.height * 100 };
}

/**
 * The row or column under a pointer.
 * @param {{plan: Plan, extent: [number, number], photo: Extent, whole: boolean}} on
 * @param {"rows" | "cols"} axis
 * @param {DOMRect} layer
 * @param {{clientX: number, clientY: number}} pointer
 */
function valueAt({ plan, extent, photo, whole }, axis, layer, { clientX, clientY }) {
  const input = inputExtent(plan);
  const { from, to } = placement(whole ? { type: "stretch" } : plan.fit, photo, input);
  if (axis === "rows") {
    const y = (clientY - layer.top) / layer.height * photo.height;
    return (to.y + (y - from.y) * to.h / from.h) / input.height * extent[0];
  }
  const x = (clientX - layer.left) / layer.width * photo.width;
  return (to.x + (x - from.x) * to.w / from.w) / input.width * extent[1];
}

/**
 * A step as it is drawn: each tile with its part, and what it then sees, as far beyond it as before.
 * @param {Stage} stage
 * @param {Region[]} parts
 * @param {Extent} input
 * @returns {Stage}
 */
export function redrawn(stage, parts, input) {
  const cut = partsOf(stage);
  if (!cut) return stage;
  const [height, width] = cut.extent;
  const shift = (/** @type {[number, number]} */ sees, /** @type {[number, number]} */ was, /** @type {[number, number]} */ is, /** @type {number} */ unit, /** @type {number} */ most) =>
    /** @type {[number, number]} */ (sees.map((end, side) => Math.min(most, Math.max(0, end + (is[side] - was[side]) * unit))));
  return {
    ...stage,
    tiles: stage.tiles.map((tile, index) => {
      const [was, is] = [cut.parts[index], parts[index]];
      return {
        ...tile,
        regions: [{ node: "", ...is, extent: cut.extent }],
        sees: {
          rows: shift(tile.sees.rows, was.rows, is.rows, input.height / height, input.height),
          cols: shift(tile.sees.cols, was.cols, is.cols, input.width / width, input.width),
        },
      };
    }),
  };
}
