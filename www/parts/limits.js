// Slowing a device down, or its links, to see what the room makes of it.
import { field, make, more, write } from "./element.js";
import { say } from "./language.js";
import { askFor, keepWishes } from "./options.js";
/** @import { Options } from "../types.js" */

/**
 * A field for a rate.
 * @param {string} id
 * @param {number | undefined} value
 */
export const rate = (id, value) =>
  make("input", { id, type: "number", min: "0.01", step: "any", inputMode: "decimal", value: value ?? "", placeholder: say("limit_none") });

/** What a field of a rate asks for; undefined is no limit. @param {HTMLInputElement} input */
export const asked = (input) => Number(input.value) > 0 ? Number(input.value) : undefined;

/**
 * The page's own device.
 * @param {Options} options as the page came in
 * @param {(pace: number | undefined, bandwidth: number | undefined) => void} limit holds the device down from now on
 * @param {() => void} before the page comes in anew, as it must to take another way to the others
 */
export function limitsPart(options, limit, before) {
  const [pace, bandwidth] = [rate("pace", options.pace), rate("bandwidth", options.bandwidth)];
  const relay = make("input", { id: "relay", type: "checkbox", checked: options.relay });
  const limited = make("p", { className: "quiet", role: "status" });
  const tell = () => {
    write(limited, [
      asked(pace) && say("own_paced", { pace: Number(pace.value) }),
      asked(bandwidth) && say("own_throttled", { mbit: Number(bandwidth.value) }),
      options.relay && say("own_relayed"),
      options.engine && say("own_engine_asked", { engine: options.engine }),
      options.threads && say("own_threads_asked", { n: options.threads }),
    ].filter(Boolean).join(" "));
  };
  tell();
  const form = make("form", { className: "fields" }, field(pace, say("own_pace")), field(bandwidth, say("own_bandwidth")), field(relay, say("own_relay")),
    make("button", {}, say("own_apply")));
  form.onsubmit = (event) => {
    event.preventDefault();
    const wishes = { pace: asked(pace)?.toString(), bandwidth: asked(bandwidth)?.toString() };
    if (relay.checked !== options.relay) {
      before();
      askFor({ ...wishes, relay: relay.checked ? "1" : undefined });
      return;
    }
    limit(asked(pace), asked(bandwidth));
    keepWishes(wishes);
    tell();
  };
  return make("div", { hidden: options.role === "watch" }, limited, more(say("own_slow"), make("p", { className: "quiet" }, say("own_slow_words")), form));
}
