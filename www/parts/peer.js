// Loads the WebAssembly bundle and joins the room with it.
import { choose, compile, script, tag, threadsFailed, watchThreads } from "../engine.js";
import { key } from "./keys.js";
import { say } from "./language.js";
import { keep, measured } from "./measured.js";
import { rest } from "./turns.js";
/** @import { Joined, Notice, Options } from "../types.js" */

/**
 * @param {string} code
 * @param {Options} options
 * @param {(notice: Notice) => void} hear
 * @param {{extra?: boolean}} [kind] a device beside the page's own: what is measured of it says nothing of the page
 * @returns {Promise<Joined>}
 */
export async function join(code, options, hear, { extra = false } = {}) {
  const { name, role, bandwidth, relay } = options;
  let { pace } = options;
  const chosen = choose(options);
  const [{ default: init, Peer }, { module, tag: pageTag }] = await Promise.all([
    script(chosen.page), compile(chosen.page),
  ]).catch((cause) => {
    throw new Error(say("own_no_program", { why: cause.message }), { cause });
  });
  await init({ module_or_path: module });
  // Functions are compiled when they are called first: not all in one task.
  await rest();
  const { worker, threads, name: engine } = chosen;
  const failed = threadsFailed();
  if (failed) hear({ type: "trouble", message: say("own_threads_failed", { why: failed }) });
  // Workers compile a bundle that is not the page's themselves. The one for photographs and answers takes what
  // the other has loaded anyway.
  const plain = { name: worker, threads: 1, module: worker === chosen.page ? module : undefined };
  const bundle = threads > 1 ? { name: worker, threads, channel: watchThreads() } : plain;
  const program = worker === chosen.page ? pageTag : await tag(worker);
  // Without a tag another program could not be told from this one.
  const what = () => extra || program === "" ? undefined : [program, engine, pace].join(" ");
  const peer = new Peer({ room: code, key: key(code), name, role, pace, bandwidth, relay, engine, measured: measured(what()) }, bundle, plain,
    (/** @type {Notice} */ notice) => {
      if (notice.type === "measured") keep(what(), notice.benchmark);
      else hear(notice);
    });
  const leave = () => {
    removeEventListener("pagehide", leave);
    peer.leave();
    peer.free();
  };
  addEventListener("pagehide", leave);
  // A page that the browser kept and shows again has left the room: it joins anew.
  if (!extra) {
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }
  return {
    measureLayers: () => peer.measureLayers(),
    limit(speed, mbit) {
      pace = speed;
      peer.limit(speed, mbit);
    },
    leave,
  };
}
