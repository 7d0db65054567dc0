// What only who started the room may do: lock it, send a device away, let a quarantined one take part again.
import * as api from "./api.js";
import { fill, keep, make, write } from "./element.js";
import { flag } from "./flags.js";
import { say } from "./language.js";
/** @import { Device, RoomState } from "../types.js" */

/**
 * @param {string} code
 * @param {(message: string) => void} tell
 */
export function hostPart(code, tell) {
  const fail = (/** @type {Error} */ error) => tell(error.message);
  const locked = make("input", { type: "checkbox", id: "locked" });
  locked.onchange = () => api.lock(code, locked.checked).catch((error) => {
    locked.checked = !locked.checked;
    fail(error);
  });
  const list = make("ul", { id: "host-devices" });
  const card = (/** @type {Device} */ first) => {
    const name = make("span", { className: "name" });
    const buttons = make("span", { className: "row" });
    let quarantined = /** @type {boolean | undefined} */ (undefined);
    return Object.assign(make("li", {}, flag(first.id), name, buttons), {
      /** @param {Device} device */
      show(device) {
        write(name, device.name);
        if (quarantined === (quarantined = device.state === "quarantined")) return;
        const act = (/** @type {string} */ words, /** @type {() => Promise<unknown>} */ does) =>
          make("button", { type: "button", onclick: () => does().catch(fail), "aria-label": `${words}: ${device.name}` }, words);
        fill(buttons, quarantined ? act(say("host_pardon"), () => api.pardon(code, device.id)) : null,
          act(say("host_remove"), () => api.sendAway(code, device.id)));
      },
    });
  };
  return {
    element: make("div", { id: "host" }, make("h3", {}, say("host")),
      make("p", { className: "row" }, locked, make("label", { htmlFor: locked.id }, say("host_locked"))), list),
    /** @param {RoomState} state @param {number | undefined} me */
    show(state, me) {
      if (document.activeElement !== locked) locked.checked = state.locked ?? false;
      keep(list, state.devices.filter(({ id }) => id !== me), ({ id }) => String(id), card);
    },
  };
}
