// What happens in the room, in one line that screen readers read out, with the last few below.
import { fill, make } from "./element.js";
/** @import { Part, RoomState } from "../types.js" */

/** How many stay in sight. */
const KEPT = 4;

/** @returns {Part & {tell(message: string): void}} */
export function eventsPart() {
  const line = make("p", { role: "status", "aria-live": "polite" }, "Joining …");
  const past = make("ol", { className: "quiet", reversed: true });
  const element = make("section", { id: "events", "aria-label": "Events" }, line, past);
  /** @type {string[]} */
  const lines = [];
  const tell = (/** @type {string} */ message) => {
    if (message === lines[0]) return;
    lines.unshift(message);
    lines.length = Math.min(lines.length, KEPT);
    line.textContent = lines[0];
    fill(past, ...lines.slice(1).map((old) => make("li", {}, old)));
  };

  /** @type {RoomState | undefined} */
  let before;
  return {
    element,
    tell,
    show(state) {
      changes(before, state).forEach(tell);
      before = state;
    },
  };
}

/**
 * What is new in a room, in words.
 * @param {RoomState | undefined} before
 * @param {RoomState} now
 * @returns {string[]}
 */
function changes(before, now) {
  const found = [];
  if (before !== undefined) {
    const ids = (/** @type {RoomState} */ state) => new Set(state.devices.map(({ id }) => id));
    const [old, present] = [ids(before), ids(now)];
    found.push(...now.devices.filter(({ id }) => !old.has(id)).map(({ name }) => `${name} joined.`));
    found.push(...before.devices.filter(({ id }) => !present.has(id)).map(({ name }) => `${name} left.`));
    found.push(...now.devices.filter(({ id, problem }) =>
      problem && problem !== before.devices.find((device) => device.id === id)?.problem)
      .map(({ name, problem }) => `${name}: ${problem}`));
  }
  if (now.plan && now.plan.epoch !== before?.plan?.epoch) {
    const devices = new Set(now.plan.stages.flatMap(({ tiles }) => tiles.map(({ device }) => device))).size;
    found.push(`Plan ${now.plan.epoch}: ${now.plan.stages.length} stages on ${devices} ${devices === 1 ? "device" : "devices"}.`);
  }
  if (now.status && now.status !== before?.status) found.push(now.status);
  return found;
}
