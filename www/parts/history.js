// What a page remembers of its room, so that it can draw what changes: pure, time comes in.
import { past } from "./moments.js";
/** @import { RoomState } from "../types.js" */

/** Seconds between two samples, and how many are kept: five minutes. */
const STEP = 1;
const KEPT = 300;

/** Seconds over which rates are meant. */
const MEAN = 4;

/**
 * One look at the room.
 * @typedef {object} Sample
 * @property {number} at seconds
 * @property {number} epoch
 * @property {number} answered
 * @property {number} arrivals a second
 * @property {Record<number, number>} busy seconds of computing, by device
 * @property {Record<string, number>} sent bytes, by "from>to"
 */

/**
 * A picture that was answered.
 * @typedef {object} Answered
 * @property {number} frame
 * @property {number} at seconds
 * @property {number} latency seconds
 */

/** @typedef {{samples: Sample[], answers: Answered[]}} History */

/** @returns {History} */
export const nothing = () => ({ samples: [], answers: [] });

/**
 * @param {History} history
 * @param {RoomState} state
 * @param {number} now seconds of any steady clock
 * @returns {History}
 */
export function remember(history, state, now) {
  const known = new Set(history.answers.map(({ frame }) => frame));
  const fresh = past(state.timeline).frames.filter(([frame]) => !known.has(frame))
    .map(([frame, , since, ago]) => ({ frame, at: now - ago, latency: since - ago }));
  const answers = fresh.length === 0 ? history.answers : [...history.answers, ...fresh].slice(-KEPT);
  const last = history.samples[history.samples.length - 1];
  if (last !== undefined && now - last.at < STEP * 0.95) return { samples: history.samples, answers };
  return { samples: [...history.samples, sample(state, now)].slice(-KEPT), answers };
}

/** @param {RoomState} state @param {number} now @returns {Sample} */
function sample({ devices, plan, counters, arrival_rate: arrivals }, now) {
  const links = devices.flatMap(({ id, links }) => links.map(({ peer, sent }) => [`${id}>${peer}`, sent]));
  return {
    at: now,
    epoch: plan?.epoch ?? 0,
    answered: counters.answered ?? 0,
    arrivals: arrivals ?? 0,
    busy: Object.fromEntries(devices.filter(({ role }) => role !== "watch").map(({ id, busy }) => [id, busy])),
    sent: Object.fromEntries(links),
  };
}

/** The sample to hold the one at `index` against. @param {Sample[]} samples @param {number} index */
function before(samples, index) {
  let at = index;
  while (at > 0 && samples[index].at - samples[at].at < MEAN) at -= 1;
  return samples[at];
}

/**
 * How much something grew a second, at every sample; null where it is not known.
 * @param {Sample[]} samples
 * @param {(sample: Sample) => number | undefined} value
 * @returns {[number, number | null][]}
 */
function growth(samples, value) {
  return samples.map((sample, index) => {
    const old = before(samples, index);
    const [from, to] = [value(old), value(sample)];
    const known = from !== undefined && to !== undefined && to >= from && sample.at > old.at;
    return [sample.at, known ? (to - from) / (sample.at - old.at) : null];
  });
}

/** Pictures answered a second. @param {History} history */
export const throughput = ({ samples }) => growth(samples, ({ answered }) => answered);

/** Pictures that come a second. @param {History} history @returns {[number, number | null][]} */
export const arrivals = ({ samples }) => samples.map(({ at, arrivals: rate }) => [at, rate]);

/** Seconds for each picture. @param {History} history @returns {[number, number | null][]} */
export const latencies = ({ answers }) => answers.map(({ at, latency }) => [at, latency]);

/** Which part of the time a device computes. @param {History} history @param {number} device */
export const share = ({ samples }, device) =>
  growth(samples, ({ busy }) => busy[device]).map(([at, value]) => /** @type {[number, number | null]} */ ([at, value === null ? null : Math.min(1, value)]));

/** The newest share. @param {History} history @param {number} device */
export function shareNow({ samples }, device) {
  const last = share({ samples: samples.slice(-Math.ceil(MEAN / STEP) - 2), answers: [] }, device).pop();
  return last?.[1] ?? null;
}

/** Bytes a second from one device to another. @param {History} history @param {number} from @param {number} to */
export function traffic({ samples }, from, to) {
  return growth(samples.slice(-Math.ceil(MEAN / STEP) - 2), ({ sent }) => sent[`${from}>${to}`]).pop()?.[1] ?? 0;
}
