// This device: what it is doing, with progress, and what its address asks of it.
import { fill, make, section } from "./element.js";
import { duration, size, speed } from "./words.js";
/** @import { Notice, Options, Part, RoomState } from "../types.js" */

/**
 * @param {Options} options
 * @returns {Part & {hear(notice: Notice): void, say(message: string): void}}
 */
export function ownPart(options) {
  const doing = make("p", { className: "doing" }, "Loading the program …");
  const progress = make("progress", { hidden: true, max: 1, "aria-label": "weights fetched" });
  const facts = make("p", { className: "quiet" });
  const limits = [
    options.role === "watch" && "watches only",
    options.pace && `computes at most ${options.pace} GMAC/s`,
    options.bandwidth && `sends and receives at most ${options.bandwidth} Mbit/s`,
    options.relay && "connects through the server only",
  ].filter(Boolean).join(", ");
  const element = section("own", "This device",
    make("p", {}, make("strong", {}, options.name)),
    doing, progress, facts, limits && make("p", { className: "quiet" }, `As its address asks: ${limits}.`));

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
      fill(facts, [
        mine.capacity ? speed(mine.capacity) : null,
        `${mine.tiles} ${mine.tiles === 1 ? "tile" : "tiles"} computed`,
        `${duration(mine.busy)} of computing`,
      ].filter(Boolean).join(" · "));
    },
  };
}
