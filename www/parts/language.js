// The page's words in the reader's language. All of them stand in /languages, one file a language.
import en from "../languages/en.js";

/** @typedef {keyof typeof en} Key */
/** @typedef {Record<Key, string | readonly string[]>} Words */

/** Where a choice is kept. */
const PLACE = "convoy-language";

/** The languages there are, as their speakers call them. */
export const LANGUAGES = /** @type {const} */ ([["en", "English"], ["zh", "中文"]]);

/** The address's wish, else what was chosen before, else the browser's. @returns {string} */
function wanted() {
  const asked = new URLSearchParams(globalThis.location?.search ?? "").get("lang");
  let kept = null;
  try {
    kept = asked ?? globalThis.localStorage?.getItem(PLACE) ?? null;
  } catch {
    // A browser that keeps nothing.
  }
  const all = [kept, ...(globalThis.navigator?.languages ?? [])].map((one) => (one ?? "").slice(0, 2).toLowerCase());
  return all.find((one) => LANGUAGES.some(([id]) => id === one)) ?? "en";
}

/** Of {@link LANGUAGES}. */
export const language = globalThis.document === undefined ? "en" : wanted();

/** @type {Words} */
const words = language === "zh" ? (await import("../languages/zh.js")).default : en;

/** Shows the page in another language from now on. @param {string} id */
export function speak(id) {
  try {
    localStorage.setItem(PLACE, id);
  } catch {
    // Then the address has to say it.
  }
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  if (language !== id) location.replace(address);
}

/**
 * The words for `key`, with `values` in their {places}. Where a language has two forms the one for
 * a single thing stands first, and `n` says how many there are.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  return put(words[key], values);
}

/**
 * @param {string | readonly string[]} form
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function put(form, values) {
  const text = typeof form === "string" ? form : form[values.n === 1 ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

/** Whether there are words for `key`. @param {string} key @returns {key is Key} */
export function has(key) {
  return Object.hasOwn === undefined ? key in words : Object.hasOwn(words, key);
}

/** Several things in a sentence. @param {string[]} things */
export function list(things) {
  if (things.length < 2) return things.join("");
  return `${things.slice(0, -1).join(say("list_comma"))}${say("list_and")}${things[things.length - 1]}`;
}
