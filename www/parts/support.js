// What this browser can do for the room, what it lacks, and the way out.
import { make } from "./element.js";
import { say } from "./language.js";
/** @import { Key } from "./language.js" */

/** A module with one SIMD instruction: `(func (result v128) i32.const 0 i8x16.splat)`. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/**
 * One thing that a browser has or lacks; what is needed to compute at all counts as `needed`.
 * @typedef {{key: "simd" | "worker" | "threads" | "camera" | "awake" | "direct", has: boolean, needed?: boolean, remedy: Key}} Check
 */

/** @returns {Check[]} */
export function checks() {
  const wasm = typeof WebAssembly === "object";
  const secure = globalThis.isSecureContext === true;
  const remedy = (/** @type {Key} */ key) => secure ? key : "remedy_https";
  return [
    { key: "simd", needed: true, has: wasm && WebAssembly.validate(SIMD), remedy: wasm ? "remedy_simd" : "remedy_wasm" },
    { key: "worker", needed: true, has: typeof Worker === "function", remedy: "remedy_worker" },
    { key: "direct", has: typeof RTCPeerConnection === "function", remedy: "remedy_direct" },
    { key: "threads", has: globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === "function", remedy: remedy("remedy_threads") },
    { key: "awake", has: "wakeLock" in navigator, remedy: remedy("remedy_awake") },
    { key: "camera", has: typeof navigator.mediaDevices?.getUserMedia === "function", remedy: remedy("remedy_camera") },
  ];
}

/**
 * @returns {{computes: boolean, notes: string[]}} whether this browser can compute, and what to tell
 *   before all else
 */
export function support() {
  const all = checks();
  const computes = all.every(({ has, needed }) => has || !needed);
  const missing = all.filter(({ has, key, needed }) => !has && (needed || key === "direct"));
  return { computes, notes: missing.map(({ remedy }) => say(remedy)) };
}

/** A list of all that was looked at. @returns {HTMLElement} */
export function supportPart() {
  const all = checks();
  const verdict = !support().computes ? "support_watches" : all.every(({ has }) => has) ? "support_all" : "support_computes";
  return make("div", { className: "support" },
    make("p", { className: "verdict" }, say(verdict)),
    make("ul", { className: "checks" }, ...all.map(({ key, has, needed, remedy }) =>
      make("li", { className: has ? "has" : needed ? "lacks needed" : "lacks" },
        make("span", { className: "mark", "aria-hidden": "true" }, has ? "✓" : "–"),
        make("span", {}, make("strong", {}, say(`check_${key}`)), make("span", { className: "out-of-sight" }, say(has ? "check_has" : "check_lacks")),
          make("small", {}, has ? say(`check_${key}_words`) : say(remedy)))))));
}
