// What is new is shown to one part of the page after another, each in a task of its own: sixteen devices take
// longer to draw than a page may leave a finger or a frame of a film waiting.
/** @import { Part } from "../types.js" */

/** Lets the browser do what else waits; not a timer, which waits long in a page that is hidden. @returns {Promise<void>} */
export function rest() {
  const { scheduler } = /** @type {{scheduler?: {yield?: () => Promise<void>}}} */ (globalThis);
  return scheduler?.yield?.() ?? new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(undefined);
  });
}

/**
 * Shows to `parts`, which may become more, what it is called with. What comes before all have seen the last waits,
 * and of several the newest is shown.
 * @param {Part[]} parts
 * @param {() => Promise<void>} [between]
 * @returns {(...what: Parameters<Part["show"]>) => Promise<void>}
 */
export function inTurns(parts, between = rest) {
  /** @type {Parameters<Part["show"]> | undefined} */
  let next;
  let busy = false;
  return async (...what) => {
    next = what;
    if (busy) return;
    busy = true;
    try {
      while (next) {
        const now = next;
        next = undefined;
        for (const part of parts) {
          part.show(...now);
          await between();
        }
      }
    } finally {
      busy = false;
    }
  };
}
