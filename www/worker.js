// The Web Worker: holds the engine and does one job at a time, in the order given.
// First message: the settings ({bundle, memory, pace}); every further one is a job for the engine, or the settings
// again with another pace.
import { ThreadsFail, loadEngine, threadFails } from "./engine.js";
/** @import { Bundle } from "./types.js" */

/** @type {Promise<import("/pkg/simd128/convoy_web.js").Engine> | undefined} */
let engine;
/** On which the page hears of threads that fail. @type {string | undefined} */
let channel;
/** What a job's number is told to where its tile is not wanted any more. @type {(number: number) => void} */
let giveUpJob = () => {};
/** The end of the job that was given last. @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * Tells the page that this worker cannot go on. Only what threads are to blame for has it go on with one:
 * not a bundle that did not arrive.
 * @param {unknown} cause
 */
function giveUp(cause) {
  const program = [WebAssembly.CompileError, WebAssembly.LinkError, WebAssembly.RuntimeError];
  const threads = cause instanceof ThreadsFail || program.some((kind) => cause instanceof kind);
  if (channel !== undefined && threads) threadFails(channel, cause);
  postMessage(cause instanceof Error ? cause.message : String(cause));
}

/** @param {{bundle: Bundle, memory: number, pace?: number}} settings */
async function start({ bundle, memory, pace }) {
  channel = bundle.channel;
  const { Engine } = await loadEngine(bundle);
  giveUpJob = Engine.giveUp;
  return new Engine(memory, pace, (/** @type {unknown} */ message, /** @type {Transferable[]} */ buffers) =>
    postMessage(message, { transfer: buffers }));
}

/** The layers' times; none where they cannot be had. @param {import("/pkg/simd128/convoy_web.js").Engine} engine */
function measured(engine) {
  try {
    return engine.layers();
  } catch {
    return "[]";
  }
}

addEventListener("message", ({ data }) => {
  if (engine === undefined) {
    engine = start(data);
    engine.catch(giveUp);
    return;
  }
  // It does not wait for its turn: the job that it is about has it.
  if (typeof data === "number") {
    giveUpJob(data);
    return;
  }
  const ready = engine;
  turn = turn.then(async () => {
    const engine = await ready;
    // The one word that is no job.
    if (data === "layers") postMessage({ layers: measured(engine) });
    else if (Array.isArray(data)) await engine.perform(data);
    else engine.limit(data.pace);
  }).catch(giveUp);
});
