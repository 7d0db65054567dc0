// This device: what it is doing, with progress, and what its address asks of it.
import { fill, make, section } from "./element.js";
import { layersPart } from "./layers.js";
import { duration, engineName, size, speed } from "./words.js";
/** @import { Notice, Options, Part, RoomState } from "../types.js" */

/**
 * @param {Options} options
 * @param {() => void} measureLayers
 * @returns {Part & {hear(notice: Notice): void, say(message: string): void}}
 */
export function ownPart(options, measureLayers) {
  const layers = layersPart(measureLayers);
  layers.element.hidden = true;
  const doing = make("p", { className: "doing" }, "Loading the program …");
  const progress = make("progress", { hidden: true, max: 1, "aria-label": "weights fetched" });
  const facts = make("p", { className: "quiet" });
  const limits = [
    options.role === "watch" && "watches only",
    options.pace && `computes at most ${options.pace} GMAC/s`,
    options.bandwidth && `sends and receives at most ${options.bandwidth} Mbit/s`,
    options.relay && "connects through the server only",
    options.engine && `computes with ${options.engine} where the browser can`,
    options.threads && `computes with at most ${options.threads} ${options.threads === 1 ? "thread" : "threads"}`,
  ].filter(Boolean).join(", ");
  const element = section("own", "This device",
    make("p", {}, make("strong", {}, options.name)),
    doing, progress, facts, limits && make("p", { className: "quiet" }, `As its address asks: ${limits}.`),
    layers.element);

  const say = (/** @type {string} */ message) => {
    doing.textContent = message;
    progress.hidden = true;
  };
  /** @type {Record<string, string>} */
  const words = { measuring: "Measuring how fast this device computes …", working: "Ready.", loading: "Fetching weights …" };
  return {
    element,
    say,
    hear(notice) {
      switch (notice.type) {
        case "joined":
          say("In the room.");
          break;
        case "work":
          say(words[notice.doing]);
          if (notice.total > 0) {
            doing.textContent = `Fetching weights: ${size(notice.done)} of ${size(notice.total)}`;
            progress.hidden = false;
            progress.value = notice.done / notice.total;
          }
          break;
        case "layers":
          layers.show(notice.layers);
          break;
        case "lost":
          say(`The connection to the server is lost; trying again in ${duration(notice.retry)}.`);
          break;
        case "refused":
          say(notice.message);
          break;
        default:
      }
    },
    show(/** @type {RoomState} */ state, me) {
      const mine = state.devices.find((device) => device.id === me);
      if (mine === undefined) return;
      layers.element.hidden = mine.state !== "computing";
      fill(facts, [
        mine.engine && mine.role !== "watch" ? engineName(mine.engine) : null,
        mine.capacity ? speed(mine.capacity) : null,
        `${mine.tiles} ${mine.tiles === 1 ? "tile" : "tiles"} computed`,
        `${duration(mine.busy)} of computing`,
      ].filter(Boolean).join(" · "));
    },
  };
}
