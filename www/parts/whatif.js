// "What if": a room without devices. The simulator plays it in a worker, with the real coordinator, and
// the board shows it as it shows a real one.
import * as api from "./api.js";
import { board } from "./board.js";
import { clusterPart } from "./cluster.js";
import { foreseeing } from "./hand.js";
import { field, fill, make, section, write } from "./element.js";
import { say } from "./language.js";
import { PRESETS, preset, wishesOf } from "./presets.js";
import { SAMPLES, sample, sampleName } from "./samples.js";
import { schemeWords } from "./schemes.js";
import { number } from "./words.js";
/** @import { Asked, RoomState, Told, Wishes } from "../types.js" */

/** Pictures a second that can be chosen; 0 for as many as are answered. */
const RATES = [0, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** How many of the room's seconds pass in one of ours. */
const SPEEDS = [1, 5, 20];

const NAMES = { phone: say("kind_phone"), laptop: say("whatif_laptop"), weak: say("whatif_weak") };

/** A network that is worth sharing. */
const FIRST = "vgg16";

/** How many times slower a device becomes that is disturbed. */
const SLOWER = 4;

/**
 * Comes back when the page stands, before anything is played.
 * @param {HTMLElement} page
 * @param {string} code of a room whose devices it is to begin with; none where empty
 */
export async function whatIf(page, code) {
  document.title = `${say("whatif")} · Convoy`;
  const trouble = make("p", { className: "missing", role: "alert", hidden: true });
  const fail = (/** @type {unknown} */ error) => {
    write(trouble, error instanceof Error ? error.message : String(error));
    trouble.hidden = false;
  };

  const worker = new Worker("/whatif.js", { type: "module" });
  const ask = (/** @type {Asked} */ asked) => worker.postMessage(asked);
  const foreseen = foreseeing(ask);
  worker.onerror = () => fail(say("whatif_missing"));
  const shown = await board("WHATIF", {
    played: true,
    hand: {
      foresee: foreseen.ask,
      run: async (drawn) => ask({ type: "draw", drawn }),
      back: async ({ scheme: wanted, latency_limit: seconds }) => ask({ type: "scheme", scheme: wanted, limit: seconds ?? null }),
    },
  });
  const busy = make("p", { className: "quiet keeps-its-line", role: "status" }, say("own_loading"));
  /** @type {RoomState | undefined} */
  let state;
  worker.onmessage = (/** @type {MessageEvent<Told>} */ { data }) => {
    if (data.type === "trouble") return fail(data.message);
    if (data.type === "foreseen") return foreseen.hear(data);
    trouble.hidden = true;
    write(busy, "");
    if (data.type === "begun") return shown.forget();
    state = data.state;
    offer(state);
    shown.show(state, undefined, data.now);
  };

  const choice = (/** @type {string} */ id, /** @type {readonly (readonly [string, string])[]} */ all) =>
    make("select", { id: `whatif-${id}` }, ...all.map(([value, title]) => make("option", { value }, title)));
  const rooms = choice("room", PRESETS.map((id) => [id, say(`preset_${id}`)]));
  const model = choice("model", []);
  const scheme = choice("scheme", []);
  const limit = make("input", { id: "whatif-limit", type: "number", min: "0.01", step: "0.01", inputMode: "decimal", placeholder: say("limit_none") });
  const about = make("p", { className: "quiet keeps-its-line", id: "whatif-about" }, schemeWords("best"));
  scheme.setAttribute("aria-describedby", about.id);
  const within = () => Number(limit.value) > 0 ? Number(limit.value) : null;

  /** What the network's description says, kept for the next question. @type {Map<string, string>} */
  const manifests = new Map();
  let turn = 0;
  // A new question: everything begins anew.
  const begin = async () => {
    turn += 1;
    const mine = turn;
    write(busy, say("whatif_busy"));
    try {
      const known = manifests.get(model.value) ?? await api.manifest(model.value);
      manifests.set(model.value, known);
      if (mine === turn) ask({ type: "room", manifest: known, wishes: { scheme: scheme.value, latency_limit: within(), ...cluster.wishes() } });
    } catch (error) {
      fail(error);
    }
  };
  const cluster = clusterPart({
    came: (device) => ask({ type: "join", device }),
    went(index) {
      const gone = state?.devices[index];
      if (gone) ask({ type: "leave", id: gone.id });
    },
    changed: begin,
  });
  rooms.onchange = () => {
    cluster.set(preset(/** @type {(typeof PRESETS)[number]} */ (rooms.value), NAMES));
    begin();
  };
  model.onchange = begin;
  scheme.onchange = limit.onchange = () => {
    write(about, schemeWords(scheme.value));
    ask({ type: "scheme", scheme: scheme.value, limit: within() });
  };

  const rate = choice("rate", RATES.map((value) => [String(value), value === 0 ? say("whatif_all") : say("stream_rate", { n: number(value) })]));
  const speed = choice("speed", SPEEDS.map((value) => [String(value), `${value} ×`]));
  const play = make("button", { type: "button" }, say("replay_pause"));
  let plays = true;
  const pace = () => ask({ type: "pace", speed: plays ? Number(speed.value) : 0, rate: Number(rate.value) || undefined });
  rate.onchange = speed.onchange = pace;
  play.onclick = () => {
    plays = !plays;
    write(play, say(plays ? "replay_pause" : "replay_play"));
    pace();
  };
  const whom = choice("whom", []);
  let offered = "";
  const offer = (/** @type {RoomState} */ { devices }) => {
    const key = devices.map(({ id, name }) => `${id} ${name}`).join();
    if (key === offered) return;
    offered = key;
    const chosen = whom.value;
    fill(whom, ...devices.map(({ id, name }) => make("option", { value: String(id) }, name)));
    if (devices.some(({ id }) => String(id) === chosen)) whom.value = chosen;
  };
  const slow = make("button", { type: "button", onclick: () => ask({ type: "slow", id: Number(whom.value), times: SLOWER }) }, say("whatif_slow", { n: SLOWER }));
  const recover = make("button", { type: "button", onclick: () => ask({ type: "slow", id: Number(whom.value), times: 1 }) }, say("whatif_recover"));

  const question = section("question", say("whatif"), make("p", {}, say("whatif_words")), trouble, busy,
    make("div", { className: "columns-of-fields" },
      make("div", {}, field(rooms, say("whatif_room")), cluster.rows),
      make("div", {}, cluster.network, make("p", { className: "quiet" }, say("whatif_network_words"))),
      make("div", {}, field(model, say("network")), field(scheme, say("scheme")), about, field(limit, say("limit")))));
  const pacing = make("div", { className: "pacing" },
    make("div", { className: "fields" }, field(rate, say("stream_rate_label")), field(speed, say("whatif_speed")), play),
    make("div", { className: "fields" }, field(whom, say("whatif_disturb")), slow, recover));
  // Its rows stand there before the page is shown, so that nothing moves when the networks are known.
  cluster.set(preset("class", NAMES));
  await shown.arrange(page, { role: "host", notes: [question], work: [pacing] });
  sample(SAMPLES[1]).then((image) => shown.picture.photograph(image, sampleName(SAMPLES[1])), fail);

  const start = async () => {
    const [networks, schemes, real] = await Promise.all([api.models(), api.schemes(), code === "" ? undefined : api.roomState(code)]);
    fill(model, ...networks.map(({ id, title }) => make("option", { value: id }, title)));
    fill(scheme, ...schemes.map((id) => make("option", { value: id }, id)));
    /** @type {Wishes | undefined} */
    const wishes = real && wishesOf(real);
    const known = (/** @type {HTMLSelectElement} */ select, /** @type {string} */ value) => [...select.options].some((option) => option.value === value);
    model.value = real && known(model, real.model) ? real.model : known(model, FIRST) ? FIRST : networks[0].id;
    scheme.value = wishes && known(scheme, wishes.scheme) ? wishes.scheme : "best";
    limit.value = wishes?.latency_limit ? String(wishes.latency_limit) : "";
    write(about, schemeWords(scheme.value));
    if (wishes && wishes.devices.length > 0) {
      rooms.prepend(make("option", { value: "", selected: true }, say("whatif_of", { code })));
      cluster.set(wishes);
    }
    await begin();
    pace();
  };
  start().catch(fail);
}
