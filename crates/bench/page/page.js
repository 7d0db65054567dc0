// One measurement: starts the worker of the contender that the address names, hands its result back.
const query = new URLSearchParams(location.search);
const settings = {
  engine: query.get("engine") ?? "",
  direct: query.get("direct") === "1",
  model: query.get("model") ?? "",
  threads: Number(query.get("threads")),
  frames: Number(query.get("frames")),
  layers: query.get("layers") === "1",
  strips: query.get("strips") === "1",
};

/** @param {unknown} result */
async function hand(result) {
  await fetch(`/bench/result/${query.get("trial")}`, { method: "POST", body: JSON.stringify(result) });
  const doing = document.getElementById("doing");
  if (doing) doing.textContent = "Done.";
}

const kind = query.get("contender") === "tfjs" ? "classic" : "module";
const worker = new Worker(`/bench/${query.get("contender")}.js`, { type: kind });
worker.onmessage = ({ data }) => hand(data);
worker.onerror = (event) => hand({ error: event.message ?? "the worker failed" });
worker.postMessage(settings);
