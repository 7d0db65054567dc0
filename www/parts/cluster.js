// The devices of a room that is only played, to be changed: a row each, and the network between them.
import { field, fill, make } from "./element.js";
import { say } from "./language.js";
/** @import { Wish, Wishes } from "../types.js" */

/** As many as a room holds. */
const MOST = 32;

/**
 * What the rows tell: a device came or went while all else stayed, or all is another room.
 * @typedef {{came(device: Wish): void, went(index: number): void, changed(): void}} Heard
 */

/**
 * @param {Heard} heard
 * @returns {{rows: HTMLElement, network: HTMLElement, set(wishes: Pick<Wishes, "devices" | "network">): void, wishes(): Pick<Wishes, "devices" | "network">}}
 */
export function clusterPart({ came, went, changed }) {
  const rows = make("ul", { className: "rows" });
  /** @type {Wish[]} */
  let devices = [];
  const number = (/** @type {string} */ id, /** @type {Record<string, any>} */ more) =>
    make("input", { id, type: "number", min: "0.1", step: "any", inputMode: "decimal", required: true, ...more, onchange: changed });
  const mbit = number("whatif-mbit", { max: 100_000 });
  const latency = number("whatif-latency", { min: "0", max: 10_000 });
  const shared = make("input", { id: "whatif-shared", type: "checkbox", onchange: changed });
  const add = make("button", { type: "button", className: "small" }, say("whatif_add"));

  const redraw = () => {
    fill(rows, ...devices.map(row));
    add.disabled = devices.length >= MOST;
  };
  const row = (/** @type {Wish} */ device, /** @type {number} */ index) => {
    const of = (/** @type {string} */ what) => `${device.name}: ${what}`;
    const name = make("input", { value: device.name, maxLength: 40, "aria-label": say("whatif_name") });
    name.onchange = () => {
      device.name = name.value.trim() || device.name;
      changed();
    };
    const gmacs = make("input", { type: "number", min: "0.01", step: "any", value: device.gmacs, inputMode: "decimal", "aria-label": of(say("whatif_gmacs")) });
    gmacs.onchange = () => {
      if (!(Number(gmacs.value) > 0)) return;
      device.gmacs = Number(gmacs.value);
      changed();
    };
    const line = make("input", { type: "number", min: "0.01", step: "any", value: device.mbit ?? "", inputMode: "decimal", placeholder: "=", "aria-label": of(say("whatif_line")) });
    line.onchange = () => {
      device.mbit = Number(line.value) > 0 ? Number(line.value) : null;
      changed();
    };
    const remove = make("button", { type: "button", className: "small", disabled: devices.length === 1, "aria-label": say("whatif_remove", { name: device.name }) }, "×");
    remove.onclick = () => {
      devices.splice(index, 1);
      redraw();
      // What had the focus is gone: the next row's button takes it.
      const next = /** @type {HTMLElement | undefined} */ (rows.children[Math.min(index, devices.length - 1)]?.lastElementChild);
      next?.focus();
      went(index);
    };
    return make("li", {}, name, gmacs, line, remove);
  };
  add.onclick = () => {
    const last = devices[devices.length - 1];
    const device = { ...last, name: fresh(last.name, devices) };
    devices.push(device);
    redraw();
    came(device);
  };
  const heads = make("div", { className: "heads quiet", "aria-hidden": "true" }, make("span", {}, say("whatif_name")), make("span", {}, say("whatif_gmacs")), make("span", {}, say("whatif_line")));
  return {
    rows: make("div", { className: "cluster" },
      make("div", { className: "scroll", tabIndex: 0, role: "group", "aria-label": say("devices") }, heads, rows), make("p", {}, add)),
    network: make("div", { className: "fields" }, field(mbit, say("whatif_mbit")), field(latency, say("whatif_latency")), field(shared, say("whatif_shared"))),
    set(wishes) {
      devices = wishes.devices.map((device) => ({ ...device }));
      mbit.value = String(wishes.network.mbit);
      latency.value = String(wishes.network.latency_ms);
      shared.checked = wishes.network.shared;
      redraw();
    },
    wishes: () => ({ devices, network: { mbit: Number(mbit.value), shared: shared.checked, latency_ms: Number(latency.value) } }),
  };
}

/** A name like `name` that nobody has. @param {string} name @param {Wish[]} devices */
function fresh(name, devices) {
  const stem = name.replace(/ \d+$/, "");
  let count = devices.length;
  do count += 1; while (devices.some((device) => device.name === `${stem} ${count}`));
  return `${stem} ${count}`;
}
