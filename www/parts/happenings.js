// What happens in the room, told from one state to the next: pure. Words come later.
/** @import { Plan, RoomState } from "../types.js" */
/** @import { Key } from "./language.js" */

/**
 * Something that happened. Of `values`, lists are names.
 * @typedef {{key: Key, values: Record<string, string | number | string[]>, weight: "plain" | "good" | "bad"}} Happening
 */

/**
 * What has to be kept in mind: the last state, the last plan, and who left it or fell silent.
 * @typedef {{state?: RoomState, plan?: Plan, left: {id: number, name: string, tiles: number}[], replayed: number}} Mind
 */

/** @returns {Mind} */
export const fresh = () => ({ left: [], replayed: 0 });

/**
 * @param {Mind} mind
 * @param {RoomState} now
 * @returns {{mind: Mind, happenings: Happening[]}}
 */
export function happened(mind, now) {
  const { state: before } = mind;
  /** @type {Happening[]} */
  const found = [];
  const tell = (/** @type {Key} */ key, /** @type {Happening["values"]} */ values = {}, /** @type {Happening["weight"]} */ weight = "plain") =>
    found.push({ key, values, weight });
  let { plan, left, replayed } = mind;
  if (before === undefined) {
    replayed = now.counters.replayed ?? 0;
  } else {
    const [old, present] = [before, now].map(({ devices }) => new Map(devices.map((device) => [device.id, device])));
    for (const { id, name, role } of now.devices) {
      if (!old.has(id)) tell(role === "watch" ? "event_watches" : "event_joined", { name }, "good");
    }
    for (const { id, name } of before.devices.filter((device) => !present.has(device.id))) {
      const tiles = tilesOf(plan, id).length;
      tell("event_left", { name }, tiles > 0 ? "bad" : "plain");
      if (tiles > 0) left = [...left.filter((one) => one.id !== id), { id, name, tiles }];
    }
    for (const { id, name, state, problem, hidden, line, links } of now.devices) {
      const was = old.get(id);
      const quarantined = state === "quarantined";
      if (quarantined && was?.state !== state) tell("event_quarantined", { name, problem: problem ?? "" }, "bad");
      else if (problem && problem !== was?.problem) tell("event_problem", { name, problem }, "bad");
      if (!quarantined && was?.state === "quarantined") tell("event_pardoned", { name }, "good");
      if (state === "silent" && was && was.state !== state) {
        const tiles = tilesOf(plan, id).length;
        tell("event_silent", { name }, "bad");
        if (tiles > 0) left = [...left, { id, name, tiles }];
      }
      if (was?.state === "silent" && state !== "silent" && !quarantined && !problem) {
        tell("event_heard", { name }, "good");
        left = left.filter((one) => one.id !== id);
      }
      if (hidden && was && !was.hidden) tell("event_hidden", { name }, "bad");
      if (!hidden && was?.hidden) tell("event_back", { name }, "good");
      if (was) found.push(...slower(was, present.get(id) ?? was));
      if (line?.slow && was && !was.line?.slow) tell("event_line_slow", { name }, "bad");
      if (was?.line?.slow && !line?.slow) tell("event_line_fine", { name }, "good");
      for (const { peer, via } of links) {
        const other = present.get(peer);
        const known = was?.links.find((link) => link.peer === peer);
        if (via === "relayed" && known?.via !== "relayed" && other && id < peer) {
          tell("event_relayed", { names: [name, other.name] });
        }
      }
    }
    if (now.model !== before.model) tell("event_model", { model: now.title ?? now.model });
    if (now.scheme !== before.scheme) tell("event_scheme", { scheme: now.scheme });
    if ((now.counters.looks ?? 0) > (before.counters.looks ?? 0)) tell("event_looks");
    if ((now.counters.failed ?? 0) > (before.counters.failed ?? 0)) {
      tell("event_failed", { n: now.counters.failed - (before.counters.failed ?? 0) }, "bad");
    }
  }
  if (now.plan && now.plan.epoch !== plan?.epoch) {
    const heirs = plan ? takers(plan, now.plan) : [];
    for (const { name, tiles } of left) {
      if (heirs.length > 0) tell("event_moved", { name, n: tiles, names: heirs }, "good");
    }
    const again = (now.counters.replayed ?? 0) - replayed;
    if (again > 0) tell("event_again", { n: again });
    const switched = (now.counters.switches ?? 0) > (before?.counters.switches ?? 0);
    if (switched) tell("event_switch", {}, "good");
    if ((now.counters.drifts ?? 0) > (before?.counters.drifts ?? 0)) tell("event_around", {}, "good");
    const computing = new Set(now.plan.stages.flatMap(({ tiles }) => tiles.map(({ device }) => device)));
    tell(now.plan.scheme === "by-hand" ? "event_drawn" : computing.size === 1 ? "event_plan_one" : "event_plan", {
      n: computing.size, stages: now.plan.stages.length, name: now.plan.stages[0]?.tiles[0]?.name ?? "",
    }, "good");
    [plan, left, replayed] = [now.plan, [], now.counters.replayed ?? 0];
  }
  return { mind: { state: now, plan, left, replayed }, happenings: found };
}

/** Below this part of what was measured a device is called slow. */
const SLOW = 0.8;

/**
 * What has become slower, or as fast again as it was measured.
 * @param {RoomState["devices"][number]} was
 * @param {RoomState["devices"][number]} is
 * @returns {Happening[]}
 */
function slower(was, is) {
  const [old, part, { name }] = [was.speed ?? 1, is.speed ?? 1, is];
  // What a new measurement changes by a little is no news.
  if (part < SLOW && part < SLOW * old) {
    return [{ key: "event_slow", values: { name, percent: Math.round(100 * part) }, weight: "bad" }];
  }
  return part >= SLOW && old < SLOW ? [{ key: "event_fast", values: { name }, weight: "good" }] : [];
}

/** @param {Plan | undefined} plan @param {number} device */
function tilesOf(plan, device) {
  return plan?.stages.flatMap(({ tiles }) => tiles.filter((tile) => tile.device === device)) ?? [];
}

/**
 * Who has more to compute than before.
 * @param {Plan} before
 * @param {Plan} now
 * @returns {string[]} names
 */
function takers(before, now) {
  /** @param {Plan} plan */
  const work = (plan) => {
    /** @type {Map<number, {name: string, macs: number}>} */
    const sums = new Map();
    for (const { device, name, macs } of plan.stages.flatMap(({ tiles }) => tiles)) {
      sums.set(device, { name, macs: (sums.get(device)?.macs ?? 0) + macs });
    }
    return sums;
  };
  const old = work(before);
  return [...work(now)].filter(([device, { macs }]) => macs > (old.get(device)?.macs ?? 0)).map(([, { name }]) => name);
}
