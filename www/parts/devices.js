// The devices of the room: name, state, speed, links.
import { fill, make, section, tint } from "./element.js";
import { duration, size, speed } from "./words.js";
/** @import { Device, Link, Part } from "../types.js" */

/** @returns {Part} */
export function devicesPart() {
  const heads = ["Device", "State", "Speed", "Tiles", "Links"].map((name) => make("th", { scope: "col" }, name));
  const body = make("tbody");
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
  const element = section("devices", "Devices", make("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": "Devices" }, table));
  return {
    element,
    show({ devices }, me) {
      const names = new Map(devices.map(({ id, name }) => [id, name]));
      fill(body, ...devices.map((device) => row(device, device.id === me, names)));
    },
  };
}

/**
 * @param {Device} device
 * @param {boolean} own whether it is this page
 * @param {Map<number, string>} names
 */
function row(device, own, names) {
  const badge = make("span", { className: "badge", "aria-hidden": "true" }, String(device.id));
  const name = make("th", { scope: "row" }, badge, " ", device.name, own && make("em", {}, " (this page)"));
  const state = make("td", {}, device.role === "watch" ? "watching" : device.state);
  if (device.problem) state.append(make("p", { className: "quiet" }, device.problem));
  const made = make("tr", {}, name, state,
    make("td", { className: "number" }, speed(device.capacity)),
    make("td", { className: "number" }, String(device.tiles)),
    make("td", {}, make("ul", { className: "links" }, ...device.links.map((link) => one(link, names)))));
  tint(made, device.id);
  return made;
}

/** @param {Link} link @param {Map<number, string>} names */
function one({ peer, via, round_trip_ms: trip, mbit, sent, received }, names) {
  const facts = [
    via,
    trip && duration(trip / 1000),
    mbit && `${mbit.toFixed(0)} Mbit/s`,
    sent + received > 0 && `${size(sent)} out, ${size(received)} in`,
  ].filter(Boolean).join(", ");
  return make("li", { className: via }, `${names.get(peer) ?? `device ${peer}`}: ${facts}`);
}
