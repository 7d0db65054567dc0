// The sample photographs of /samples.
import { say } from "./language.js";

/** Their names; what is to be seen stands with the words. */
export const SAMPLES = /** @type {const} */ (["dog", "coffee", "chelsea", "giraffe", "eagle", "person"]);

/** @typedef {(typeof SAMPLES)[number]} Sample */

/** @param {Sample} id */
export const sampleUrl = (id) => `/samples/${id}.jpg`;

/** A small picture of it, to choose by. @param {Sample} id */
export const thumbnailUrl = (id) => `/samples/small/${id}.webp`;

/** @param {Sample} id */
export const sampleName = (id) => say(`sample_${id}`);

/** A sample's picture. @param {Sample} id */
export async function sample(id) {
  const response = await fetch(sampleUrl(id)).catch(() => {
    throw new Error(say("error_unreachable"));
  });
  if (!response.ok) throw new Error(say("error_status", { status: response.status }));
  return response.blob();
}
