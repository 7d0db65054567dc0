// The room's newest picture, for a page that has sent none itself: looked at now and then, since it
// passes over the links that the room computes with.
import { newestPicture } from "./api.js";
import { say } from "./language.js";
/** @import { RoomState } from "../types.js" */

/** Milliseconds between two looks. */
const REST = 10_000;

/**
 * @param {string} code
 * @param {(image: Blob, name: string) => void} see
 * @returns {(state: RoomState) => void} hears of every state
 */
export function glance(code, see) {
  let answered = 0;
  let next = 0;
  return ({ counters }) => {
    const now = performance.now();
    if (counters.answered === answered || now < next || document.visibilityState !== "visible") return;
    answered = counters.answered;
    next = now + REST;
    newestPicture(code).then((image) => image && see(image, say("picture_of_room")));
  };
}
