// How this device stands in the room, where the room's state says it: pure.
/** @import { Device } from "../types.js" */
/** @import { Key } from "./language.js" */

/**
 * @param {Pick<Device, "state" | "problem">} device
 * @returns {{key: Key, values: Record<string, string>, bad?: boolean} | undefined} none where only the device itself knows what it does
 */
export function standing({ state, problem }) {
  const values = { problem: problem ?? "" };
  switch (state) {
    case "computing": return { key: "own_computes", values: {} };
    case "idle": return { key: "own_idle", values: {} };
    case "connecting": return { key: "own_connecting", values: {} };
    case "silent":
    case "returning": return { key: "own_returning", values: {}, bad: true };
    case "unable": return { key: "own_unable", values, bad: true };
    case "quarantined": return { key: "own_quarantined", values, bad: true };
    default: return undefined;
  }
}
