// Whether sharing is worth it: pure, and honest.
/** @import { Plan, RoomState } from "../types.js" */
/** @import { Key } from "./language.js" */

/** Within this nobody would notice. */
const SAME = 0.05;

/** From so many times on a measured time is no longer what was predicted. */
const FAR = 1.5;

/**
 * @typedef {object} Verdict
 * @property {Key} key the sentence
 * @property {Key | undefined} reason why, where that is not plain
 * @property {number} throughput how many times as many pictures together as alone
 * @property {number} latency how many times as soon
 * @property {number} transfer seconds of transfers on a picture's way, predicted
 * @property {number} compute seconds of computing on it
 * @property {Key | undefined} off why what is measured is far from that
 * @property {number} extra which part of the work is done twice
 */

/**
 * Like is held against like: what is predicted alone against what is predicted together. Measured times
 * have in them what else the devices do, and how long pictures wait for each other; where they are far
 * off, that is said too.
 * @param {Plan} plan
 * @param {RoomState["measured"]} measured
 * @returns {Verdict}
 */
export function verdict(plan, measured) {
  const { alone, stages, macs } = plan;
  const work = stages.flatMap(({ tiles, turns }) => tiles.map((tile) => tile.macs * (turns[tile.group] ?? 1) / turns.reduce((sum, of) => sum + of, 0)));
  const facts = {
    throughput: alone ? alone.period / plan.period : 1,
    latency: alone ? alone.latency / plan.latency : 1,
    transfer: stages.reduce((sum, { transfer }) => sum + transfer, 0),
    compute: stages.reduce((sum, { compute }) => sum + compute, 0),
    off: measuredOff(plan, measured),
    extra: macs > 0 ? Math.max(0, work.reduce((sum, of) => sum + of, 0) / macs - 1) : 0,
  };
  const devices = new Set(stages.flatMap(({ tiles }) => tiles.map(({ device }) => device)));
  if (devices.size < 2) return { key: "verdict_one", reason: "reason_one", ...facts };
  const [more, sooner] = [facts.throughput > 1 + SAME, facts.latency > 1 + SAME];
  if (more && sooner) return { key: "verdict_both", reason: undefined, ...facts };
  const reason = facts.transfer > facts.compute ? "reason_transfer" : facts.extra > 0.25 ? "reason_extra" : "reason_wait";
  if (more) return { key: facts.latency < 1 - SAME ? "verdict_more" : "verdict_more_same", reason: facts.latency < 1 - SAME ? reason : undefined, ...facts };
  if (sooner) return { key: "verdict_sooner", reason: undefined, ...facts };
  return { key: "verdict_alone", reason, ...facts };
}

/** @param {Plan} plan @param {RoomState["measured"]} measured @returns {Key | undefined} */
function measuredOff(plan, measured) {
  if (measured?.period && measured.period > FAR * plan.period) return "measured_slow";
  return measured?.latency && measured.latency > FAR * plan.latency ? "measured_queue" : undefined;
}
