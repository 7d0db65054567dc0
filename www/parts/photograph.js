// Choosing pictures: samples, a file, one dropped or pasted, the camera, a pad for digits; once, or again
// and again at a chosen rate.
import { camera } from "./camera.js";
import { make, write } from "./element.js";
import { say } from "./language.js";
import { padPart } from "./pad.js";
import { SAMPLES, sample, sampleName, thumbnailUrl } from "./samples.js";
import { stream } from "./sending.js";
import { forSending } from "./shrinking.js";
import { number } from "./words.js";
/** @import { RoomState } from "../types.js" */
/** @import { Sample } from "./samples.js" */

/** The rates that can be chosen: pictures a second. */
const RATES = [0.2, 0.5, 1, 2, 3, 5, 8, 12, 20];

/**
 * @param {(image: Blob, name: string) => Promise<unknown>} choose hears of a picture; kept once it is answered
 * @param {(message: string) => void} fail
 * @returns {{element: HTMLElement, show(state: RoomState): void, streams(): boolean, first(id: string | null): void}} `streams` is
 *   whether pictures are sent on and on; `first` begins with a sample
 */
export function photographPart(choose, fail) {
  /** @type {{image: Blob, name: string} | undefined} */
  let last;
  const take = async (/** @type {Blob} */ whole, /** @type {string} */ name) => {
    const image = await forSending(whole);
    last = { image, name };
    return choose(image, name);
  };
  const takeSample = async (/** @type {Sample} */ id) => take(await sample(id), sampleName(id));
  const failed = (/** @type {unknown} */ error) => fail(error instanceof Error ? error.message : String(error));

  const samples = make("div", { className: "samples", role: "group", "aria-label": say("samples") }, ...SAMPLES.map((id) =>
    make("button", { type: "button", className: "sample", title: sampleName(id), onclick: () => takeSample(id).catch(failed) },
      make("img", { src: thumbnailUrl(id), alt: sampleName(id), loading: "lazy", width: 96, height: 72 }))));

  const file = make("input", { type: "file", accept: "image/*", id: "file", className: "out-of-sight" });
  const taken = (/** @type {File | null | undefined} */ chosen) => {
    if (chosen?.type.startsWith("image/")) take(chosen, chosen.name || say("picture_own")).catch(failed);
  };
  file.onchange = () => {
    taken(file.files?.[0]);
    file.value = "";
  };
  const view = camera(fail);
  const shot = async () => {
    const image = await view.shot();
    if (image) await take(image, say("camera_name"));
  };
  const shoot = make("button", { type: "button", hidden: true, onclick: shot }, say("camera_shot"));
  const open = make("button", { type: "button", hidden: typeof navigator.mediaDevices?.getUserMedia !== "function" }, say("camera"));
  open.onclick = async () => {
    const closing = !shoot.hidden;
    if (closing) view.close();
    shoot.hidden = closing || !await view.open();
    open.textContent = say(shoot.hidden ? "camera" : "camera_close");
  };

  const rate = make("input", { type: "range", id: "rate", min: 0, max: RATES.length - 1, value: 2, step: 1 });
  const words = make("output", { htmlFor: "rate", className: "number" });
  const count = make("span", { className: "quiet" });
  const again = stream({
    take: async () => {
      if (!shoot.hidden) return shot();
      if (last === undefined) return takeSample(SAMPLES[0]);
      return choose(last.image, last.name);
    },
    fail: failed,
  });
  const play = make("button", { type: "button", id: "again", "aria-pressed": "false" }, say("stream_start"));
  const chosen = () => RATES[Number(rate.value)];
  const tellRate = () => {
    const text = say("stream_rate", { n: number(chosen()) });
    write(words, text);
    rate.setAttribute("aria-valuetext", text);
  };
  const plays = () => play.getAttribute("aria-pressed") === "true";
  tellRate();
  rate.oninput = () => {
    tellRate();
    if (plays()) again.start(chosen());
  };
  play.onclick = () => {
    const on = !plays();
    play.setAttribute("aria-pressed", String(on));
    write(play, say(on ? "stream_stop" : "stream_start"));
    if (on) again.start(chosen());
    else again.stop();
  };

  const pad = padPart((image, name) => take(image, name));
  pad.hidden = true;
  const element = make("div", { className: "sources" }, pad, samples, view.element,
    make("p", { className: "row" }, make("label", { htmlFor: "file", className: "button" }, say("file")), file, open, shoot,
      make("span", { className: "quiet hint" }, say("drop_or_paste"))),
    make("p", { className: "row stream" }, play, make("label", { htmlFor: "rate", className: "out-of-sight" }, say("stream_rate_label")), rate, words, count));
  takesDrops(document.body, taken);
  document.addEventListener("paste", (event) => taken([...event.clipboardData?.files ?? []][0]));
  return {
    element,
    show({ plan, model }) {
      const digits = plan ? plan.input[0] === 1 : model === "mnist";
      pad.hidden = !digits;
      samples.hidden = digits;
      const { sent, skipped, flying } = again.counts();
      write(count, sent === 0 ? "" : say("stream_counts", { sent, flying, skipped }));
    },
    streams: plays,
    first(id) {
      const known = SAMPLES.find((one) => one === id);
      if (known) takeSample(known).catch(failed);
    },
  };
}

/** Takes what is dropped on `element`. @param {HTMLElement} element @param {(image: File | undefined) => void} take */
function takesDrops(element, take) {
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    take(event.dataTransfer?.files[0]);
  });
}
