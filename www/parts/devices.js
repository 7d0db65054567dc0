// The devices of the room, a card each: name, kind, what it does, speed, links.
import { fill, keep, make, section, write } from "./element.js";
import { flag, tint } from "./flags.js";
import { shareNow, traffic } from "./history.js";
import { has, say } from "./language.js";
import { count, duration, engineName, number, percent, size, speed } from "./words.js";
/** @import { Device, Link, Part } from "../types.js" */
/** @import { History } from "./history.js" */

/** What a card needs. @typedef {{device: Device, own: boolean, fastest: number, names: Map<number, string>, history: History}} Item */

/** @returns {Part} */
export function devicesPart() {
  const cards = make("ul", { className: "cards" });
  const none = make("p", { className: "quiet" }, say("devices_none"));
  const shared = make("p", { className: "quiet" });
  return {
    element: section("devices", say("devices"), none, shared, cards),
    show({ devices, medium }, me, history) {
      const mbit = medium?.mbit ?? null;
      shared.hidden = mbit === null;
      write(shared, mbit === null ? "" : say("devices_medium", { mbit: number(mbit) }));
      none.hidden = devices.length > 0;
      const names = new Map(devices.map(({ id, name }) => [id, name]));
      const fastest = Math.max(...devices.map(({ capacity }) => capacity ?? 0), 1);
      const items = devices.map((device) => ({ device, own: device.id === me, fastest, names, history }));
      keep(cards, items, ({ device }) => String(device.id), card);
    },
  };
}

/** @param {Item} first */
function card(first) {
  const name = make("h3");
  const kind = make("span", { className: "quiet" });
  const state = make("span", { className: "state" });
  const slow = make("span", { className: "state", "data-state": "unable" }, say("device_line_slow"));
  const problem = make("p", { className: "missing" });
  const facts = make("dl", { className: "facts" });
  const links = make("ul", { className: "links" });
  const element = make("li", { className: "card" }, make("div", { className: "top" }, flag(first.device.id), name), make("p", { className: "row" }, state, slow, kind), problem, facts, links);
  tint(element, first.device.id);
  return Object.assign(element, {
    /** @param {Item} item */
    show({ device, own, fastest, names, history }) {
      write(name, device.name);
      element.classList.toggle("own", own);
      write(state, stateWords(device));
      state.dataset.state = device.state;
      write(kind, [own ? say("device_this") : "", say(kindOf(device.browser ?? "")), device.role !== "watch" && device.engine ? engineName(device.engine) : "",
        device.hidden ? say("device_hidden") : ""].filter(Boolean).join(" · "));
      slow.hidden = !device.line?.slow;
      problem.hidden = !device.problem;
      write(problem, device.problem ?? "");
      facts.hidden = device.role === "watch";
      const share = shareNow(history, device.id);
      fill(facts,
        fact(say("device_speed"), speed(device.capacity), (device.capacity ?? 0) / fastest),
        fact(say("device_busy"), share === null ? "–" : percent(share), share ?? 0),
        fact(say("device_tiles"), count(device.tiles)),
        device.line && (device.line.up_mbit ?? device.line.down_mbit) !== null && fact(say("device_line"), lineWords(device.line)));
      showLinks(links, device, names, history);
    },
  });
}

/** @param {string} title @param {string} value @param {number} [part] */
function fact(title, value, part) {
  const bar = part === undefined ? null : make("span", { className: "meter", "aria-hidden": "true" });
  bar?.style.setProperty("--part", String(part));
  return make("div", {}, make("dt", {}, title), make("dd", { className: "number" }, value, bar));
}

/** What a line carries, up and down. @param {NonNullable<Device["line"]>} line */
const lineWords = ({ up_mbit: up, down_mbit: down }) => `↑ ${number(up)} ↓ ${number(down)} Mbit/s`;

/** @param {Device} device */
export function stateWords({ role, state, progress }) {
  if (role === "watch") return say("state_watching");
  const key = `state_${state}`;
  const words = has(key) ? say(key) : state;
  return typeof progress === "number" ? `${words} ${percent(progress)}` : words;
}

/** @param {string} agent */
export function kindOf(agent) {
  if (/iPad|Tablet|Android(?!.*Mobile)/.test(agent)) return "kind_tablet";
  if (/iPhone|Mobile/.test(agent)) return "kind_phone";
  return "kind_laptop";
}

/**
 * Shows a device's links in a list, each to whom and how fast.
 * @param {HTMLElement} list
 * @param {Pick<Device, "id" | "links">} device
 * @param {Map<number, string>} names
 * @param {History} history
 */
export function showLinks(list, { id, links }, names, history) {
  const items = links.map((link) => ({ link, name: names.get(link.peer) ?? say("device_gone"), rate: traffic(history, id, link.peer) }));
  keep(list, items, ({ link }) => String(link.peer), ({ link }) => one(link.peer));
}

/** @param {number} peer */
function one(peer) {
  const name = document.createTextNode("");
  const facts = make("small");
  const element = make("li", {}, flag(peer), " ", make("span", {}, name, facts));
  return Object.assign(element, {
    /** @param {{link: Link, name: string, rate: number}} item */
    show({ link: { via, round_trip_ms: trip, mbit, sent, received }, name: who, rate }) {
      if (element.className !== via) element.className = via;
      if (name.data !== who) name.data = who;
      write(facts, [
        say(via === "direct" ? "link_direct" : "link_relayed"),
        trip && duration(trip / 1000),
        mbit && `${size(mbit * 125_000)}/s`,
        rate > 0 && say("flow_now", { rate: size(rate) }),
      ].filter(Boolean).join(", "));
      element.title = say("link_total", { sent: size(sent), received: size(received) });
    },
  });
}
