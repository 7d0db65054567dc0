// The room's board: every part that shows the room, and where it stands. What a state tells flows from
// here into all of them.
import { comparePart } from "./compare.js";
import { countersPart } from "./counters.js";
import { devicesPart } from "./devices.js";
import { fill, make, more, section } from "./element.js";
import { eventsPart } from "./events.js";
import { frontPart } from "./front.js";
import { nothing, remember } from "./history.js";
import { say } from "./language.js";
import { measuresPart } from "./measures.js";
import { picturePart } from "./picture.js";
import { planPart } from "./plan.js";
import { recorder } from "./record.js";
import { savingPart } from "./saving.js";
import { timelinePart } from "./timeline.js";
import { inFrames, inTasks, inTurns } from "./turns.js";
/** @import { Hand, Part, RoomState } from "../types.js" */

/** Which part of its thread a page may take to show its room: one that computes passes slices on by it. */
const [COMPUTING, WATCHING] = [0.02, 0.4];

/**
 * What else stands on the board.
 * @typedef {object} Others
 * @property {"host" | "device" | "watch"} role whoever leads the lesson shows the room and how to join it; whoever holds a phone looks at that
 * @property {HTMLElement[]} notes
 * @property {HTMLElement} [invite]
 * @property {HTMLElement[]} work below the picture: the answer, where pictures come from
 * @property {Part} [own]
 * @property {Part} [controls]
 */

/**
 * @param {string} code
 * @param {{computes?: boolean, played?: boolean, hand?: Hand}} [how] whether the page is one of its devices; whether the room is a simulator's; where its plan may be changed by hand, how
 */
export async function board(code, { computes, played, hand } = {}) {
  const front = frontPart();
  const [events, picture, plan, compare, measures, timeline, devices, counters] = await inTasks([
    eventsPart, () => picturePart("picture", hand && { hand, foresee: front.foresee }), planPart, () => comparePart(say(played ? "compare_played" : "compare_measured")),
    measuresPart, timelinePart, devicesPart, countersPart,
  ]);
  const record = recorder(new Date().toISOString(), new URLSearchParams(location.search).get("sample") ?? undefined);
  /** @type {Part[]} */
  const shown = [events, picture, plan, compare, measures, timeline, front, devices, counters];
  const showAll = inTurns(shown, computes ? COMPUTING : WATCHING);
  let history = nothing();
  return {
    events,
    picture,
    /** What is seen first comes first. @param {HTMLElement} page @param {Others} others */
    async arrange(page, { role, notes, invite, work, own, controls }) {
      if (own) shown.push(own);
      if (controls) shown.push(controls);
      const leads = role === "host";
      const pair = (/** @type {(HTMLElement | undefined)[]} */ ...parts) => make("div", { className: "pair" }, ...parts);
      const side = leads ? [invite, events.element] : [own?.element, events.element];
      const room = make("div", { className: `room ${role}` }, ...notes,
        make("div", { className: "side" }, ...side),
        make("div", { className: "main-view" }, section("photograph", say("photograph"), picture.element, ...work)));
      fill(page, room);
      await inFrames(room, [
        plan.element,
        pair(compare.element, controls?.element ?? front.element),
        devices.element, timeline.element, measures.element,
        leads && own ? pair(own.element, front.element) : leads ? null : invite,
        section("more", say("more"), more(say("counters"), counters.element), more(say("saving"), savingPart(code, record))),
      ]);
    },
    /** @param {RoomState} state @param {number | undefined} me @param {number} [now] seconds of the room's clock */
    show(state, me, now = performance.now() / 1000) {
      history = remember(history, state, now);
      record.add(state, now);
      showAll(state, me, history);
    },
    /** Begins anew, for a run that is played again. */
    forget() {
      history = nothing();
    },
  };
}
