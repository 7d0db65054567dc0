// Pictures at a chosen rate: what is due while too many are under way is left out, and counted. Pure
// but for the timer that it is given.

/** Most pictures of this page that are under way at one time. */
export const MOST = 12;

/**
 * @param {{take: () => Promise<unknown>, every?: (seconds: number, call: () => void) => () => void}} means `take` asks for the
 *   next picture's answer and keeps its promise once that is there
 * @returns {{start(rate: number): void, stop(): void, counts(): {sent: number, skipped: number, flying: number}}}
 */
export function stream({ take, every = ticking }) {
  let [sent, skipped, flying] = [0, 0, 0];
  let stop = () => {};
  const next = async () => {
    if (flying >= MOST) {
      skipped += 1;
      return;
    }
    flying += 1;
    sent += 1;
    await take();
    flying -= 1;
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
