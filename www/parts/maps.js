// The feature maps between the stages, small: which parts of the newest picture's are made already.
import { draw } from "./element.js";
import { colourOf } from "./flags.js";
import { past } from "./moments.js";
/** @import { Stage, Timeline, TileRegion } from "../types.js" */

/** Units along a map's longer side. */
const SIDE = 40;

/**
 * The parts of a stage that the newest picture's tiles have made.
 * @param {Timeline | undefined} timeline
 * @returns {Map<number, Set<number>>} devices, by stage
 */
export function made(timeline) {
  const { tiles } = past(timeline);
  const newest = tiles.reduce((most, [, frame]) => Math.max(most, frame), -1);
  /** @type {Map<number, Set<number>>} */
  const found = new Map();
  for (const [device, frame, stage] of tiles) {
    if (frame === newest) found.set(stage, (found.get(stage) ?? new Set()).add(device));
  }
  return found;
}

/** Of what a stage makes, the map that shows most of it; none where that is no map. @param {Stage} stage @returns {number} which of a tile's regions, or -1 */
export function tallest({ tiles }) {
  const sizes = tiles[0]?.regions.map(({ extent: [height, width] }) => height > 1 && width > 1 ? height * width : 0) ?? [];
  const most = Math.max(0, ...sizes);
  return most === 0 ? -1 : sizes.lastIndexOf(most);
}

/**
 * A stage's map, its tiles in their devices' colours.
 * @param {Stage} stage
 * @returns {{element: SVGSVGElement, fill(done: Set<number> | undefined): void} | undefined} none where the stage makes no map
 */
export function stageMap(stage) {
  const which = tallest(stage);
  if (which < 0) return undefined;
  const [height, width] = stage.tiles[0].regions[which].extent;
  const scale = SIDE / Math.max(height, width);
  const parts = stage.tiles.map(({ device, group, regions }) => {
    const part = rect(regions[which], scale);
    part.style.setProperty("--device", colourOf(device));
    return { device, group, part };
  });
  // Groups that take pictures in turn all make the whole map: of them one is seen.
  const element = draw("svg", { class: "map", viewBox: `0 0 ${width * scale} ${height * scale}`, width: width * scale, height: height * scale, "aria-hidden": "true" },
    ...parts.map(({ part }) => part));
  return {
    element,
    fill(done) {
      const turn = parts.find(({ device }) => done?.has(device))?.group ?? parts[0].group;
      for (const { device, group, part } of parts) {
        part.setAttribute("class", group !== turn ? "other" : done?.has(device) ? "made" : "");
      }
    },
  };
}

/** @param {TileRegion} region @param {number} scale */
function rect({ rows, cols }, scale) {
  return draw("rect", { x: cols[0] * scale, y: rows[0] * scale, width: (cols[1] - cols[0]) * scale, height: (rows[1] - rows[0]) * scale });
}
