// The room's page: puts the parts together; what the room tells flows one way into them.
import { again, requestKey } from "./again.js";
import { answerPart, summary } from "./answer.js";
import * as api from "./api.js";
import { board } from "./board.js";
import { controlsPart } from "./controls.js";
import { fill, make } from "./element.js";
import { glance } from "./glance.js";
import { roomHand } from "./hand.js";
import { invitePart } from "./invite.js";
import { controlsRoom } from "./keys.js";
import { say } from "./language.js";
import { ownPart } from "./own.js";
import { photographPart } from "./photograph.js";
import { pinScreen } from "./pin.js";
import { seldom } from "./sending.js";
import { support } from "./support.js";
import { idle } from "./turns.js";
/** @import { Joined, Notice, Options, RoomState } from "../types.js" */

/** Milliseconds between two looks at the room where no peer tells of it. */
const LOOK = 2000;

/** After so many attempts to come back to the room people are told why it fails: a browser keeps that from the peer. */
const REFUSALS = 3;

/** Milliseconds between two answers of a stream that are read out. */
const SAID = 4000;

/**
 * Shows room `code` in `page` and joins it; comes back when the page stands.
 * @param {HTMLElement} page
 * @param {string} code
 * @param {Options} options
 */
export async function enterRoom(page, code, options) {
  document.title = `${code} · Convoy`;
  const { events, picture, show: showAll, arrange } = await board(code, { computes: options.role !== "watch" && support().computes, hand: controlsRoom(code) ? roomHand(code) : undefined });
  const tell = (/** @type {string} */ message) => events.tell(message, "bad");
  /** @type {Joined | undefined} */
  let peer;
  const own = ownPart(options, {
    measureLayers: () => peer?.measureLayers(),
    limit: (pace, bandwidth) => peer?.limit(pace, bandwidth),
    leave: () => peer?.leave(),
  });
  const answer = answerPart();
  let asked = 0;
  let answered = 0;
  let flying = 0;
  const mayTell = seldom(SAID);
  const infer = (/** @type {Blob} */ image) => {
    const key = requestKey();
    return again(() => api.infer(code, image, key));
  };
  const photograph = photographPart(async (image, name) => {
    asked += 1;
    const turn = asked;
    flying += 1;
    answer.wait();
    // A picture on its own is shown at once; of many, each with its answer.
    if (flying === 1) picture.photograph(image, name);
    try {
      const found = await infer(image);
      // Answers may overtake each other.
      if (turn < answered) return;
      answered = turn;
      picture.photograph(image, name, found);
      answer.give(found);
      if (turn === asked && (mayTell() || !photograph.streams())) events.tell(say("event_answer", { name, what: summary(found) }));
    } catch (error) {
      answer.fail(error instanceof Error ? error.message : String(error));
    } finally {
      flying -= 1;
    }
  }, tell);
  const arranged = arrange(page, {
    role: options.role,
    notes: support().notes.map((note) => make("p", { className: "missing" }, note)),
    invite: invitePart(code),
    work: [answer.element, photograph.element],
    own,
    controls: options.role === "host" ? controlsPart(code, tell) : undefined,
  });

  /** @type {number | undefined} */
  let me;
  // Whoever sends no pictures sees those of others.
  const look = glance(code, (image, name) => asked === 0 && picture.photograph(image, name));
  // The room is private, and this tab has nothing that lets it in.
  const shut = () => fill(page, pinScreen(code));
  // Nobody would answer it before a device is there.
  let first = new URLSearchParams(location.search).get("sample");
  const show = (/** @type {RoomState} */ state) => {
    photograph.show(state);
    if (first !== null && state.devices.some(({ role }) => role !== "watch")) {
      photograph.first(first);
      first = null;
    }
    showAll(state, me);
    look(state);
  };
  window.convoy = { state: () => api.roomState(code), infer };

  if (!support().computes) {
    own.say(say("own_watching"));
    watch(code, show, (error) => own.say(error.message), shut);
    return arranged;
  }
  // How often in a row the connection was lost or not to be had.
  let losses = 0;
  const hear = (/** @type {Notice} */ notice) => {
    if (notice.type === "joined") me = notice.id;
    if (notice.type === "room") show(notice.state);
    if (notice.type === "part") picture.part(notice);
    if (notice.type === "refused" && notice.code === "private") shut();
    if (notice.type === "trouble") tell(notice.message);
    own.hear(notice);
    losses = notice.type === "lost" ? losses + 1 : notice.type === "joined" ? 0 : losses;
    if (losses >= REFUSALS) explain(code, (message) => own.say(message));
  };
  // The room is to be seen before the program is here.
  api.roomState(code).then((state) => me === undefined && show(state), () => {});
  // Nobody waits for who only watches.
  (options.role === "watch" ? idle() : Promise.resolve()).then(() => import("./peer.js")).then(({ join }) => join(code, options, hear)).then((joined) => {
    peer = joined;
  }, (error) => {
    own.say(error instanceof Error ? error.message : String(error));
    watch(code, show, () => {}, shut);
  });
  return arranged;
}

/**
 * Tells why the page cannot come back to its room, and what to do, where the server is there but does not want it.
 * @param {string} code
 * @param {(message: string) => void} tell
 */
async function explain(code, tell) {
  try {
    await api.roomState(code);
    tell(say("own_not_back", { code }));
  } catch (error) {
    if (error instanceof api.ApiError && error.code === "no_room") tell(say("own_ended", { code }));
  }
}

/**
 * Asks for the room's state again and again, for a browser that cannot be a peer.
 * @param {string} code
 * @param {(state: RoomState) => void} show
 * @param {(error: Error) => void} fail
 * @param {() => void} shut is called once, and ends it, where the room is private
 */
async function watch(code, show, fail, shut) {
  let ends = false;
  await api.roomState(code).then(show, (error) => {
    ends = api.isPrivate(error);
    return ends ? shut() : fail(error);
  });
  if (!ends) setTimeout(() => watch(code, show, fail, shut), LOOK);
}
