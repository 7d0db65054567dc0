// The timeline's bars: pure.
/** @import { Timeline } from "../types.js" */

/** Seconds that are shown at most, and at least. */
const MOST = 12;
const LEAST = 0.2;

/** How many of the newest pictures are shown. */
const FRAMES = 8;

/**
 * A tile of a picture on a device; seconds, of which 0 is now. `sent` is when the last of it had left, where that is known.
 * @typedef {{device: number, frame: number, stage: number, begin: number, whole: number, compute: number, end: number, sent: number | undefined}} Bar
 */

/** @param {Timeline} timeline @returns {Bar[]} of the newest pictures, oldest first */
export function bars({ tiles }) {
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
