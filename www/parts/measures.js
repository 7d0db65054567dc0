// How the room does, over the last minute: plots of what is measured, with what was predicted.
import { chart } from "./chart.js";
import { make, section } from "./element.js";
import { colourOf, dashOf } from "./flags.js";
import { arrivals, latencies, share, throughput } from "./history.js";
import { say } from "./language.js";
import { duration, number, percent } from "./words.js";
/** @import { Part } from "../types.js" */

/** @returns {Part} */
export function measuresPart() {
  const ago = say("chart_ago");
  const rate = (/** @type {number} */ value) => number(value, 2);
  const [answered, latency, coming, busy] = [
    chart(say("chart_throughput"), rate, ago), chart(say("chart_latency"), duration, ago),
    chart(say("chart_arrivals"), rate, ago), chart(say("chart_busy"), (value) => percent(value), ago),
  ];
  return {
    element: section("measures", say("measures"),
      make("div", { className: "charts" }, answered.element, latency.element, coming.element, busy.element),
      make("p", { className: "quiet" }, make("span", { className: "key predicted" }), say("chart_predicted"))),
    show({ plan, devices }, _, history) {
      // Of whichever clock the room goes by: a run that is played again has its own.
      const now = history.samples[history.samples.length - 1]?.at ?? 0;
      answered.show({ lines: [{ points: throughput(history) }], now, predicted: plan && 1 / plan.period });
      latency.show({ lines: [{ points: latencies(history) }], now, dots: true, predicted: plan?.latency });
      coming.show({ lines: [{ points: arrivals(history) }], now });
      busy.show({
        lines: devices.filter(({ role }) => role !== "watch")
          .map(({ id, name }) => ({ points: share(history, id), colour: colourOf(id), dash: dashOf(id), name })),
        now, most: 1,
      });
    },
  };
}
