// Changing the running plan by hand: what would come of it, asked of the planner in a worker, which is loaded
// for that; and having the room run it.
import * as api from "./api.js";
import { say } from "./language.js";
/** @import { Asked, Drawn, Foreseen, Hand, Told } from "../types.js" */

/** How often it is tried again where the plan is only just being taken over, and milliseconds in between. */
const [TRIES, WAIT] = [6, 500];

/**
 * Asks a worker what would come of what was drawn.
 * @param {(asked: Asked) => void} ask
 * @returns {{ask(drawn: Drawn): Promise<Foreseen>, hear(told: Told): void}} `hear` gets what the worker tells
 */
export function foreseeing(ask) {
  /** @type {Map<number, (told: Extract<Told, {type: "foreseen"}>) => void>} */
  const waiting = new Map();
  let turn = 0;
  return {
    ask(drawn) {
      turn += 1;
      const mine = turn;
      ask({ type: "foresee", turn: mine, drawn });
      return new Promise((done, fail) => waiting.set(mine, ({ foreseen, message }) => foreseen ? done(foreseen) : fail(new Error(message ?? say("error_plan_changed")))));
    },
    hear(told) {
      if (told.type !== "foreseen") return;
      waiting.get(told.turn)?.(told);
      waiting.delete(told.turn);
    },
  };
}

/**
 * The hand of whoever started a room.
 * @param {string} code
 * @returns {Hand}
 */
export function roomHand(code) {
  /** @type {Worker | undefined} */
  let worker;
  /** The plan that the worker holds. */
  let held = -1;
  const ask = (/** @type {Asked} */ asked) => worker?.postMessage(asked);
  const foreseen = foreseeing(ask);
  return {
    async foresee(drawn) {
      if (worker === undefined) {
        worker = new Worker("/whatif.js", { type: "module" });
        worker.onmessage = (/** @type {MessageEvent<Told>} */ { data }) => foreseen.hear(data);
      }
      if (held !== drawn.epoch) {
        const drawing = await api.drawing(code);
        // Another plan runs by now; it is shown in a moment.
        if (drawing.epoch !== drawn.epoch) throw new Error(say("error_plan_changed"));
        ask({ type: "hold", manifest: await api.manifest(drawing.plan.model), drawing: JSON.stringify(drawing) });
        held = drawn.epoch;
      }
      return foreseen.ask(drawn);
    },
    async run(drawn) {
      for (let left = TRIES; ; left -= 1) {
        try {
          return await api.draw(code, drawn);
        } catch (error) {
          // While the last pictures of the plan before it are answered, nothing else can take over.
          if (left === 0 || !(error instanceof api.ApiError) || error.code !== "plan_changed") throw error;
          await new Promise((done) => setTimeout(done, WAIT));
        }
      }
    },
    back: ({ scheme, latency_limit: limit }) => api.changeScheme(code, scheme, limit ?? null),
  };
}
