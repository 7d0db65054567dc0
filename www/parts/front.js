// What the plan was chosen from: the plans of the scheme, and how often pictures come.
import { fill, make, section } from "./element.js";
import { duration, perSecond } from "./words.js";
/** @import { Front, Part } from "../types.js" */

/** @returns {Part} */
export function frontPart() {
  const summary = make("p", { className: "quiet" });
  const plans = make("tbody");
  const heads = ["", "An answer every", "Picture to answer", "Expected now"];
  const count = make("summary");
  const element = section("front", "Plans to choose from", summary, make("details", {}, count,
    make("table", { className: "slim" }, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), plans)));
  element.hidden = true;
  return {
    element,
    show({ front, arrival_rate: rate, latency_limit: limit }) {
      element.hidden = !front;
      if (!front) return;
      const limited = limit ? ` Each answers within ${duration(limit)}.` : "";
      const known = front.exact ? "no plan is better than these" : `no plan is faster than ${duration(front.bound.period)}`;
      summary.textContent = `Pictures come at ${perSecond(rate)}. The plan that is expected to answer soonest runs; ${known}.${limited}`;
      count.textContent = front.plans.length === 1 ? "One plan" : `All ${front.plans.length} plans`;
      fill(plans, ...front.plans.map((_, index) => row(front, index)));
    },
  };
}

/** @param {Front} front @param {number} index */
function row({ plans, chosen, next }, index) {
  const { period, latency, expected_latency: expected } = plans[index];
  const stand = index === next ? "next" : index === chosen ? "runs" : "";
  return make("tr", { className: stand },
    make("th", { scope: "row" }, stand || String(index + 1)),
    make("td", { className: "number" }, duration(period)),
    make("td", { className: "number" }, duration(latency)),
    make("td", { className: "number" }, expected === null ? "too slow" : duration(expected)));
}
