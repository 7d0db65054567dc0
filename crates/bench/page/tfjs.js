// TensorFlow.js, its wasm backend, layer by layer in its own order of memory. A classic script, as the
// library comes as one.
importScripts("/bench/measure.js", "/peers/@tensorflow/tfjs-core/dist/tf-core.min.js",
  "/peers/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js");

const { tf, benchmark } = globalThis;

/** The names of activations in fused layers. */
const FUSED = { none: "linear", relu: "relu", sigmoid: "sigmoid", leaky_relu: "leakyrelu" };

/** An activation of ours, which is a word or an object of one. */
function activation(op) {
  const asked = op.activation ?? "none";
  const name = typeof asked === "string" ? asked : Object.keys(asked)[0];
  if (FUSED[name] === undefined) throw new Error(`tfjs is not given ${name}`);
  return { activation: FUSED[name], leakyreluAlpha: asked.leaky_relu?.slope };
}

/** Padding as the library writes it. */
function padding([top, left, bottom, right]) {
  return [[0, 0], [top, bottom], [left, right], [0, 0]];
}

/** What a layer makes of its inputs. */
function forward({ op, weight, bias, flat }, [x, ...others]) {
  const window = op.window;
  switch (op.type) {
    case "conv":
      if (op.groups !== 1) throw new Error("tfjs is not given groups");
      return tf.fused.conv2d({
        x, filter: weight, bias, strides: window.stride, pad: padding(window.pads), dataFormat: "NHWC",
        dilations: window.dilation, dimRoundingMode: "floor", ...activation(op),
      });
    case "gemm":
      return tf.fused.matMul({ a: x, b: weight, bias, ...activation(op) });
    case "max_pool":
      return tf.maxPool(x, window.kernel, window.stride, padding(window.pads), "floor");
    case "average_pool": {
      // The library never counts padding; where it is to count, it becomes a part of the map.
      const padded = op.count_include_pad && window.pads.some(Boolean) ? tf.pad(x, padding(window.pads)) : x;
      // It refuses a rounding where there is nothing to round.
      if (padded !== x) return tf.avgPool(padded, window.kernel, window.stride, "valid");
      return tf.avgPool(x, window.kernel, window.stride, padding(window.pads), "floor");
    }
    case "add": {
      const sum = others.reduce((sum, other) => tf.add(sum, other), x);
      return activation(op).activation === "relu" ? tf.relu(sum) : sum;
    }
    case "concat":
      return tf.concat([x, ...others], 3);
    case "space_to_depth": {
      const [, rows, cols, channels] = x.shape;
      const squares = tf.reshape(x, [rows / op.block, op.block, cols / op.block, op.block, channels]);
      const moved = tf.transpose(squares, [0, 2, 1, 3, 4]);
      return tf.reshape(moved, [1, rows / op.block, cols / op.block, op.block * op.block * channels]);
    }
    case "global_average_pool":
      return tf.mean(x, [1, 2], true);
    case "flatten":
      // In channel, row, column order, as the weights that read it expect.
      return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [1, -1]);
    case "softmax":
      return tf.softmax(x);
    default:
      throw new Error(`tfjs is not given ${op.type}${flat ? " (flat)" : ""}`);
  }
}

benchmark.serve(async ({ model, threads, frames }) => {
  tf.wasm.setWasmPaths("/peers/@tensorflow/tfjs-backend-wasm/dist/");
  // One thread is the library's module without threads, which is the faster one then.
  if (threads === 1) tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  else tf.wasm.setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  const { layers, outputs } = await (await fetch(`/bench/models/${model}.json`)).json();
  const file = await (await fetch(`/bench/models/${model}.f32`)).arrayBuffer();
  const start = performance.now();
  let at = 0;
  const tensor = (shape) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = new Float32Array(file, at, count);
    at += count * 4;
    return tf.tensor(values, shape);
  };
  for (const layer of layers) {
    if (layer.weight === null) continue;
    const shape = layer.weight;
    layer.weight = tensor(shape);
    layer.bias = tensor(shape.slice(-1));
  }
  const readers = new Map();
  layers.forEach((layer, index) => layer.inputs.forEach((from) => readers.set(from, index)));
  const ready = (performance.now() - start) / 1000;
  const values = benchmark.input(layers[0].shape);
  return benchmark.measure({ ready, frames }, async () => {
    const maps = [tf.tensor(values, [1, ...layers[0].shape])];
    layers.slice(1).forEach((layer, index) => {
      const number = index + 1;
      maps[number] = tf.tidy(() => forward(layer, layer.inputs.map((from) => maps[from])));
      for (const from of layer.inputs) {
        if (readers.get(from) === number && !outputs.includes(from)) maps[from].dispose();
      }
    });
    const last = maps[outputs[0]];
    const made = await last.data();
    last.dispose();
    return made;
  });
});
