// Rooms to begin with, for whoever asks "what if"; and the devices of a room that is there: pure.
/** @import { RoomState, Wish, Wishes } from "../types.js" */

/** What phones and laptops of a class reach with this program, in GMAC/s. */
const [PHONE, LAPTOP, WEAK] = [6, 24, 2];

/** @param {string} name @param {number} gmacs @param {number} count @returns {Wish[]} */
const several = (name, gmacs, count) => Array.from({ length: count }, (_, index) =>
  ({ name: count === 1 ? name : `${name} ${index + 1}`, gmacs, mbit: null, memory_mb: 1024 }));

/** The rooms, by the end of the key of their words. */
export const PRESETS = /** @type {const} */ (["class", "phones", "laptops", "testbed", "many"]);

/**
 * @param {(typeof PRESETS)[number]} id
 * @param {{phone: string, laptop: string, weak: string}} names
 * @returns {Pick<Wishes, "devices" | "network">}
 */
export function preset(id, { phone, laptop, weak }) {
  const wifi = { mbit: 80, shared: true, latency_ms: 4 };
  const lines = { mbit: 100, shared: false, latency_ms: 3 };
  switch (id) {
    case "phones":
      return { devices: several(phone, PHONE, 8), network: lines };
    case "laptops":
      return { devices: several(laptop, LAPTOP, 4), network: { mbit: 1000, shared: false, latency_ms: 1 } };
    case "testbed":
      // The paper's: eight Raspberry Pi 4B at 1 GHz, taken as 2 GMAC/s each, on one Wi-Fi.
      return { devices: several("Pi", 2, 8), network: { mbit: 50, shared: true, latency_ms: 0 } };
    case "many":
      return { devices: [...several(laptop, LAPTOP, 4), ...several(phone, PHONE, 10), ...several(weak, WEAK, 2)], network: lines };
    default:
      return { devices: [...several(laptop, LAPTOP, 1), ...several(phone, PHONE, 4), ...several(weak, WEAK, 1)], network: wifi };
  }
}

/** The links of a room that has measured none yet, in Mbit/s. */
const UNKNOWN = 100;

/**
 * The devices of a real room as they measured themselves, and of their links the middle one.
 * @param {RoomState} state
 * @returns {Wishes}
 */
export function wishesOf({ devices, scheme, latency_limit: limit }) {
  const measured = devices.filter(({ role, capacity, problem }) => role !== "watch" && capacity && !problem);
  const links = measured.flatMap(({ links }) => links);
  const middle = (/** @type {(number | null | undefined)[]} */ all) => {
    const known = all.filter((one) => typeof one === "number").sort((a, b) => Number(a) - Number(b));
    return known[Math.floor(known.length / 2)];
  };
  return {
    scheme,
    latency_limit: limit ?? null,
    network: {
      mbit: round(middle(links.map(({ mbit }) => mbit)) ?? UNKNOWN),
      shared: false,
      latency_ms: round((middle(links.map(({ round_trip_ms: trip }) => trip)) ?? 4) / 2),
    },
    devices: measured.map(({ name, capacity, memory }) =>
      ({ name, gmacs: round((capacity ?? 0) / 1e9), mbit: null, memory_mb: Math.max(1, Math.round((memory ?? 1e9) / 1e6)) })),
  };
}

/** Three digits. @param {number} value */
const round = (value) => Number(value.toPrecision(3));
