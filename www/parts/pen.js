// A pen that keys move over a pad: pure.

/** Where it is, and whether it draws. @typedef {{x: number, y: number, down: boolean}} Pen */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * What a key does; nothing where it is none of the pad's.
 * @param {Pen} pen
 * @param {string} key
 * @param {number} size of the pad
 * @param {boolean} [little] moves by a small step
 * @returns {{pen: Pen, does: "draw" | "move" | "lift" | "clear" | "ask"} | undefined}
 */
export function pressed(pen, key, size, little = false) {
  const arrow = ARROWS[key];
  if (arrow) {
    const step = little ? size / 56 : size / 14;
    const [x, y] = [pen.x + step * arrow[0], pen.y + step * arrow[1]].map((at) => Math.min(size, Math.max(0, at)));
    return { pen: { ...pen, x, y }, does: pen.down ? "draw" : "move" };
  }
  if (key === " ") return { pen: { ...pen, down: !pen.down }, does: pen.down ? "lift" : "draw" };
  if (key === "Escape" || key === "Delete" || key === "Backspace") return { pen: { ...pen, down: false }, does: "clear" };
  if (key === "Enter") return { pen: { ...pen, down: false }, does: "ask" };
  return undefined;
}
