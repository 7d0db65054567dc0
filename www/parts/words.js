// Numbers for people.

/** @param {number} value @param {number} [digits] */
function short(value, digits = 3) {
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 6 });
}

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  return seconds < 1 ? `${short(seconds * 1000)} ms` : `${short(seconds)} s`;
}

/** @param {number | null | undefined} rate */
export function perSecond(rate) {
  return rate ? `${short(rate, 2)} a second` : "no rate yet";
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${short(bytes / 1e3)} kB` : `${short(bytes / 1e6)} MB`;
}

/** @param {number | null | undefined} macs MAC/s */
export function speed(macs) {
  return macs ? `${short(macs / 1e9)} GMAC/s` : "–";
}

/** What a device computes with. @param {string} engine */
export function engineName(engine) {
  const threads = /^threads x (\d+)$/.exec(engine);
  if (threads) return `${threads[1]} threads, SIMD`;
  return engine === "relaxed" ? "relaxed SIMD" : engine === "simd128" ? "SIMD" : engine;
}

/** @param {number} macs */
export function work(macs) {
  return macs < 1e9 ? `${short(macs / 1e6)} MMAC` : `${short(macs / 1e9)} GMAC`;
}

/** @param {number} part of 1 */
export function percent(part) {
  return `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;
}
