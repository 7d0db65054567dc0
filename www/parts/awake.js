// Keeps the screen on while the device computes, and warns before the page is closed meanwhile.

/** @typedef {"held" | "none" | "insecure" | "off"} Awake */

/**
 * @param {(awake: Awake) => void} hear
 * @returns {{works(working: boolean): void}}
 */
export function keepAwake(hear) {
  /** @type {WakeLockSentinel | undefined} */
  let lock;
  let wanted = false;
  const ask = async () => {
    if (!wanted || lock !== undefined || document.visibilityState !== "visible") return;
    if (!("wakeLock" in navigator)) {
      hear(globalThis.isSecureContext ? "none" : "insecure");
      return;
    }
    try {
      lock = await navigator.wakeLock.request("screen");
      hear("held");
      lock.addEventListener("release", () => {
        lock = undefined;
        // Given back when there was no more work, or taken away.
        if (wanted) hear("off");
      });
    } catch {
      // Low battery, or a browser's own reason.
      hear("none");
    }
  };
  document.addEventListener("visibilitychange", ask);
  const warn = (/** @type {BeforeUnloadEvent} */ event) => {
    if (document.documentElement.dataset.leaving !== "true") event.preventDefault();
  };
  return {
    works(working) {
      if (working === wanted) return;
      wanted = working;
      if (working) {
        addEventListener("beforeunload", warn);
        ask();
      } else {
        removeEventListener("beforeunload", warn);
        lock?.release();
      }
    },
  };
}
