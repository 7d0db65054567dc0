// Which bundle a browser is to run, and how a worker loads it.
/** @import { Bundle, Options } from "./types.js" */
/** @typedef {typeof import("/pkg/threads/convoy_web.js")} Exports */

/** One function with an instruction of relaxed SIMD: three v128 in, f32x4.relaxed_madd out. */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0,
  32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
]);

/** Pages of shared memory that are asked for, and what is tried where that is too much: 4, 2, 1 GB. */
const LIMITS = [65536, 32768, 16384];

/** Beyond this a layer is cut into too little. */
const MOST_THREADS = 8;

/** Where this tab keeps why threads failed in it. */
const FAILED = "convoy-threads-failed";

/**
 * The fastest that this browser can run, unless its address asks for another. The page's own thread
 * runs `page`, which shares no memory; its worker runs `worker`, the same where that shares none either.
 * `name` is for people.
 * @param {Pick<Options, "engine" | "threads">} options
 * @returns {{page: string, worker: string, threads: number, name: string}}
 */
export function choose({ engine, threads: most }) {
  const relaxed = engine !== "simd128" && WebAssembly.validate(RELAXED);
  const one = relaxed ? "relaxed" : "simd128";
  const threads = engine === "threads" && most ? most : Math.min(navigator.hardwareConcurrency || 1, most ?? MOST_THREADS);
  const plain = { page: one, worker: one, threads: 1, name: one };
  if (threads === 1 || engine === "simd128" || engine === "relaxed") return plain;
  if (!sharesMemory() || threadsFailed() !== undefined) return plain;
  return { page: "page", worker: "threads", threads, name: `threads x ${threads}` };
}

/** Whether workers of this page can share memory. Promises of the threaded bundle wait by `waitAsync`. */
function sharesMemory() {
  return globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === "function" &&
    typeof Reflect.get(Atomics, "waitAsync") === "function";
}

/** Why threads failed in this tab, if they did. @returns {string | undefined} */
export function threadsFailed() {
  try {
    return sessionStorage.getItem(FAILED) ?? undefined;
  } catch {
    return "this browser keeps nothing for a page";
  }
}

/**
 * Joins anew with one thread when a thread of the worker fails: the others wait for it for good, and
 * the worker with them, which then hears nothing.
 * @returns {string} the channel on which threads tell that they fail
 */
export function watchThreads() {
  const name = crypto.randomUUID();
  new BroadcastChannel(name).onmessage = ({ data }) => {
    sessionStorage.setItem(FAILED, data);
    // Nobody is to be asked whether the page may go.
    document.documentElement.dataset.leaving = "true";
    location.reload();
  };
  return name;
}

/** Why this browser cannot run threads, whatever the bundle does. */
export class ThreadsFail extends Error {}

/** Tells the page that a thread failed. @param {string} channel @param {unknown} cause */
export function threadFails(channel, cause) {
  new BroadcastChannel(channel).postMessage(cause instanceof Error ? cause.message : String(cause));
}

/** As much shared memory as the browser lends: an address range, of which only what is written is used. The
 * module wants 21 pages to begin with. */
function sharedMemory() {
  for (const maximum of LIMITS) {
    try {
      return new WebAssembly.Memory({ initial: 256, maximum, shared: true });
    } catch {
      // The next smaller one.
    }
  }
  return undefined;
}

/**
 * The compiled module, and a tag that another program would not have.
 * @param {string} name
 */
export async function compile(name) {
  const response = await fetch(module(name));
  return { module: await WebAssembly.compileStreaming(response), tag: tagOf(response) };
}

/** The tag of a bundle that is not compiled here. @param {string} name */
export async function tag(name) {
  return tagOf(await fetch(module(name), { method: "HEAD" }));
}

/** @param {string} name */
function module(name) {
  return `/pkg/${name}/convoy_web_bg.wasm`;
}

/** @param {Response} response */
function tagOf(response) {
  return response.headers.get("etag") ?? "";
}

/** @param {string} name @returns {Promise<Exports>} */
export function script(name) {
  return import(`/pkg/${name}/convoy_web.js`);
}

/**
 * Loads a bundle in this worker, with the helpers that its further threads are.
 * @param {Bundle} bundle
 */
export async function loadEngine({ name, threads, module: ready, channel }) {
  const [exports, compiled] = await Promise.all([script(name), ready ?? compile(name).then(({ module }) => module)]);
  if (name !== "threads") {
    await exports.default({ module_or_path: compiled });
    return exports;
  }
  const memory = sharedMemory();
  if (memory === undefined) throw new ThreadsFail("the browser lends no shared memory");
  await exports.default({ module_or_path: compiled, memory });
  if (threads === 1) return exports;
  exports.invite(threads);
  await Promise.all(Array.from({ length: threads - 1 }, () => helper({ name, compiled, memory, channel })));
  return exports;
}

/**
 * A worker that takes its part of every layer, for as long as this worker lives.
 * @param {{name: string, compiled: WebAssembly.Module, memory: WebAssembly.Memory, channel?: string}} settings
 */
function helper(settings) {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/helper.js", { type: "module" });
    const fail = (/** @type {string} */ cause) => reject(new ThreadsFail(`a helping worker failed: ${cause}`));
    worker.onmessage = ({ data }) => data === "ready" ? resolve(undefined) : fail(data);
    worker.onerror = (event) => fail(event.message);
    worker.postMessage(settings);
  });
}
