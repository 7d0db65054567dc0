// Pictures at a chosen rate: what is due while too many are under way is left out, and counted. Pure
// but for the timer that it is given.

/** Most pictures of this page that are under way at one time. */
export const MOST = 12;

/**
 * @param {{take: () => Promise<unknown>, fail?: (error: unknown) => void, every?: (seconds: number, call: () => void) => () => void}} means `take`
 *   asks for the next picture's answer and keeps its promise once that is there; `fail` hears why it does not
 * @returns {{start(rate: number): void, stop(): void, counts(): {sent: number, skipped: number, flying: number}}}
 */
export function stream({ take, fail = () => {}, every = ticking }) {
  let [sent, skipped, flying] = [0, 0, 0];
  let stop = () => {};
  const next = async () => {
    if (flying >= MOST) {
      skipped += 1;
      return;
    }
    flying += 1;
    sent += 1;
    try {
      await take();
    } catch (error) {
      fail(error);
    } finally {
      flying -= 1;
    }
  };
  return {
    start(rate) {
      stop();
      stop = every(1 / rate, next);
    },
    stop() {
      stop();
    },
    counts: () => ({ sent, skipped, flying }),
  };
}

/** @param {number} seconds @param {() => void} call */
function ticking(seconds, call) {
  call();
  const timer = setInterval(call, seconds * 1000);
  return () => clearInterval(timer);
}

/**
 * Whether something may be said again: not sooner than `gap` milliseconds after the last time.
 * @param {number} gap
 * @param {() => number} [clock]
 */
export function seldom(gap, clock = () => performance.now()) {
  let last = -Infinity;
  return () => {
    const may = clock() - last >= gap;
    if (may) last = clock();
    return may;
  };
}
