// A saved run, played again without any device: from a file, or from an address of this server.
import * as api from "./api.js";
import { board } from "./board.js";
import { fill, make, section, write } from "./element.js";
import { say } from "./language.js";
import { moments } from "./record.js";
import { SAMPLES, sample, sampleName } from "./samples.js";
import { duration } from "./words.js";

/** How many times as fast as it was. */
const SPEEDS = [1, 2, 5, 10];

/**
 * Plays the run at `address`; only this server's own can be.
 * @param {HTMLElement} page
 * @param {string} address
 */
export async function replayAddress(page, address) {
  const url = new URL(address, location.href);
  try {
    if (url.origin !== location.origin) throw new Error(say("replay_foreign"));
    await replay(page, await api.run(url));
  } catch (error) {
    fill(page, make("p", { className: "missing", role: "alert" }, say("replay_failed", { why: error instanceof Error ? error.message : String(error) })));
  }
}

/**
 * @param {HTMLElement} page
 * @param {unknown} value
 */
export async function replay(page, value) {
  const all = moments(value);
  if (all === undefined || all.length === 0) throw new Error(say("replay_none"));
  document.title = `${say("replay")} · Convoy`;
  const { arrange, show, events, forget, picture } = await board(all[0].state.code);
  const shown = SAMPLES.find((id) => id === /** @type {import("./record.js").Run} */ (value).sample);
  if (shown) sample(shown).then((image) => picture.photograph(image, sampleName(shown)), () => {});
  const place = make("input", { type: "range", id: "place", min: 0, max: all.length - 1, value: 0, step: 1 });
  const time = make("output", { htmlFor: "place", className: "number" });
  const play = make("button", { type: "button" }, say("replay_pause"));
  const speed = make("select", { id: "speed" }, ...SPEEDS.map((times) => make("option", { value: String(times) }, `${times} ×`)));
  const bar = section("replay", say("replay"), make("p", {}, say("replay_words", { began: new Date(/** @type {{began: string}} */ (value).began).toLocaleString() })),
    make("p", { className: "row" }, play, make("label", { htmlFor: "place", className: "out-of-sight" }, say("replay_place")), place, time,
      make("label", { htmlFor: "speed" }, say("replay_speed")), speed));
  await arrange(page, { role: "host", notes: [], work: [], invite: bar });
  let at = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const step = () => {
    const { state, at: moment } = all[at];
    show(state, undefined, moment);
    place.value = String(at);
    write(time, `${duration(Math.round(moment))} / ${duration(Math.round(all[all.length - 1].at))}`);
    if (at + 1 < all.length) {
      timer = setTimeout(() => {
        at += 1;
        step();
      }, (all[at + 1].at - moment) * 1000 / Number(speed.value));
    } else {
      timer = undefined;
      write(play, say("replay_again"));
    }
  };
  const run = () => {
    if (at + 1 >= all.length) {
      at = 0;
      forget();
    }
    write(play, say("replay_pause"));
    step();
  };
  play.onclick = () => {
    if (timer === undefined) {
      run();
    } else {
      clearTimeout(timer);
      timer = undefined;
      write(play, say("replay_play"));
    }
  };
  place.oninput = () => {
    const plays = timer !== undefined;
    clearTimeout(timer);
    timer = undefined;
    at = Number(place.value);
    forget();
    if (plays) {
      run();
    } else {
      show(all[at].state, undefined, all[at].at);
    }
  };
  events.tell(say("replay_begins"));
  step();
}

/** Choosing a saved run. @param {HTMLElement} page @param {(error: unknown) => void} tell @returns {HTMLElement} */
export function replayPart(page, tell) {
  const file = make("input", { type: "file", accept: "application/json,.json", id: "run" });
  file.onchange = async () => {
    try {
      await replay(page, JSON.parse(await file.files?.[0]?.text() ?? "null"));
    } catch (error) {
      tell(error);
    }
  };
  return make("p", { className: "field" }, make("label", { htmlFor: "run" }, say("replay_file")), file);
}
