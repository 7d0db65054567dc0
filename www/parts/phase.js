// What the room is doing, in a sentence: from its state, so that it can be said in any language.
import { percent } from "./words.js";
/** @import { RoomState } from "../types.js" */
/** @import { Key } from "./language.js" */

/**
 * @param {RoomState} state
 * @returns {{key: Key, values: Record<string, string | number>} | undefined} none where only the room's own words say it
 */
export function phaseOf({ devices, plan }) {
  const computing = devices.filter(({ role }) => role !== "watch");
  const able = computing.filter(({ problem }) => !problem);
  const at = (/** @type {string[]} */ ...states) => able.filter(({ state }) => states.includes(state)).length;
  if (computing.length === 0) return { key: "phase_nobody", values: {} };
  if (able.length === 0) return undefined;
  if (plan?.running) {
    const n = new Set(plan.stages.flatMap(({ tiles }) => tiles.map(({ device }) => device))).size;
    return { key: n === 1 ? "phase_one" : "phase_together", values: { n } };
  }
  if (plan) {
    const loading = able.filter(({ progress }) => typeof progress === "number");
    const mean = loading.reduce((sum, { progress }) => sum + (progress ?? 0), 0) / Math.max(1, loading.length);
    return { key: "phase_loading", values: { n: Math.max(1, at("loading")), part: percent(mean) } };
  }
  if (at("joined", "measuring") > 0) return { key: "phase_measuring", values: { n: at("joined", "measuring") } };
  if (at("connecting") > 0 && at("connecting") < able.length) return { key: "phase_connecting", values: {} };
  return undefined;
}
