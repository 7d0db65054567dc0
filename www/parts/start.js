// The first screen: start a room, or join one by its code.
import * as api from "./api.js";
import { fill, make, section } from "./element.js";
import { PIN } from "./pin.js";
import { support } from "./support.js";

/** Goes to the room; what the address asks of this device is kept. @param {string} code @param {string} [role] */
function go(code, role) {
  const query = new URLSearchParams(location.search);
  if (role !== undefined && !query.has("role")) query.set("role", role);
  location.assign(`/r/${encodeURIComponent(code)}${query.size > 0 ? `?${query}` : ""}`);
}

/** @returns {HTMLElement} */
export function startScreen() {
  const trouble = make("p", { className: "missing", role: "alert", hidden: true });
  const tell = (/** @type {unknown} */ error) => {
    trouble.textContent = error instanceof Error ? error.message : String(error);
    trouble.hidden = false;
  };

  const model = make("select", { id: "model", name: "model" });
  api.models().then((list) => {
    fill(model, ...list.map(({ id, title }) => make("option", { value: id }, title)));
    model.value = "squeezenet1.1";
  }, tell);
  const pin = make("input", { id: "pin", ...PIN, "aria-describedby": "pin-words" });
  const starting = make("form", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      // Without a list the server's own default holds.
      const wishes = { ...model.value && { model: model.value }, ...pin.value && { pin: pin.value } };
      await api.createRoom(wishes).then((code) => go(code, "host"), tell);
    },
  },
  make("label", { htmlFor: "model" }, "Network"), model,
  make("label", { htmlFor: "pin" }, "PIN"), pin,
  make("span", { className: "quiet", id: "pin-words" }, "4 to 8 digits, for a private room; or nothing"),
  make("button", { className: "main" }, "Start a room"));

  const code = make("input", {
    id: "code", name: "code", required: true, maxLength: 6, minLength: 6, autocomplete: "off",
    spellcheck: false, autocapitalize: "characters", pattern: "[A-Za-z0-9]{6}", placeholder: "ABC234",
    title: "six letters and digits",
  });
  const joining = make("form", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const wanted = code.value.trim().toUpperCase();
      // A private room asks for its PIN itself.
      await api.roomState(wanted).then(() => go(wanted), (error) => api.isPrivate(error) ? go(wanted) : tell(error));
    },
  }, make("label", { htmlFor: "code" }, "Code"), code, make("button", {}, "Join"));

  const about = "Each browser that opens the room's page measures itself, gets the part of the network that " +
    "suits it and passes what it computes straight to the next. Nothing is installed.";
  return make("div", { className: "start" },
    trouble,
    ...support().notes.map((note) => make("p", { className: "missing" }, note)),
    section("starting", "Start a room", make("p", {}, about), starting),
    section("joining", "Join a room", make("p", {}, "The code stands on the screen of whoever started it."), joining));
}
