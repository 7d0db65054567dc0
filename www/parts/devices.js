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
  return {
    element: section("devices", say("devices"), none, cards),
    show({ devices }, me, history) {
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
      fill(links, ...device.links.map((link) => one(link, names, traffic(history, device.id, link.peer))));
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

/** @param {Link} link @param {Map<number, string>} names @param {number} rate bytes a second */
export function one({ peer, via, round_trip_ms: trip, mbit, sent, received }, names, rate) {
  const facts = [
    say(via === "direct" ? "link_direct" : "link_relayed"),
    trip && duration(trip / 1000),
    mbit && `${size(mbit * 125_000)}/s`,
    rate > 0 && say("flow_now", { rate: size(rate) }),
  ].filter(Boolean).join(", ");
  const made = make("li", { className: via }, flag(peer), " ", make("span", {}, names.get(peer) ?? say("device_gone"), make("small", {}, facts)));
  made.title = say("link_total", { sent: size(sent), received: size(received) });
  return made;
}
