// What this browser lacks, in words with a way out.

/** A module with one SIMD instruction: `(func (result v128) i32.const 0 i8x16.splat)`. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/**
 * @returns {{computes: boolean, notes: string[]}} whether this browser can compute, and what to tell
 */
export function support() {
  const notes = [];
  const wasm = typeof WebAssembly === "object";
  if (!wasm) {
    notes.push("This browser has no WebAssembly (or a setting switches it off), so it can watch the room " +
      "but not compute. Chrome 91, Edge 91, Firefox 89, Safari 16.4 and newer have it.");
  } else if (!WebAssembly.validate(SIMD)) {
    notes.push("This browser's WebAssembly has no SIMD, so it can watch the room but not compute. Chrome 91, " +
      "Edge 91, Firefox 89, Safari 16.4 and newer have it.");
  }
  if (typeof RTCPeerConnection !== "function") {
    notes.push("This browser has no WebRTC (or an extension switches it off): its data goes through the " +
      "server, which is slower.");
  }
  if (typeof Worker !== "function") {
    notes.push("This browser has no Web Workers, so it can watch the room but not compute.");
  }
  const computes = wasm && WebAssembly.validate(SIMD) && typeof Worker === "function";
  return { computes, notes };
}
