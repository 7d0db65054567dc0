// What each scheme does, in a line; the server says which there are.
import { has, say } from "./language.js";

/** @param {string} scheme */
export function schemeWords(scheme) {
  const key = `scheme_${scheme.replaceAll("-", "_")}`;
  return has(key) ? say(key) : "";
}
