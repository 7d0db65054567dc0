// A name for a device that has none yet, friendly and easy to find in a list.
import { say } from "./language.js";

/** Where a name is kept: for this tab, and for the next visit where a person chose it. */
const PLACE = "convoy-name";

/** @param {readonly string[]} words @param {number} at 0 to 1 */
const pick = (words, at) => words[Math.min(words.length - 1, Math.floor(at * words.length))];

/**
 * An adjective and an animal of the sea.
 * @param {() => number} [random] 0 to 1
 */
export function friendly(random = Math.random) {
  const [first, second] = [say("names_first"), say("names_second")].map((words) => words.split(" "));
  return `${pick(first, random())}${say("names_between")}${pick(second, random())}`;
}

/** The name of this tab's device. @returns {string} */
export function ownName() {
  try {
    const name = sessionStorage.getItem(PLACE) ?? localStorage.getItem(PLACE) ?? friendly();
    sessionStorage.setItem(PLACE, name);
    return name;
  } catch {
    return friendly();
  }
}

/** A person chose a name. @param {string} name */
export function rename(name) {
  try {
    sessionStorage.setItem(PLACE, name);
    localStorage.setItem(PLACE, name);
  } catch {
    // Then the address has it alone.
  }
}

