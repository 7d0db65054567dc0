// Asks for a private room's PIN.
import * as api from "./api.js";
import { make, section } from "./element.js";

/** How a PIN is written. */
export const PIN = {
  inputMode: "numeric", autocomplete: "off", pattern: "[0-9]{4,8}", minLength: 4, maxLength: 8,
  title: "4 to 8 digits", size: 8,
};

/**
 * @param {string} code
 * @param {string} why the server's words
 * @returns {HTMLElement}
 */
export function pinScreen(code, why) {
  const trouble = make("p", { className: "missing", role: "alert", hidden: true });
  const pin = make("input", { id: "pin", name: "pin", type: "password", required: true, ...PIN });
  const form = make("form", {
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      try {
        await api.enter(code, pin.value);
        location.reload();
      } catch (error) {
        trouble.textContent = error instanceof Error ? error.message : String(error);
        trouble.hidden = false;
        pin.select();
      }
    },
  }, make("label", { htmlFor: "pin" }, "PIN"), pin, make("button", { className: "main" }, "Enter"));
  return make("div", { className: "start" },
    section("private", `Room ${code}`, make("p", {}, `${why[0].toUpperCase()}${why.slice(1)}.`), form, trouble));
}
