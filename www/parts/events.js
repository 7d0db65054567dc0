// What happens in the room, in plain words: one line that screen readers read out, the last ones below.
import { make, write } from "./element.js";
import { fresh, happened } from "./happenings.js";
import { list, say } from "./language.js";
import { phaseOf } from "./phase.js";
/** @import { Part } from "../types.js" */

/** How many stay in sight. */
const KEPT = 40;

/** @returns {Part & {tell(message: string, weight?: string): void}} */
export function eventsPart() {
  const phase = make("p", { className: "phase", role: "status" }, say("phase_joining"));
  const log = make("ol");
  const past = make("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": say("events"), tabIndex: 0 }, log);
  const element = make("section", { id: "events", "aria-label": say("events") }, phase, past);
  let last = "";
  const tell = (/** @type {string} */ message, weight = "plain") => {
    if (message === last) return;
    last = message;
    // Not by Intl, whose first use takes 40 ms of the page's start.
    const time = new Date().toTimeString().slice(0, 8);
    log.prepend(make("li", { className: weight }, make("time", {}, time), make("span", {}, message)));
    while (log.children.length > KEPT) log.lastElementChild?.remove();
  };

  let mind = fresh();
  return {
    element,
    tell,
    show(state) {
      const found = happened(mind, state);
      mind = found.mind;
      for (const { key, values, weight } of found.happenings) {
        const plain = Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? list(value) : value]);
        tell(say(key, Object.fromEntries(plain)), weight);
      }
      const now = phaseOf(state);
      const late = sentence(state.late ?? "");
      write(phase, now ? [say(now.key, now.values), late].join(" ").trim() : sentence(state.status ?? ""));
      phase.dataset.running = String(state.plan?.running === true);
    },
  };
}

/** The room's own words as a sentence. @param {string} words */
function sentence(words) {
  return words === "" ? "" : `${words[0].toUpperCase()}${words.slice(1)}.`;
}

