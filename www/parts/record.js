// A run of the room, kept so that it can be saved, looked at elsewhere and played again: pure.
/** @import { Plan, RoomState } from "../types.js" */

/** Most states that are kept; at one a second, a lesson. */
const MOST = 3600;

/** Seconds between two states that are kept. */
const STEP = 1;

/** One state and when; the plan and the front stand with the first state that has them. @typedef {{at: number, state: RoomState}} Moment */

/** What a saved run looks like; `sample` is the sample photograph that it began with. @typedef {{format: "convoy-run", version: 1, began: string, sample?: string, moments: Moment[]}} Run */

/**
 * @param {string} began a date
 * @param {string} [sample]
 * @returns {{add(state: RoomState, now: number): void, run(): Run}}
 */
export function recorder(began, sample) {
  /** @type {Moment[]} */
  const moments = [];
  let first = 0;
  let plan = "";
  return {
    add(state, now) {
      if (moments.length === 0) first = now;
      const at = Math.round((now - first) * 100) / 100;
      const last = moments[moments.length - 1];
      if (last !== undefined && at - last.at < STEP * 0.95 && state.plan?.epoch === epochOf(last.state)) return;
      const key = `${state.plan?.epoch} ${state.plan?.running}`;
      const repeated = state.plan !== null && key === plan;
      plan = key;
      // A plan is long and changes seldom.
      moments.push({ at, state: repeated ? { ...state, plan: /** @type {Plan} */ (/** @type {unknown} */ ({ epoch: state.plan?.epoch, same: true })) } : state });
      if (moments.length > MOST) moments.pop();
    },
    run: () => ({ format: "convoy-run", version: 1, began, ...(sample ? { sample } : {}), moments }),
  };
}

/** @param {RoomState} state */
const epochOf = ({ plan }) => plan?.epoch;

/**
 * A saved run's states, whole again.
 * @param {unknown} value of a file
 * @returns {Moment[] | undefined} none where it is no run
 */
export function moments(value) {
  const run = /** @type {Run | null} */ (value);
  if (run?.format !== "convoy-run" || run.version !== 1 || !Array.isArray(run.moments)) return undefined;
  /** @type {Plan | null} */
  let plan = null;
  return run.moments.map(({ at, state }) => {
    const same = state.plan !== null && "same" in state.plan;
    if (!same) plan = state.plan;
    return { at, state: { ...state, plan } };
  });
}

/**
 * The run as a table: a line a moment.
 * @param {Run} run
 * @returns {string} CSV
 */
export function table({ moments: all }) {
  const heads = ["seconds", "epoch", "devices", "submitted", "answered", "failed", "replayed", "in_flight", "arrival_rate", "measured_period", "measured_latency", "busy_seconds", "sent_bytes"];
  const lines = all.map(({ at, state: { plan, devices, counters, arrival_rate: rate, measured } }) => [
    at, plan?.epoch, devices.length, counters.submitted, counters.answered, counters.failed, counters.replayed, counters.in_flight,
    rate, measured?.period, measured?.latency,
    devices.reduce((sum, { busy }) => sum + busy, 0),
    devices.reduce((sum, { links }) => sum + links.reduce((bytes, { sent }) => bytes + sent, 0), 0),
  ].map((value) => value ?? "").join(","));
  return [heads.join(","), ...lines, ""].join("\n");
}
