// Choosing a photograph: one of the samples, a file, the camera of a phone, or a picture dropped here.
import { make, section } from "./element.js";

/** The pictures in /samples, with what is to be seen. */
const SAMPLES = [
  ["coffee", "a cup of coffee"], ["chelsea", "a cat"], ["dog", "a dog, a bicycle and a car"],
  ["person", "a person, a dog and a horse"], ["eagle", "an eagle"], ["giraffe", "a giraffe and a zebra"],
];

/**
 * @param {(image: Blob, name: string) => Promise<void>} choose hears of a photograph; until its
 *   promise is kept no other can be chosen
 * @returns {HTMLElement}
 */
export function photographPart(choose) {
  const file = make("input", { type: "file", accept: "image/*", id: "file" });
  const samples = SAMPLES.map(([name, what]) => {
    const image = make("img", { src: `/samples/${name}.jpg`, alt: what, loading: "lazy", width: 96, height: 72 });
    return make("button", {
      type: "button", className: "sample", title: what,
      onclick: async () => take(await (await fetch(image.src)).blob(), `${name}.jpg`),
    }, image);
  });
  const take = async (/** @type {Blob} */ image, /** @type {string} */ name) => {
    const inputs = [file, ...samples];
    inputs.forEach((input) => { input.disabled = true; });
    await choose(image, name);
    inputs.forEach((input) => { input.disabled = false; });
  };
  file.onchange = () => {
    const chosen = file.files?.[0];
    if (chosen) take(chosen, chosen.name);
  };
  const element = section("photograph", "Photograph",
    make("div", { className: "samples" }, ...samples),
    make("p", {}, make("label", { htmlFor: "file" }, "Or your own (or drop one here): "), file));
  element.ondragover = (event) => event.preventDefault();
  element.ondrop = (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped && !file.disabled) take(dropped, dropped.name);
  };
  return element;
}
