// This device: its name, what it is doing, how fast.
import { errorWords } from "./api.js";
import { keepAwake } from "./awake.js";
import { fill, make, more, section, write } from "./element.js";
import { flag, tint } from "./flags.js";
import { say } from "./language.js";
import { layersPart } from "./layers.js";
import { limitsPart } from "./limits.js";
import { rename } from "./names.js";
import { askFor } from "./options.js";
import { showLinks } from "./devices.js";
import { connection, standing } from "./standing.js";
import { supportPart } from "./support.js";
import { count, duration, engineName, size, speed } from "./words.js";
/** @import { Device, Joined, Notice, Options, Part, Plan, RoomState } from "../types.js" */

/**
 * @param {Options} options
 * @param {Joined} peer what the buttons ask of it
 * @returns {Part & {hear(notice: Notice): void, say(message: string): void, element: HTMLElement}}
 */
export function ownPart(options, peer) {
  const layers = layersPart(() => peer.measureLayers());
  layers.element.hidden = true;
  const doing = make("p", { className: "doing", role: "status" }, say("own_loading"));
  const progress = make("progress", { max: 1, value: 0, "aria-label": say("own_progress") });
  const bar = make("div", { className: "progress-place" }, progress);
  progress.hidden = true;
  // Their place is kept until they are known.
  const facts = make("dl", { className: "facts" }, ...factsOf({ role: options.role }));
  const part = make("p", { className: "quiet" });
  const awake = make("p", { className: "quiet awake" });
  const links = make("ul", { className: "links" });
  const sign = make("span", { className: "sign" });
  const name = make("input", { id: "own-name", maxLength: 40, value: options.name, autocomplete: "off", spellcheck: false });
  const keeping = keepAwake((state) => write(awake, say(`awake_${state}`)));
  const leave = make("button", { type: "button", id: "leave" }, say("leave"));
  leave.onclick = () => {
    keeping.works(false);
    peer.leave();
    location.assign("/");
  };
  const change = make("form", { className: "rename" }, make("label", { htmlFor: name.id, className: "out-of-sight" }, say("own_name")), name);
  const save = make("button", { className: "small", hidden: true }, say("own_rename"));
  change.append(save);
  name.oninput = () => {
    save.hidden = name.value.trim() === "" || name.value.trim() === options.name;
  };
  change.onsubmit = (event) => {
    event.preventDefault();
    if (save.hidden) return;
    keeping.works(false);
    rename(name.value.trim());
    askFor({ name: name.value.trim() });
  };
  const element = section("own", say("own"),
    make("div", { className: "top" }, sign, change), doing, bar, part, facts, links, awake,
    limitsPart(options, (pace, bandwidth) => peer.limit(pace, bandwidth), () => keeping.works(false)),
    more(say("own_more"), supportPart(), layers.element), make("p", { className: "last" }, leave));

  const tell = (/** @type {string} */ message) => {
    write(doing, message);
    progress.hidden = true;
  };
  const advance = (/** @type {string} */ message, /** @type {number} */ part) => {
    write(doing, message);
    progress.hidden = false;
    progress.value = part;
  };
  return {
    element,
    say: tell,
    hear(notice) {
      switch (notice.type) {
        case "joined":
          tell(say("own_joined"));
          break;
        case "work":
          tell(say(notice.doing === "measuring" ? "own_measuring" : notice.doing === "loading" ? "own_fetching" : "own_ready"));
          if (notice.total > 0) advance(...worked(notice));
          break;
        case "layers":
          layers.show(notice.layers);
          break;
        case "lost":
          tell(say("own_lost", { time: duration(notice.retry) }));
          break;
        case "refused":
          keeping.works(false);
          tell(errorWords(notice.code, notice.message));
          break;
        default:
      }
    },
    show(/** @type {RoomState} */ state, me, history) {
      const mine = state.devices.find((device) => device.id === me);
      if (mine === undefined || me === undefined) return;
      if (sign.firstChild === null) {
        fill(sign, flag(me));
        tint(element, me);
      }
      const computes = mine.state === "computing";
      keeping.works(computes);
      layers.element.hidden = !computes;
      const stands = standing(mine);
      const connected = connection(state.devices, mine);
      if (connected) advance(say("own_connected", { done: count(connected.done), total: count(connected.total) }), connected.done / connected.total);
      else if (stands) tell(say(stands.key, stands.values));
      else if (doing.classList.contains("missing")) tell(say("own_joined"));
      doing.classList.toggle("missing", stands?.bad === true);
      write(part, partWords(state.plan, me));
      fill(facts, ...factsOf(mine));
      const names = new Map(state.devices.map((device) => [device.id, device.name]));
      showLinks(links, mine, names, history);
    },
  };
}

/**
 * How far work is of which there is a measure: in words, and as a part of 1.
 * @param {{doing: string, done: number, total: number}} work
 * @returns {[string, number]}
 */
function worked({ doing, done, total }) {
  const [key, counted] = doing === "measuring" ? /** @type {const} */ (["own_measured", count]) : /** @type {const} */ (["own_fetched", size]);
  return [say(key, { done: counted(done), total: counted(total) }), done / total];
}

/** @param {Pick<Device, "role"> & Partial<Pick<Device, "capacity" | "engine" | "tiles" | "busy">>} device */
function factsOf({ role, capacity, engine, tiles, busy }) {
  return [
    role === "watch" ? null : fact(say("device_speed"), speed(capacity)),
    fact(say("own_engine"), engine ? engineName(engine) : "–"),
    fact(say("device_tiles"), tiles === undefined ? "–" : count(tiles)),
    fact(say("own_busy"), duration(busy)),
  ];
}

/** @param {string} title @param {string} value */
function fact(title, value) {
  return make("div", {}, make("dt", {}, title), make("dd", { className: "number" }, value));
}

/** What the plan gives a device to do. @param {Plan | null} plan @param {number} me */
function partWords(plan, me) {
  const own = plan?.stages.flatMap(({ tiles, pieces }, stage) =>
    pieces[0] === pieces[1] ? [] : tiles.filter(({ device }) => device === me).map((tile) => ({ ...tile, stage: stage + 1 }))) ?? [];
  if (!plan || own.length === 0) return "";
  const macs = own.reduce((sum, tile) => sum + tile.macs, 0);
  const all = plan.stages.flatMap(({ tiles }) => tiles).reduce((sum, tile) => sum + tile.macs, 0);
  return say("own_part", { stages: own.map(({ stage }) => stage).join(", "), part: `${Math.round(macs / Math.max(1, all) * 100)} %` });
}
