// A run of the room, kept so that it can be saved, looked at elsewhere and played again: pure. Only what changed from one
// state to the next is kept, and no more than so many bytes: then the older half is thinned out, again and again.
import { after, both, changed } from "./change.js";
import { past } from "./moments.js";
/** @import { Change } from "./change.js" */
/** @import { Plan, RoomState, ToldFrame, ToldTile } from "../types.js" */

/** Most characters that are kept. */
const MOST = 4_000_000;

/** Seconds between two states that are kept. */
const STEP = 1;

/** How much of the past a state tells: tiles, pictures (crates/session/src/coordinator/timeline.rs). */
const [TILES, FRAMES] = [96, 24];

/** One state and when. @typedef {{at: number, state: RoomState}} Moment */

/**
 * When, what changed since the moment before, and what was done since then, in seconds before this moment.
 * @typedef {{at: number, change?: Change, tiles?: ToldTile[], frames?: ToldFrame[]}} Step
 */

/** What a saved run looks like; `sample` is the sample photograph that it began with. @typedef {{format: "convoy-run", version: 2, began: string, sample?: string, moments: Step[]}} Run */

/** @param {number} seconds */
const short = (seconds) => Math.round(seconds * 1000) / 1000;

/**
 * @param {string} began a date
 * @param {string} [sample]
 * @param {number} [most] characters
 * @returns {{add(state: RoomState, now: number): void, text(): string[], steps(): Generator<Step>}} `text` is the run as a file
 */
export function recorder(began, sample, most = MOST) {
  /** Each as it stands in the file: a string is the smallest that a browser can keep of it. @type {string[]} */
  const steps = [];
  /** When each was. @type {number[]} */
  const times = [];
  let kept = 0;
  /** @type {{at: number, bare: Partial<RoomState>, done: Set<string>} | undefined} */
  let last;
  let first = 0;
  const full = () => kept > most && steps.length > 4;
  const thin = () => {
    // The one of the older half that leaves the shortest gap; never the first.
    let next = 1;
    for (let at = 2; at < steps.length / 2; at += 1) if (times[at + 1] - times[at - 1] < times[next + 1] - times[next - 1]) next = at;
    const one = together(JSON.parse(steps[next]), JSON.parse(steps[next + 1]));
    kept += one.length - steps[next].length - steps[next + 1].length;
    steps.splice(next, 2, one);
    times.splice(next, 1);
  };
  return {
    add(state, now) {
      if (last === undefined) first = now;
      const at = Math.round((now - first) * 100) / 100;
      if (last !== undefined && at - last.at < STEP * 0.95 && state.plan?.epoch === last.bare.plan?.epoch) return;
      const { timeline, ...bare } = state;
      const before = last?.done;
      const told = past(timeline);
      const tiles = told.tiles.filter((one) => !before?.has(toldTile(one)));
      const frames = told.frames.filter((one) => !before?.has(named(one, 2)));
      const step = JSON.stringify({
        at, change: changed(last?.bare ?? {}, bare), ...(tiles.length > 0 ? { tiles } : {}), ...(frames.length > 0 ? { frames } : {}),
      });
      last = { at, bare, done: new Set([...told.tiles.map(toldTile), ...told.frames.map((one) => named(one, 2))]) };
      steps.push(step);
      times.push(at);
      kept += step.length;
      // A little of the work with every state, so that none takes long.
      for (let turn = 0; turn < 4 && full(); turn += 1) thin();
    },
    text: () => [JSON.stringify({ format: "convoy-run", version: 2, began, ...(sample ? { sample } : {}), moments: [] }).slice(0, -2), steps.join(","), "]}"],
    * steps() {
      for (const step of steps) yield JSON.parse(step);
    },
  };
}

/** What tells an answer from others. @param {number[]} one @param {number} keys */
const named = (one, keys) => one.slice(0, keys).join(" ");

/** What is known of a tile: when the last of it had left is told a while after the rest. @param {ToldTile} tile */
const toldTile = (tile) => `${tile.slice(0, 3).join(" ")} ${typeof tile[7] === "number"}`;

/** Of what is told of each tile the last, in the order of the first. @param {[number, ToldTile][]} tiles */
function lastTold(tiles) {
  const all = new Map();
  for (const one of tiles) all.set(one[1].slice(0, 3).join(" "), one);
  return [...all.values()];
}

/** Two steps as one. @param {Step} a @param {Step} b */
function together(a, b) {
  const older = b.at - a.at;
  const tiles = [...(a.tiles ?? []).map(([device, frame, stage, ago, ...spent]) => [device, frame, stage, short(ago + older), ...spent]), ...b.tiles ?? []];
  const frames = [...(a.frames ?? []).map(([frame, source, came, ago]) => [frame, source, short(came + older), short(ago + older)]), ...b.frames ?? []];
  return JSON.stringify({
    at: b.at, change: both(a.change, b.change),
    ...(tiles.length > 0 ? { tiles: tiles.slice(-TILES) } : {}), ...(frames.length > 0 ? { frames: frames.slice(-FRAMES) } : {}),
  });
}

/**
 * A saved run's states, whole again.
 * @param {unknown} value of a file
 * @returns {Moment[] | undefined} none where it is no run
 */
export function moments(value) {
  const run = /** @type {{format: string, version: number, moments: any[]} | null} */ (value);
  if (run?.format !== "convoy-run" || !Array.isArray(run.moments)) return undefined;
  if (run.version === 1) return plain(run.moments);
  return run.version === 2 ? [...played(run.moments)] : undefined;
}

/**
 * The states of a run's steps, one after another. A state's timeline is put together when somebody looks.
 * @param {Iterable<Step>} steps
 * @returns {Generator<Moment>}
 */
export function* played(steps) {
  let bare = /** @type {any} */ ({});
  /** With the moment that each is told by. */
  const done = { tiles: /** @type {[number, ToldTile][]} */ ([]), frames: /** @type {[number, ToldFrame][]} */ ([]) };
  for (const { at, change, tiles = [], frames = [] } of steps) {
    bare = after(bare, change);
    for (const tile of tiles) done.tiles.push([at, tile]);
    for (const frame of frames) done.frames.push([at, frame]);
    const [all, answered] = [done.tiles.length, done.frames.length];
    const state = {
      ...bare,
      get timeline() {
        return {
          at,
          tiles: lastTold(done.tiles.slice(Math.max(0, all - 2 * TILES), all)).slice(-TILES)
            .map(([then, [device, frame, stage, ago, ...spent]]) => [device, frame, stage, short(then - ago), ...spent]),
          frames: done.frames.slice(Math.max(0, answered - FRAMES), answered)
            .map(([then, [frame, source, came, ago]]) => [frame, source, short(then - came), short(then - ago)]),
        };
      },
    };
    yield { at, state };
  }
}

/** Runs as they were saved before: whole states with seconds ago, but for plans that stand with the first state that has them. @param {Moment[]} all */
function plain(all) {
  /** @type {Plan | null} */
  let plan = null;
  return all.map(({ at, state }) => {
    const same = state.plan !== null && "same" in state.plan;
    if (!same) plan = state.plan;
    return { at, state: { ...state, plan, timeline: state.timeline && since(state.timeline) } };
  });
}

/** What was done so many seconds ago, by a clock that says 0 now. @param {{tiles: ToldTile[], frames: ToldFrame[]}} ago */
const since = ({ tiles, frames }) => ({
  at: 0,
  tiles: tiles.map(([device, frame, stage, done, ...spent]) => /** @type {ToldTile} */ ([device, frame, stage, -done, ...spent])),
  frames: frames.map(([frame, source, came, answered]) => /** @type {ToldFrame} */ ([frame, source, -came, -answered])),
});

/** The heads of the table of a run. */
const HEADS = [
  "seconds", "epoch", "devices", "submitted", "answered", "failed", "replayed", "in_flight", "arrival_rate", "measured_period", "measured_latency", "busy_seconds", "sent_bytes",
  "scheme", "plan", "browsers",
].join(",");

/** A field of a table, quoted where it must be. @param {string | number | null | undefined} value */
const field = (value) => typeof value === "string" && /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value ?? "";

/** Who computes what, in a line: a step's pieces and devices, and the next one's. @param {Plan | null} plan */
const planWords = (plan) => plan?.stages.map(({ pieces: [from, to], tiles }) =>
  `${from}-${to}: ${tiles.map(({ device, name, macs }) => `${device} ${name} ${macs}`).join(" + ")}`).join(" | ");

/** With what the devices compute. @param {RoomState["devices"]} devices */
const browserWords = (devices) => devices.map(({ id, name, engine, browser }) => `${id} ${name}: ${[engine, browser].filter(Boolean).join(", ")}`).join(" | ");

/** A moment as a line of the table. @param {Moment} moment @param {string} browsers @returns {string} CSV */
function row({ at, state: { plan, devices, counters, arrival_rate: rate, measured } }, browsers) {
  return [
    at, plan?.epoch, devices.length, counters.submitted, counters.answered, counters.failed, counters.replayed, counters.in_flight,
    rate, measured?.period, measured?.latency,
    devices.reduce((sum, { busy }) => sum + busy, 0),
    devices.reduce((sum, { links }) => sum + links.reduce((bytes, { sent }) => bytes + sent, 0), 0),
    plan?.scheme, planWords(plan), browsers,
  ].map(field).join(",");
}

/**
 * A run as a table: a line a moment.
 * @param {Iterable<Step>} steps
 * @param {() => Promise<void>} [rest] between some lines and the next
 * @returns {Promise<string>} CSV
 */
export async function table(steps, rest) {
  const lines = [HEADS];
  let last = "";
  for (const moment of played(steps)) {
    // Long, and said only where it is another than on the line before.
    const browsers = browserWords(moment.state.devices);
    lines.push(row(moment, browsers === last ? "" : browsers));
    last = browsers;
    if (rest && lines.length % 100 === 0) await rest();
  }
  return [...lines, ""].join("\n");
}
