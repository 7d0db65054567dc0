// What every contender does alike: the same input, a first run, then the steady ones.
// A classic script too, since one of the libraries comes as such.

/** Every Memory that a module of this worker was given or made. */
const memories = new Set();
for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (source, imports, ...rest) => {
    for (const group of Object.values(imports ?? {})) {
      for (const value of Object.values(group)) if (value instanceof WebAssembly.Memory) memories.add(value);
    }
    const made = await original.call(WebAssembly, source, imports, ...rest);
    for (const value of Object.values((made.instance ?? made).exports)) {
      if (value instanceof WebAssembly.Memory) memories.add(value);
    }
    return made;
  };
}

/** The input in row, column, channel order: numbers between -1 and 1 that look like noise. */
function input([rows, cols, channels]) {
  const values = new Float32Array(rows * cols * channels);
  for (let index = 0, state = 1; index < values.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[index] = state / 2 ** 31 - 1;
  }
  return values;
}

/** Row, column, channel order from channel, row, column order. */
function channelsLast(values, [rows, cols, channels]) {
  const made = new Float32Array(values.length);
  for (let channel = 0, from = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < rows * cols; pixel++, from++) made[pixel * channels + channel] = values[from];
  }
  return made;
}

/** The other way round. */
function channelsFirst(values, [rows, cols, channels]) {
  const made = new Float32Array(values.length);
  for (let channel = 0, to = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < rows * cols; pixel++, to++) made[to] = values[pixel * channels + channel];
  }
  return made;
}

/**
 * Runs a network that is ready; `ready` seconds went into that.
 * @param {{ready: number, frames: number}} settings
 * @param {() => Promise<Float32Array> | Float32Array} run gives the output
 * @param {(values: Float32Array) => Float32Array} [order] puts an output in row, column, channel order
 */
async function measure({ ready, frames }, run, order = (values) => values) {
  const clock = async () => {
    const start = performance.now();
    const values = await run();
    return { seconds: (performance.now() - start) / 1000, values };
  };
  const first = await clock();
  const steady = [];
  for (let frame = 0; frame < frames; frame++) steady.push((await clock()).seconds);
  const values = order(first.values);
  // A few hundred values, the same places for everybody.
  const step = Math.max(1, Math.floor(values.length / 509));
  const sample = [];
  for (let index = 0; index < values.length; index += step) sample.push(values[index]);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  let bytes = 0;
  for (const memory of memories) bytes += memory.buffer.byteLength;
  return { ready, first: first.seconds, steady, sample, range: high - low, count: values.length, wasm_bytes: bytes };
}

/** Answers the page's one message with what `contender` makes of it. */
function serve(contender) {
  onmessage = async ({ data }) => {
    try {
      postMessage(await contender(data));
    } catch (error) {
      postMessage({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
    }
  };
}

Object.assign(globalThis, { benchmark: { input, channelsFirst, channelsLast, measure, serve } });
