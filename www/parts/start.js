// The first screen: start a room, or join one by its code.
import * as api from "./api.js";
import { field, fill, make, more, section } from "./element.js";
import { invitation } from "./keys.js";
import { say } from "./language.js";
import { pinField } from "./pin.js";
import { replayPart } from "./replay.js";
import { SAMPLES, sampleName, thumbnailUrl } from "./samples.js";
import { schemeWords } from "./schemes.js";
import { supportPart, support } from "./support.js";

/** Goes to the room; what the address asks of this device is kept. @param {string} code @param {Record<string, string>} [wishes] */
function go(code, wishes = {}) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(wishes)) if (!query.has(key)) query.set(key, value);
  const text = query.toString();
  location.assign(`/r/${encodeURIComponent(code)}${text === "" ? "" : `?${text}`}${invitation(code)}`);
}

/** @returns {HTMLElement} */
export function startScreen(/** @type {HTMLElement} */ page) {
  const trouble = make("p", { className: "missing", role: "alert", hidden: true });
  const tell = (/** @type {unknown} */ error) => {
    trouble.textContent = error instanceof Error ? error.message : String(error);
    trouble.hidden = false;
  };
  const cannot = support().notes.map((note) => make("p", { className: "missing" }, note));
  return make("div", { className: "start" },
    make("div", { className: "hero" }, make("h1", {}, say("start_title")), make("p", {}, say("start_words"))),
    trouble, ...cannot,
    joiningPart(tell), startingPart(tell),
    section("support", say("support"), supportPart()),
    section("whatif", say("whatif"), make("p", {}, say("whatif_about")), make("p", {}, make("a", { className: "button", href: "/?whatif" }, say("whatif_open")))),
    section("replaying", say("replay"), make("p", {}, say("replay_about")),
      make("p", {}, make("a", { className: "button", href: "/?run=/runs/room.json" }, say("replay_example"))), replayPart(page, tell)));
}

/** @param {(error: unknown) => void} tell */
function joiningPart(tell) {
  const code = make("input", {
    id: "code", name: "code", required: true, maxLength: 6, minLength: 6, autocomplete: "off",
    spellcheck: false, autocapitalize: "characters", pattern: "[A-Za-z0-9]{6}", placeholder: "ABC234", title: say("code_title"),
  });
  const form = make("form", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const wanted = code.value.trim().toUpperCase();
      // A private room asks for its PIN itself.
      await api.roomState(wanted).then(() => go(wanted), (error) => api.isPrivate(error) ? go(wanted) : tell(error));
    },
  }, make("label", { htmlFor: "code" }, say("code")), make("div", { className: "row" }, code, make("button", { className: "main" }, say("join"))));
  return section("joining", say("joining"), make("p", {}, say("joining_words")), form);
}

/** @param {(error: unknown) => void} tell */
function startingPart(tell) {
  const model = make("select", { id: "model", name: "model" });
  const scheme = make("select", { id: "scheme", name: "scheme", "aria-describedby": "scheme-about" });
  const limit = make("input", { id: "limit", type: "number", min: "0.01", step: "0.01", inputMode: "decimal", placeholder: say("limit_none") });
  const locked = make("input", { id: "locked", type: "checkbox" });
  const pin = pinField({ placeholder: say("pin_none"), "aria-describedby": "pin-about" });
  const about = make("p", { className: "quiet", id: "scheme-about" });
  scheme.onchange = () => {
    about.textContent = schemeWords(scheme.value);
  };
  fill(model, make("option", { value: "squeezenet1.1" }, "SqueezeNet 1.1"));
  fill(scheme, make("option", { value: "best" }, "best"));
  about.textContent = schemeWords("best");
  api.models().then((list) => {
    // Networks without weights of their own are for measuring.
    const rank = (/** @type {import("../types.js").Network} */ { weight_bytes: bytes }) => bytes === null ? 1 : 0;
    fill(model, ...[...list].sort((a, b) => rank(a) - rank(b)).map(({ id, title }) => make("option", { value: id }, title)));
    model.value = "squeezenet1.1";
  }, tell);
  api.schemes().then((list) => {
    fill(scheme, ...list.map((id) => make("option", { value: id }, id)));
    scheme.value = "best";
  }, tell);
  const samples = SAMPLES.map((id, index) => make("label", { className: "sample" },
    make("input", { type: "radio", name: "sample", value: id, checked: index === 0 }),
    make("img", { src: thumbnailUrl(id), alt: sampleName(id), loading: "lazy", width: 96, height: 72 })));
  const form = make("form", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const sample = new FormData(form).get("sample");
      const wishes = {
        model: model.value || undefined, scheme: scheme.value || undefined, locked: locked.checked || undefined,
        latency_limit: Number(limit.value) > 0 ? Number(limit.value) : undefined, pin: pin.value || undefined,
      };
      await api.createRoom(wishes).then((code) => go(code, { role: "host", ...(typeof sample === "string" ? { sample } : {}) }), tell);
    },
  },
  field(model, say("network")),
  make("fieldset", { className: "samples" }, make("legend", {}, say("start_sample")), ...samples),
  more(say("advanced"),
    make("div", { className: "fields" }, field(scheme, say("scheme")), field(limit, say("limit")), field(pin, say("pin")), field(locked, say("locked"))),
    about, make("p", { className: "quiet", id: "pin-about" }, say("pin_about"))),
  make("button", { className: "main" }, say("start")));
  return section("starting", say("starting"), make("p", {}, say("starting_words")), form);
}
