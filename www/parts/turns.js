// What is new is shown to one part of the page after another, each in a frame of its own: sixteen devices take
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
 * How many milliseconds of the page's thread it takes to draw what was changed. A hidden page draws nothing, and
 * waits until it is seen.
 * @returns {Promise<number>}
 */
const drawing = () => new Promise((done) => requestAnimationFrame(() => {
  const begun = performance.now();
  // The first task after the frame.
  rest().then(() => done(performance.now() - begun));
}));

/** Milliseconds after which no frame is waited for. */
const HELD_BACK = 250;

/** Seconds after which what can wait waits no longer. */
const PATIENCE = 1;

/** Waits until the page has nothing else to do, but not for long. @returns {Promise<void>} */
export const idle = () => new Promise((done) => {
  // Safari has none.
  const { requestIdleCallback: whenIdle } = /** @type {{requestIdleCallback?: typeof window.requestIdleCallback}} */ (globalThis);
  if (whenIdle) whenIdle(() => done(), { timeout: 1000 * PATIENCE });
  else rest().then(done);
});

/**
 * What these make, each in a task of its own.
 * @template {readonly (() => unknown)[]} T
 * @param {[...T]} makers
 * @returns {Promise<{[K in keyof T]: ReturnType<T[K]>}>}
 */
export async function inTasks(makers) {
  const made = [];
  for (const make of makers) {
    made.push(make());
    await rest();
  }
  return /** @type {any} */ (made);
}

/**
 * Appends to `element` one child after another, each laid out in a frame of its own: all at once would leave a phone
 * waiting.
 * @param {Element} element
 * @param {(Element | null | undefined)[]} children
 */
export async function inFrames(element, children) {
  for (const child of children) {
    if (!child) continue;
    element.append(child);
    // A hidden page has no frames, nor has one that a browser holds back.
    await (document.hidden ? rest() : Promise.race([drawing(), wait(HELD_BACK)]));
  }
}

/** @param {number} milliseconds @returns {Promise<void>} */
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Milliseconds after which what is new is shown, however long that takes. */
const LONGEST = 2000;

/**
 * Shows to `parts`, which may become more, what it is called with. What comes before all have seen the last waits,
 * and of several the newest is shown. A page's one thread passes slices on, too: showing has `share` of it, and what
 * is new waits until that is kept.
 * @param {Part[]} parts
 * @param {number} share of 1
 * @param {{drawn?: () => Promise<number>, pause?: (milliseconds: number) => Promise<void>, clock?: () => number}} [means]
 * @returns {(...what: Parameters<Part["show"]>) => Promise<void>}
 */
export function inTurns(parts, share, { drawn = drawing, pause = wait, clock = () => performance.now() } = {}) {
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
        let took = 0;
        for (const part of parts) {
          const begun = clock();
          part.show(...now);
          took += clock() - begun;
          took += await drawn();
        }
        await pause(Math.min(LONGEST, took * (1 / share - 1)));
      }
    } finally {
      busy = false;
    }
  };
}
