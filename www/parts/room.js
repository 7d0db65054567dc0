// The room's page: puts the parts together; what the room tells flows one way into them.
import { answerPart, summary } from "./answer.js";
import * as api from "./api.js";
import { comparePart } from "./compare.js";
import { controlsPart } from "./controls.js";
import { countersPart } from "./counters.js";
import { devicesPart } from "./devices.js";
import { fill, make, more, section } from "./element.js";
import { eventsPart } from "./events.js";
import { frontPart } from "./front.js";
import { nothing, remember } from "./history.js";
import { invitePart } from "./invite.js";
import { say } from "./language.js";
import { measuresPart } from "./measures.js";
import { ownPart } from "./own.js";
import { photographPart } from "./photograph.js";
import { picturePart } from "./picture.js";
import { planPart } from "./plan.js";
import { recorder } from "./record.js";
import { savingPart } from "./saving.js";
import { support } from "./support.js";
import { timelinePart } from "./timeline.js";
/** @import { Notice, Options, Part, RoomState } from "../types.js" */

/** Milliseconds between two looks at the room where no peer tells of it. */
const LOOK = 2000;

/**
 * Shows room `code` in `page` and joins it.
 * @param {HTMLElement} page
 * @param {string} code
 * @param {Options} options
 */
export function enterRoom(page, code, options) {
  document.title = `${code} · Convoy`;
  const events = eventsPart();
  const tell = (/** @type {string} */ message) => events.tell(message, "bad");
  /** @type {{measureLayers(): void, leave(): void} | undefined} */
  let peer;
  const own = ownPart(options, { measureLayers: () => peer?.measureLayers(), leave: () => peer?.leave() });
  const answer = answerPart();
  const picture = picturePart("picture");
  let asked = 0;
  let answered = 0;
  let flying = 0;
  const photograph = photographPart(async (image, name) => {
    asked += 1;
    const turn = asked;
    flying += 1;
    answer.wait();
    // A picture on its own is shown at once; of many, each with its answer.
    if (flying === 1) picture.photograph(image, name);
    try {
      const found = await api.infer(code, image);
      // Answers may overtake each other.
      if (turn < answered) return;
      answered = turn;
      picture.photograph(image, name, found);
      answer.give(found);
      if (turn === asked) events.tell(say("event_answer", { name, what: summary(found) }));
    } catch (error) {
      answer.fail(error instanceof Error ? error.message : String(error));
    } finally {
      flying -= 1;
    }
  }, tell);
  const record = recorder(new Date().toISOString());
  const controls = options.role === "host" ? controlsPart(code, tell) : undefined;
  const [plan, compare, measures, timeline, front, devices, counters] = [
    planPart(), comparePart(), measuresPart(), timelinePart(), frontPart(), devicesPart(), countersPart(),
  ];
  /** @type {Part[]} */
  const shown = [events, own, picture, plan, compare, measures, timeline, front, devices, counters, ...(controls ? [controls] : [])];

  const work = section("photograph", say("photograph"), picture.element, answer.element, photograph.element);
  const invite = invitePart(code);
  const rest = section("more", say("more"), more(say("counters"), counters.element), more(say("saving"), savingPart(code, record)));
  const notes = support().notes.map((note) => make("p", { className: "missing" }, note));
  const pair = (/** @type {(HTMLElement | undefined)[]} */ ...parts) => make("div", { className: "pair" }, ...parts);
  const leads = options.role === "host";
  // Whoever leads the lesson shows the room and how to join it; whoever holds a phone looks at that.
  const side = make("div", { className: "side" }, ...(leads ? [invite, events.element] : [own.element, events.element]));
  fill(page, make("div", { className: `room ${options.role}` },
    ...notes, side, make("div", { className: "main-view" }, work), plan.element,
    pair(compare.element, controls?.element ?? front.element), devices.element, timeline.element, measures.element,
    leads ? pair(own.element, front.element) : invite, rest));

  /** @type {number | undefined} */
  let me;
  let history = nothing();
  const show = (/** @type {RoomState} */ state) => {
    const now = performance.now() / 1000;
    history = remember(history, state, now);
    record.add(state, now);
    photograph.show(state);
    shown.forEach((part) => part.show(state, me, history));
  };
  window.convoy = { state: () => api.roomState(code), infer: (image) => api.infer(code, image) };
  photograph.first(new URLSearchParams(location.search).get("sample"));

  if (!support().computes) {
    own.say(say("own_watching"));
    watch(code, show, (message) => own.say(message));
    return;
  }
  const hear = (/** @type {Notice} */ notice) => {
    if (notice.type === "joined") me = notice.id;
    if (notice.type === "room") show(notice.state);
    if (notice.type === "trouble") tell(notice.message);
    own.hear(notice);
  };
  // The room is to be seen before the program is here.
  api.roomState(code).then((state) => me === undefined && show(state), () => {});
  import("./peer.js").then(({ join }) => join(code, options, hear)).then((joined) => {
    peer = joined;
  }, (error) => {
    own.say(error instanceof Error ? error.message : String(error));
    watch(code, show, () => {});
  });
}

/**
 * Asks for the room's state again and again, for a browser that cannot be a peer.
 * @param {string} code
 * @param {(state: RoomState) => void} show
 * @param {(message: string) => void} fail
 */
async function watch(code, show, fail) {
  await api.roomState(code).then(show, (error) => fail(error.message));
  setTimeout(() => watch(code, show, fail), LOOK);
}
