// A helping worker: computes its part of every layer, in memory that it shares with the worker that made it.
import { script, threadFails } from "./engine.js";

addEventListener("message", async ({ data: { name, compiled, memory, channel } }) => {
  let help;
  try {
    const exports = await script(name);
    await exports.default({ module_or_path: compiled, memory });
    help = exports.help;
  } catch (cause) {
    postMessage(cause instanceof Error ? cause.message : String(cause));
    return;
  }
  postMessage("ready");
  try {
    // Comes back only where the pool ends; between two layers it sleeps.
    help();
  } catch (cause) {
    // The worker that made this one waits for its part, and hears nothing: the page is told.
    if (channel !== undefined) threadFails(channel, cause);
  }
});
