// What a room did over the last seconds, and the timeline's bars: pure.
/** @import { Timeline, ToldFrame, ToldTile } from "../types.js" */

/** Seconds after which nobody looks back. */
const WINDOW = 30;

/** Seconds that are shown at most, and at least. */
const MOST = 12;
const LEAST = 0.2;

/** How many of the newest pictures are shown. */
const FRAMES = 8;

/**
 * A tile of a picture on a device; seconds, of which 0 is now. `sent` is when the last of it had left, where that is known.
 * @typedef {{device: number, frame: number, stage: number, begin: number, whole: number, compute: number, end: number, sent: number | undefined}} Bar
 */

/** @param {number} seconds */
const short = (seconds) => Math.round(seconds * 10_000) / 10_000;

/**
 * The last tiles and pictures, oldest first; when something was is told in seconds ago.
 * @param {Timeline | undefined} timeline
 * @returns {{tiles: ToldTile[], frames: ToldFrame[]}}
 */
export function past(timeline) {
  if (timeline === undefined) return { tiles: [], frames: [] };
  const ago = (/** @type {number} */ then) => short(timeline.at - then);
  const tiles = timeline.tiles.map(([device, frame, stage, done, ...spent]) => /** @type {ToldTile} */ ([device, frame, stage, ago(done), ...spent]));
  const frames = timeline.frames.map(([frame, source, came, answered]) => /** @type {ToldFrame} */ ([frame, source, ago(came), ago(answered)]));
  return {
    tiles: tiles.filter(([, , , done]) => done < WINDOW).sort((a, b) => b[3] - a[3]),
    frames: frames.filter(([, , , answered]) => answered < WINDOW).sort((a, b) => b[3] - a[3]),
  };
}

/** @param {Timeline | undefined} timeline @returns {Bar[]} of the newest pictures, oldest first */
export function bars(timeline) {
  const { tiles } = past(timeline);
  const frames = [...new Set(tiles.map(([, frame]) => frame))].sort((a, b) => b - a).slice(0, FRAMES);
  return tiles.filter(([, frame]) => frames.includes(frame)).map(([device, frame, stage, ago, receiving, waiting, computing, sending]) => {
    const end = -ago;
    const compute = end - computing;
    const whole = compute - waiting;
    return { device, frame, stage, begin: whole - receiving, whole, compute, end, sent: typeof sending === "number" ? end + sending : undefined };
  }).sort((a, b) => a.end - b.end);
}

/** From when to when there is something to see. @param {Bar[]} all @returns {[number, number]} */
export function span(all) {
  const to = Math.max(...all.map(({ end, sent }) => sent ?? end));
  const from = Math.min(...all.map(({ begin }) => begin));
  return [Math.max(to - MOST, Math.min(from, to - LEAST)), to];
}
