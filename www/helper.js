// A helping worker: computes its part of every layer, in memory that it shares with the worker that made it.
import { script } from "./engine.js";

addEventListener("message", async ({ data: { name, compiled, memory } }) => {
  const { default: init, help } = await script(name);
  await init({ module_or_path: compiled, memory });
  postMessage("ready");
  // Comes back only where the pool ends; between two layers it sleeps.
  help();
});
