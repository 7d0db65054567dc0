// Laying out what leaves the page as a drawing: pure.

/** A word and where it stands. @typedef {{text: string, x: number, y: number, width: number, height: number}} Word */

/**
 * A text's words as the lines that they stand in.
 * @param {Word[]} words
 * @returns {Word[]}
 */
export function lines(words) {
  /** @type {Word[]} */
  const found = [];
  for (const word of words) {
    const last = found[found.length - 1];
    if (last && Math.abs(last.y - word.y) < word.height / 2 && word.x >= last.x) {
      Object.assign(last, { text: `${last.text} ${word.text}`, width: word.x + word.width - last.x });
    } else {
      found.push({ ...word });
    }
  }
  return found;
}

/** What stands above each of several drawings. */
const TITLE = 30;

/**
 * Where drawings stand that lie below each other, each with a title above it.
 * @param {{width: number, height: number}[]} all
 */
export function stacked(all) {
  let height = 0;
  const tops = all.map((one) => {
    const top = height + TITLE;
    height = top + one.height;
    return top;
  });
  return { width: Math.max(...all.map(({ width }) => width)), height, tops };
}

/**
 * A drawing's text with the values of the style sheet's variables, which are not defined elsewhere.
 * @param {string} text
 * @param {(name: string) => string} valueOf
 */
export function withoutVariables(text, valueOf) {
  return text.replace(/var\((--[\w-]+)\)/g, (_, name) => valueOf(name) || "currentColor");
}
