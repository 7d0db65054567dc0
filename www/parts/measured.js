// What the self-benchmark found is kept for a day: it takes seconds, and a page that is opened again
// is the same device. Another program, engine or limit is measured anew, and so is a page that somebody
// reloads, for instance since what was measured on a busy machine is wrong.
const PLACE = "convoy-measured";
const DAY = 24 * 3600 * 1000;

/** @param {string | undefined} what measured; undefined where nobody can say @returns {string | undefined} */
export function measured(what) {
  const [visit] = performance.getEntriesByType("navigation");
  if (visit instanceof PerformanceNavigationTiming && visit.type === "reload") return undefined;
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    const fresh = what !== undefined && kept !== null && kept.what === what && Date.now() - kept.at < DAY && kept.at <= Date.now();
    return fresh ? kept.benchmark : undefined;
  } catch {
    // A browser that keeps nothing, or something else under our name.
    return undefined;
  }
}

/** @param {string | undefined} what @param {string} benchmark */
export function keep(what, benchmark) {
  if (what === undefined) return;
  try {
    localStorage.setItem(PLACE, JSON.stringify({ what, at: Date.now(), benchmark }));
  } catch {
    // Then the next visit measures again.
  }
}
