// Axes and lines of plots: pure.

/**
 * Round numbers from 0 to at least `most`.
 * @param {number} most
 * @param {number} [about] how many steps are wanted
 * @returns {number[]}
 */
export function ticks(most, about = 3) {
  if (!(most > 0) || !Number.isFinite(most)) return [0, 1];
  const raw = most / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999) ?? 10 * power;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/**
 * A line through points, broken where a value is missing.
 * @param {[number, number | null][]} points
 * @param {(x: number) => number} across
 * @param {(y: number) => number} down
 * @returns {string} the `d` of a path
 */
export function line(points, across, down) {
  let pen = "M";
  let path = "";
  for (const [x, y] of points) {
    if (y === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${across(x).toFixed(1)} ${down(y).toFixed(1)}`;
    pen = "L";
  }
  return path;
}

/**
 * A number of an axis to its place.
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
export function linear([a, b], [from, to]) {
  const factor = b === a ? 0 : (to - from) / (b - a);
  return (/** @type {number} */ value) => from + (value - a) * factor;
}
