// The Web Worker: holds the engine and does one job at a time, in the order given.
// First message: the settings ({module, memory, pace}); every further one is a job for the engine.
import init, { Engine } from "/pkg/convoy_web.js";

/** @type {Promise<Engine> | undefined} */
let engine;
/** The end of the job that was given last. @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * Tells the page that this worker cannot go on.
 * @param {unknown} cause
 */
function giveUp(cause) {
  postMessage(cause instanceof Error ? cause.message : String(cause));
}

/**
 * @param {{module: WebAssembly.Module, memory: number, pace?: number}} settings
 * @returns {Promise<Engine>}
 */
async function start({ module, memory, pace }) {
  await init({ module_or_path: module });
  return new Engine(memory, pace, (/** @type {unknown} */ message, /** @type {Transferable[]} */ buffers) =>
    postMessage(message, { transfer: buffers }));
}

addEventListener("message", ({ data }) => {
  if (engine === undefined) {
    engine = start(data);
    engine.catch(giveUp);
    return;
  }
  const ready = engine;
  turn = turn.then(async () => (await ready).perform(data)).catch(giveUp);
});
