// Where the parts of a step meet, as lines that can be moved: pure. Parts are rectangles of the step's
// tallest output; those of a group hold every place of it once, and still do when a line is moved.
/** @import { Region, Stage } from "../types.js" */

/** How rows and columns are called, of parts and of lines along which the other one runs. */
const AXES = /** @type {const} */ ([["rows", "cols"], ["cols", "rows"]]);

/**
 * A line between parts: at `at` of the rows (or columns), from `from` to `to` of the columns (or rows). It can
 * be anywhere from `least` to `most`.
 * @typedef {object} Boundary
 * @property {"rows" | "cols"} axis what the line bounds
 * @property {number} group
 * @property {number} at
 * @property {[number, number]} along
 * @property {number[]} before indices of the parts that end there
 * @property {number[]} after indices of the parts that begin there
 * @property {number} least
 * @property {number} most
 */

/**
 * The parts of a step's tallest output that its tiles make, and its height and width; none where they are no
 * parts of the picture.
 * @param {Stage} stage
 * @returns {{parts: Region[], extent: [number, number]} | undefined}
 */
export function partsOf({ tiles }) {
  const all = tiles[0]?.regions ?? [];
  // The later one among equals, as the planner has it.
  const tallest = all.reduce((best, { extent }, index) => best < 0 || extent[0] >= all[best].extent[0] ? index : best, -1);
  if (tallest < 0 || all[tallest].extent[1] === 1) return undefined;
  const parts = tiles.map(({ regions }) => ({ rows: regions[tallest].rows, cols: regions[tallest].cols }));
  return { parts, extent: all[tallest].extent };
}

/**
 * Every line of a step that can be moved.
 * @param {Region[]} parts
 * @param {number[]} groups which group each of them belongs to
 * @returns {Boundary[]}
 */
export function boundaries(parts, groups) {
  const found = [...new Set(groups)].flatMap((group) => {
    const own = parts.flatMap((_, index) => groups[index] === group ? [index] : []);
    return AXES.flatMap(([axis, other]) => lines(parts, own, axis, other).map((line) => ({ ...line, group })));
  });
  return found.filter(({ least, most }) => least < most);
}

/**
 * @param {Region[]} parts
 * @param {number[]} own
 * @param {"rows" | "cols"} axis
 * @param {"rows" | "cols"} other
 * @returns {Omit<Boundary, "group">[]}
 */
function lines(parts, own, axis, other) {
  const places = [...new Set(own.map((index) => parts[index][axis][1]))].sort((a, b) => a - b);
  return places.flatMap((at) => {
    const meets = own.filter((index) => parts[index][axis].includes(at));
    return connected(parts, meets, other).map((run) => {
      const before = run.filter((index) => parts[index][axis][1] === at);
      const after = run.filter((index) => parts[index][axis][0] === at);
      const ends = run.flatMap((index) => parts[index][other]);
      return {
        axis, at, before, after, along: /** @type {[number, number]} */ ([Math.min(...ends), Math.max(...ends)]),
        least: Math.max(...before.map((index) => parts[index][axis][0])) + 1,
        most: Math.min(...after.map((index) => parts[index][axis][1])) - 1,
      };
    }).filter(({ before, after }) => before.length > 0 && after.length > 0);
  });
}

/**
 * Runs of parts that lie over each other along `other`: only together can their edge move.
 * @param {Region[]} parts
 * @param {number[]} some
 * @param {"rows" | "cols"} other
 */
function connected(parts, some, other) {
  /** @type {{indices: number[], end: number}[]} */
  const runs = [];
  for (const index of [...some].sort((a, b) => parts[a][other][0] - parts[b][other][0])) {
    const [start, end] = parts[index][other];
    const last = runs[runs.length - 1];
    if (last && start < last.end) {
      last.indices.push(index);
      last.end = Math.max(last.end, end);
    } else {
      runs.push({ indices: [index], end });
    }
  }
  return runs.map(({ indices }) => indices);
}

/**
 * The parts with one line elsewhere.
 * @param {Region[]} parts
 * @param {Boundary} line
 * @param {number} to
 * @returns {Region[]}
 */
export function moved(parts, { axis, before, after, least, most }, to) {
  const at = Math.min(most, Math.max(least, Math.round(to)));
  return parts.map((part, index) => {
    const [start, end] = part[axis];
    if (before.includes(index)) return { ...part, [axis]: [start, at] };
    if (after.includes(index)) return { ...part, [axis]: [at, end] };
    return part;
  });
}
