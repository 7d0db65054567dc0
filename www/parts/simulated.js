// Devices that the host's page adds to its room: each is a peer of its own beside the page's, with a worker and links,
// computes for real, and is held down to what it is to be.
import { field, make, more } from "./element.js";
import { say } from "./language.js";
import { asked, rate } from "./limits.js";
/** @import { Joined, Options } from "../types.js" */

/** Most of one page: each has a worker, and they share this machine's cores. */
const MOST = 6;

/**
 * @param {string} code
 * @param {(message: string) => void} tell
 */
export function simulatedPart(code, tell) {
  const [pace, bandwidth] = [rate("simulated-pace", 1), rate("simulated-bandwidth", undefined)];
  const add = make("button", { id: "simulated-add" }, say("simulated_add"));
  const list = make("ul", { id: "simulated-devices" });
  const form = make("form", { className: "fields" }, field(pace, say("own_pace")), field(bandwidth, say("own_bandwidth")), add);
  let made = 0;
  form.onsubmit = async (event) => {
    event.preventDefault();
    made += 1;
    const options = { name: say("simulated_name", { n: made }), pace: asked(pace), bandwidth: asked(bandwidth) };
    // Until it is there.
    add.disabled = true;
    try {
      list.append(await device(code, made, options, tell, () => {
        add.disabled = list.children.length >= MOST;
      }));
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    }
    add.disabled = list.children.length >= MOST;
  };
  return more(say("simulated"), make("p", { className: "quiet" }, say("simulated_words", { n: MOST })), form, list);
}

/**
 * Joins with another device; what shows it changes it and has it leave.
 * @param {string} code
 * @param {number} number
 * @param {Pick<Options, "name" | "pace" | "bandwidth">} options
 * @param {(message: string) => void} tell
 * @param {() => void} left
 */
async function device(code, number, options, tell, left) {
  const { name } = options;
  const end = () => {
    joined.leave();
    element.remove();
    left();
  };
  const { join } = await import("./peer.js");
  /** @type {Joined} */
  const joined = await join(code, { ...options, role: "device", relay: false, threads: 1 }, (notice) => {
    if (notice.type === "trouble" || notice.type === "refused") tell(`${name}: ${notice.message}`);
    // Not from within what the peer is saying.
    if (notice.type === "refused") setTimeout(end);
  }, { extra: true });
  const [pace, bandwidth] = [rate(`simulated-pace-${number}`, options.pace), rate(`simulated-bandwidth-${number}`, options.bandwidth)];
  pace.onchange = bandwidth.onchange = () => joined.limit(asked(pace), asked(bandwidth));
  const leave = make("button", { type: "button", className: "small", onclick: end, "aria-label": `${say("simulated_remove")}: ${name}` }, say("simulated_remove"));
  const element = make("li", {}, make("span", { className: "name" }, name), leave, field(pace, say("own_pace")), field(bandwidth, say("own_bandwidth")));
  return element;
}
