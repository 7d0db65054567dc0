// Numbers for people.
import { say } from "./language.js";

/**
 * A number as all languages of the page write it, with at most six places. Not by Intl, whose first format takes a
 * page's start 22 to 55 ms (docs/adr/0024).
 * @param {number} value
 */
export function count(value) {
  const [whole, places] = String(Math.round(value * 1e6) / 1e6).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return places === undefined ? grouped : `${grouped}.${places}`;
}

/** @param {number} value @param {number} [digits] */
const short = (value, digits = 3) => count(Number(value.toPrecision(digits)));

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  return seconds < 1 ? `${short(seconds * 1000)} ms` : `${short(seconds)} s`;
}

/** How often something happens. @param {number | null | undefined} rate a second */
export function perSecond(rate) {
  if (!rate) return say("rate_none");
  return rate < 1 ? say("rate_every", { time: duration(1 / rate) }) : say("rate_second", { n: short(rate, 2) });
}

/** A plain number. @param {number | null | undefined} value @param {number} [digits] */
export function number(value, digits = 2) {
  return value === null || value === undefined || !Number.isFinite(value) ? "–" : short(value, digits);
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1e6 ? `${short(bytes / 1e3)} kB` : `${short(bytes / 1e6)} MB`;
}

/** @param {number | null | undefined} macs MAC/s */
export function speed(macs) {
  return macs ? `${short(macs / 1e9, 2)} GMAC/s` : "–";
}

/** What a device computes with. @param {string} engine */
export function engineName(engine) {
  const threads = /^threads x (\d+)$/.exec(engine);
  if (threads) return say("engine_threads", { n: Number(threads[1]) });
  return engine === "relaxed" ? say("engine_relaxed") : engine === "simd128" ? "SIMD" : engine;
}

/** @param {number} macs */
export function work(macs) {
  return macs < 1e9 ? `${short(macs / 1e6)} MMAC` : `${short(macs / 1e9)} GMAC`;
}

/** @param {number} part of 1 */
export function percent(part) {
  return `${(part * 100).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;
}

/** "ABC to DEF", or the one there is. @param {string[]} layers */
export function layerRange(layers) {
  const last = layers[layers.length - 1];
  return layers.length > 1 ? say("layers_to", { first: layers[0], last }) : last ?? "";
}
