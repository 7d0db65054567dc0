// What the self-benchmark found is kept for a day: it takes seconds, and a page that is opened again
// is the same device. Another program, engine or limit is measured anew.
const PLACE = "convoy-measured";
const DAY = 24 * 3600 * 1000;

/** @param {string} what measured @returns {string | undefined} */
export function measured(what) {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    const fresh = kept !== null && kept.what === what && Date.now() - kept.at < DAY && kept.at <= Date.now();
    return fresh ? kept.benchmark : undefined;
  } catch {
    // A browser that keeps nothing, or something else under our name.
    return undefined;
  }
}

/** @param {string} what @param {string} benchmark */
export function keep(what, benchmark) {
  if (measured(what) === benchmark) return;
  try {
    localStorage.setItem(PLACE, JSON.stringify({ what, at: Date.now(), benchmark }));
  } catch {
    // Then the next visit measures again.
  }
}
