// A picture whose request broke off is asked for again: the server knows it by its key, and answers it once
// (docs/api.md). Pure but for the clock that it is given.
import { ApiError } from "./api.js";

/** For so many milliseconds a server that was there may be away: started anew, or out of the network's reach. */
export const PATIENCE = 20_000;

/** Milliseconds between two requests. */
const PAUSE = 1000;

/** A key that no other request has. */
export function requestKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the server was away, or is about to be. @param {unknown} error */
const isAway = (error) => error instanceof ApiError && (error.status === 0 || error.code === "stopping");

/** Whether the server is back and its pages are not yet, who make the room again. @param {unknown} error */
const isEarly = (error) => error instanceof ApiError && ["no_room", "no_device", "room_ended"].includes(error.code);

/**
 * What `ask` is answered, which may be asked more than once while the server is away.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {{clock?: () => number, pause?: (milliseconds: number) => Promise<unknown>}} [time]
 * @returns {Promise<T>}
 */
export async function again(ask, { clock = () => performance.now(), pause = wait } = {}) {
  let since;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isAway(error)) since ??= clock();
      else if (since === undefined || !isEarly(error)) throw error;
      if (clock() - since >= PATIENCE) throw error;
      await pause(PAUSE);
    }
  }
}

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
