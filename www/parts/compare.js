// Alone against together, and predicted beside measured; with the reason where alone is faster.
import { fill, make, section, write } from "./element.js";
import { say } from "./language.js";
import { verdict } from "./verdict.js";
import { duration, number, percent } from "./words.js";
/** @import { Part } from "../types.js" */

/** @param {string} real what the numbers that are no predictions are called @returns {Part} */
export function comparePart(real) {
  const words = make("p", { className: "verdict" }, say("compare_none"));
  const reason = make("p", { className: "quiet" });
  const bars = make("div", { className: "compare" });
  const element = section("compare", say("compare"), words, bars, reason);
  return {
    element,
    show({ plan, measured, passing = 0, delay = 0 }) {
      if (!plan) return;
      const found = verdict(plan, measured);
      const values = {
        name: plan.alone?.name ?? "", times: number(found.throughput, 2), slower: percent(Math.abs(1 - 1 / found.latency)),
        faster: number(found.latency, 2), transfer: duration(found.transfer), compute: duration(found.compute), extra: percent(found.extra),
      };
      write(words, say(found.key, values));
      write(reason, [
        found.reason && say(found.reason, values), found.off && say(found.off),
        passing > 0.0005 && say("compare_passing", { time: duration(passing) }), delay > 0.0005 && say("compare_delay", { time: duration(delay) }),
      ].filter(Boolean).join(" "));
      const { alone } = plan;
      fill(bars,
        group(say("compare_latency"), [
          [say("compare_alone", { name: alone?.name ?? "–" }), alone?.latency, "alone"],
          [say("compare_predicted"), plan.latency, "predicted"],
          [real, measured?.latency, "measured"],
        ], duration),
        group(say("compare_rate"), [
          [say("compare_alone", { name: alone?.name ?? "–" }), alone && 1 / alone.period, "alone"],
          [say("compare_predicted"), 1 / plan.period, "predicted"],
          [real, measured?.period ? 1 / measured.period : null, "measured"],
        ], (value) => number(value)));
    },
  };
}

/**
 * @param {string} title
 * @param {[string, number | null | undefined, string][]} rows name, value, kind
 * @param {(value: number | null | undefined) => string} unit
 */
function group(title, rows, unit) {
  const most = Math.max(...rows.map(([, value]) => value ?? 0), Number.MIN_VALUE);
  return make("div", {}, make("h3", {}, title), make("dl", {}, ...rows.map(([name, value, kind]) => {
    const bar = make("span", { className: `bar ${kind}`, "aria-hidden": "true" });
    bar.style.setProperty("--part", String((value ?? 0) / most));
    return make("div", {}, make("dt", {}, name), make("dd", {}, bar, make("span", { className: "number" }, unit(value))));
  })));
}
