// onnxruntime-web, its wasm provider.
import "/bench/measure.js";

const { input, channelsFirst, channelsLast, measure, serve } = globalThis.benchmark;
const DIST = "/peers/onnxruntime-web/dist/";

serve(async ({ model, threads, frames }) => {
  const ort = await import(`${DIST}ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = DIST;
  ort.env.wasm.numThreads = threads;
  const { layers, outputs } = await (await fetch(`/bench/models/${model}.json`)).json();
  const file = await (await fetch(`/bench/models/${model}.onnx`)).arrayBuffer();
  const start = performance.now();
  const session = await ort.InferenceSession.create(new Uint8Array(file), {
    executionProviders: ["wasm"], graphOptimizationLevel: "all",
  });
  const ready = (performance.now() - start) / 1000;
  const [rows, cols, channels] = layers[0].shape;
  const values = channelsFirst(input(layers[0].shape), layers[0].shape);
  const last = layers[outputs[0]];
  return measure({ ready, frames }, async () => {
    const tensor = new ort.Tensor("float32", values, [1, channels, rows, cols]);
    const results = await session.run({ [layers[0].name]: tensor });
    return results[last.name].data;
  }, (made) => channelsLast(made, last.shape));
});
