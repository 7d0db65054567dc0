// Asks for a private room's PIN.
import * as api from "./api.js";
import { make, section } from "./element.js";
import { invitation } from "./keys.js";
import { say } from "./language.js";

/** Where a PIN is written. @param {Record<string, any>} more */
export const pinField = (more) => make("input", {
  id: "pin", name: "pin", inputMode: "numeric", autocomplete: "off", pattern: "[0-9]{4,8}", minLength: 4, maxLength: 8,
  title: say("pin_title"), size: 8, ...more,
});

/**
 * @param {string} code
 * @returns {HTMLElement}
 */
export function pinScreen(code) {
  const trouble = make("p", { className: "missing", role: "alert", hidden: true });
  const pin = pinField({ type: "password", required: true });
  const form = make("form", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      try {
        await api.enter(code, pin.value);
        // A browser that keeps nothing has it behind the address.
        location.hash = invitation(code);
        location.reload();
      } catch (error) {
        trouble.textContent = error instanceof Error ? error.message : String(error);
        trouble.hidden = false;
        pin.select();
      }
    },
  }, make("label", { htmlFor: pin.id }, say("pin")), make("div", { className: "row" }, pin, make("button", { className: "main" }, say("pin_enter"))));
  return make("div", { className: "start" },
    section("private", say("pin_room", { code }), make("p", {}, say("pin_words")), form, trouble));
}
