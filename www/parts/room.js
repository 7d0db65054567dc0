// The room's page: puts the parts together and keeps them up to date.
import { answerPart } from "./answer.js";
import * as api from "./api.js";
import { controlsPart } from "./controls.js";
import { countersPart } from "./counters.js";
import { devicesPart } from "./devices.js";
import { fill, make } from "./element.js";
import { eventsPart } from "./events.js";
import { frontPart } from "./front.js";
import { invitePart } from "./invite.js";
import { ownPart } from "./own.js";
import { join } from "./peer.js";
import { photographPart } from "./photograph.js";
import { pinScreen } from "./pin.js";
import { planPart } from "./plan.js";
import { support } from "./support.js";
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
  /** @type {{measureLayers(): void} | undefined} */
  let peer;
  const own = ownPart(options, () => peer?.measureLayers());
  const answer = answerPart();
  const photograph = photographPart(async (image, name) => {
    answer.wait(image, name);
    try {
      const found = await api.infer(code, image);
      answer.give(found);
      events.tell(`${name}: ${answer.summary(found)}`);
    } catch (error) {
      answer.fail(error instanceof Error ? error.message : String(error));
    }
  });
  /** @type {Part[]} */
  const shown = [events, own, devicesPart(), planPart(), frontPart(), countersPart()];
  if (options.role === "host") shown.push(controlsPart(code, (message) => events.tell(message)));
  const [, , devices, plan, front, counters, controls] = shown;
  const work = make("div", { className: "pair" }, photograph, answer.element);
  fill(page,
    ...support().notes.map((note) => make("p", { className: "missing" }, note)),
    make("div", { className: "pair" }, invitePart(code), own.element),
    events.element, work, controls?.element, plan.element, front.element, devices.element, counters.element);

  /** @type {number | undefined} */
  let me;
  const show = (/** @type {RoomState} */ state) => shown.forEach((part) => part.show(state, me));
  window.convoy = { state: () => api.roomState(code), infer: (image) => api.infer(code, image) };

  if (!support().computes) {
    own.say("Watching only.");
    watch(code, show, (error) => {
      if (api.isPrivate(error)) fill(page, pinScreen(code, error.message));
      else own.say(error.message);
    });
    return;
  }
  const hear = (/** @type {Notice} */ notice) => {
    if (notice.type === "joined") me = notice.id;
    if (notice.type === "room") show(notice.state);
    if (notice.type === "refused" && notice.code === "private") fill(page, pinScreen(code, notice.message));
    if (notice.type === "trouble") events.tell(notice.message);
    own.hear(notice);
  };
  join(code, options, hear).then((joined) => {
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
 * @param {(error: Error) => void} fail
 */
async function watch(code, show, fail) {
  await api.roomState(code).then(show, fail);
  setTimeout(() => watch(code, show, fail), LOOK);
}
