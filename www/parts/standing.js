// How this device stands in the room, where the room's state says it: pure.
/** @import { Device } from "../types.js" */
/** @import { Key } from "./language.js" */

/**
 * How many of its links to other devices stand, where it waits for them.
 * @param {Pick<Device, "id" | "role" | "state">[]} devices of the room
 * @param {Pick<Device, "id" | "state" | "links">} mine
 * @returns {{done: number, total: number} | undefined}
 */
export function connection(devices, { id, state, links }) {
  const others = devices.filter((device) => device.id !== id && device.role !== "watch" && device.state !== "joined" && device.state !== "measuring");
  if (state !== "connecting" || others.length === 0) return undefined;
  const stand = new Set(links.map(({ peer }) => peer));
  return { done: others.filter((other) => stand.has(other.id)).length, total: others.length };
}

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
