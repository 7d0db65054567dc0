// What the page's address asks for: /r/CODE?name=&role=&pace=&bandwidth=&relay=1&engine=&threads=
import { ownName } from "./names.js";
/** @import { Options } from "../types.js" */

/** The room's code in the address. @returns {string | undefined} */
export function roomCode() {
  const found = /^\/r\/([^/]+)\/?$/.exec(location.pathname);
  return found ? decodeURIComponent(found[1]).toUpperCase() : undefined;
}

/**
 * A positive number of the address.
 * @param {URLSearchParams} query
 * @param {string} key
 */
function positive(query, key) {
  const value = Number(query.get(key));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** @param {string | null} asked @returns {Options["engine"]} */
function bundle(asked) {
  return asked === "simd128" || asked === "relaxed" || asked === "threads" ? asked : undefined;
}

/** @returns {Options} */
export function options() {
  const query = new URLSearchParams(location.search);
  const asked = query.get("role");
  return {
    name: (query.get("name") ?? "").trim().slice(0, 40) || ownName(),
    role: asked === "host" || asked === "watch" ? asked : "device",
    pace: positive(query, "pace"),
    bandwidth: positive(query, "bandwidth"),
    relay: query.get("relay") === "1",
    engine: bundle(query.get("engine")),
    threads: Math.min(64, Math.ceil(positive(query, "threads") ?? 0)) || undefined,
  };
}

/**
 * The page's address with other wishes; `undefined` takes one back.
 * @param {Record<string, string | undefined>} wishes
 */
function addressWith(wishes) {
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(wishes)) {
    if (value === undefined) address.searchParams.delete(key);
    else address.searchParams.set(key, value);
  }
  return address;
}

/** Comes in anew with other wishes. A reload would measure the device again. @param {Record<string, string | undefined>} wishes */
export function askFor(wishes) {
  location.assign(addressWith(wishes));
}

/** Has the address say what is so by now, for when the page comes in anew. @param {Record<string, string | undefined>} wishes */
export function keepWishes(wishes) {
  history.replaceState(history.state, "", addressWith(wishes));
}
