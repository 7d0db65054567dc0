// Loads the WebAssembly module and joins the room with it.
/** @import { Notice, Options } from "../types.js" */

const SCRIPT = "/pkg/convoy_web.js";
const MODULE = "/pkg/convoy_web_bg.wasm";

/**
 * @param {string} code
 * @param {Options} options
 * @param {(notice: Notice) => void} hear
 */
export async function join(code, options, hear) {
  const [{ default: init, Peer }, module] = await Promise.all([
    import(SCRIPT), WebAssembly.compileStreaming(fetch(MODULE)),
  ]).catch((cause) => {
    throw new Error(`The program of this page could not be loaded (${cause.message}). Reload the page; if you run ` +
      "the server, build the bundle with `cargo xtask bundle`.", { cause });
  });
  await init({ module_or_path: module });
  const peer = new Peer({ room: code, ...options }, module, hear);
  addEventListener("pagehide", () => peer.leave());
  // A page that the browser kept and shows again has left the room: it joins anew.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
