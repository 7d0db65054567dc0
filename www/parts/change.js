// What changed from one JSON value to the next, as small as it can be said: pure.
// Not a JSON Patch, by which the server tells pages of changes: two of those are no shorter as one, and a record is thinned out by that.

/**
 * A change: `[value]` where another value stands there now, `[]` where nothing does; else an object with the changes of what is
 * within, by key or index.
 * @typedef {any[] | {[key: string]: Change}} Change
 */

/** @param {unknown} value @returns {value is Record<string, any>} */
const holds = (value) => typeof value === "object" && value !== null;

/**
 * @param {any} before
 * @param {any} now
 * @returns {Change | undefined} none where they are the same
 */
export function changed(before, now) {
  if (before === now) return undefined;
  const alike = holds(before) && holds(now) && Array.isArray(before) === Array.isArray(now) && (!Array.isArray(now) || before.length === now.length);
  if (!alike) return [now];
  /** @type {Change} */
  const found = {};
  let any = false;
  for (const key of Object.keys(now)) {
    const change = key in before ? changed(before[key], now[key]) : [now[key]];
    if (change !== undefined) [found[key], any] = [change, true];
  }
  for (const key of Object.keys(before)) if (!(key in now)) [found[key], any] = [[], true];
  return any ? found : undefined;
}

/**
 * The value after the change; what did not change is the same object as before.
 * @param {any} before
 * @param {Change | undefined} change
 * @returns {any}
 */
export function after(before, change) {
  if (change === undefined) return before;
  if (Array.isArray(change)) return change[0];
  const now = Array.isArray(before) ? [...before] : { ...before };
  for (const [key, inner] of Object.entries(change)) {
    if (Array.isArray(inner) && inner.length === 0) delete now[key];
    else now[key] = after(now[key], inner);
  }
  return now;
}

/**
 * Two changes, one after the other, as one.
 * @param {Change | undefined} first
 * @param {Change | undefined} second
 * @returns {Change | undefined}
 */
export function both(first, second) {
  if (first === undefined || second === undefined) return first ?? second;
  if (Array.isArray(second)) return second;
  if (Array.isArray(first)) return [after(first[0], second)];
  const sum = { ...first };
  for (const [key, change] of Object.entries(second)) sum[key] = /** @type {Change} */ (both(first[key], change));
  return sum;
}
