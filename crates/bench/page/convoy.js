// Our own engine, by the bundle that is asked for and loaded as the page's worker loads it.
import "/bench/measure.js";
import { loadEngine } from "/engine.js";

const { input, measure, serve } = globalThis.benchmark;

serve(async ({ engine, direct, model, threads, frames, layers: wanted, strips }) => {
  const { Trial } = await loadEngine({ name: engine, threads });
  const manifest = await (await fetch(`/bench/models/${model}.manifest.json`)).text();
  const { layers } = await (await fetch(`/bench/models/${model}.json`)).json();
  const start = performance.now();
  const trial = new Trial(manifest, !direct);
  const ready = (performance.now() - start) / 1000;
  const values = input(layers[0].shape);
  const made = await measure({ ready, frames }, () => trial.run(values));
  return { ...made, layers: wanted ? JSON.parse(trial.layers(frames)) : [],
    strips: strips ? JSON.parse(Trial.strips(manifest, !direct, frames)) : [] };
});
