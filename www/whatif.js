// The simulator's worker: a room in virtual time, whose clock goes on while the page looks, and whose
// state the page hears as it would a real room's. And what would come of a plan that is changed by hand, here
// or in a real room.
/** @import { Asked, Drawn, Foreseen, Told } from "./types.js" */
import init, { Draft, WhatIf } from "/pkg/whatif/convoy_whatif.js";

/** Milliseconds between two states. */
const LOOK = 500;

/** @type {WhatIf | undefined} */
let room;
/** The simulated network's description. */
let manifest = "";
/** A plan that is drawn on, and its number; of a real room one is given, and has none here. @type {{draft: Draft, epoch?: number} | undefined} */
let held;
/** The room's own seconds. */
let now = 0;
/** How fast they go, 0 for not at all, and how many pictures come in each; as many as are answered without. */
let [speed, rate] = [1, /** @type {number | undefined} */ (undefined)];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const ready = init({ module_or_path: "/pkg/whatif/convoy_whatif_bg.wasm" });

/** @param {Told} told */
const tell = (told) => postMessage(told);

function show() {
  if (room) tell({ type: "state", now, state: JSON.parse(room.state()) });
}

function pass() {
  const began = performance.now();
  if (room && speed > 0) {
    const seconds = speed * LOOK / 1000;
    room.pass(seconds, rate);
    now += seconds;
    show();
  }
  timer = setTimeout(pass, Math.max(0, LOOK - (performance.now() - began)));
}

/** @param {string} description @param {string} drawing @param {number} [epoch] */
function hold(description, drawing, epoch) {
  const draft = new Draft(description, drawing);
  held?.draft.free();
  held = { draft, epoch };
}

/** @param {Drawn} drawn @returns {Foreseen} */
function foresee(drawn) {
  if (room && held?.epoch !== drawn.epoch) {
    const drawing = room.drawing();
    if (drawing !== undefined) hold(manifest, drawing, JSON.parse(drawing).epoch);
  }
  return JSON.parse(held?.draft.foresee(JSON.stringify(drawn)) ?? "null");
}

/** @param {Asked} asked */
function hear(asked) {
  switch (asked.type) {
    case "room": {
      const next = new WhatIf(asked.manifest, JSON.stringify(asked.wishes));
      room?.free();
      room = next;
      [now, manifest, held] = [0, asked.manifest, undefined];
      tell({ type: "begun" });
      break;
    }
    case "pace":
      ({ speed, rate } = asked);
      break;
    case "join":
      room?.join(JSON.stringify(asked.device));
      break;
    case "leave":
      room?.leave(asked.id);
      break;
    case "slow":
      room?.slow_down(asked.id, asked.times);
      break;
    case "scheme":
      room?.set_scheme(asked.scheme, asked.limit ?? undefined);
      break;
    case "draw":
      room?.draw(JSON.stringify(asked.drawn));
      break;
    case "hold":
      return hold(asked.manifest, asked.drawing);
    case "foresee":
      try {
        return tell({ type: "foreseen", turn: asked.turn, foreseen: foresee(asked.drawn) });
      } catch (error) {
        return tell({ type: "foreseen", turn: asked.turn, message: error instanceof Error ? error.message : String(error) });
      }
    default:
  }
  show();
}

onmessage = async ({ data }) => {
  try {
    await ready;
    hear(data);
    timer ??= setTimeout(pass, LOOK);
  } catch (error) {
    tell({ type: "trouble", message: error instanceof Error ? error.message : String(error) });
  }
};
