// What the page's address asks for: /r/CODE?name=&role=&pace=&bandwidth=&relay=1&engine=&threads=
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

/** A name from what the browser says of itself, such as "Firefox on Linux". */
function ownName() {
  const agent = navigator.userAgent;
  const browsers = [["Edg", "Edge"], ["Firefox", "Firefox"], ["FxiOS", "Firefox"], ["CriOS", "Chrome"],
    ["Chrome", "Chrome"], ["Safari", "Safari"]];
  const systems = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"],
    ["CrOS", "ChromeOS"], ["Mac OS", "Mac"], ["Linux", "Linux"]];
  const find = (/** @type {string[][]} */ list) => list.find(([mark]) => agent.includes(mark))?.[1];
  return `${find(browsers) ?? "Browser"} on ${find(systems) ?? "a device"}`;
}
