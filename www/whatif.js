// The simulator's worker: a room in virtual time, whose clock goes on while the page looks, and whose
// state the page hears as it would a real room's.
/** @import { Asked, Told } from "./types.js" */
import init, { WhatIf } from "/pkg/whatif/convoy_whatif.js";

/** Milliseconds between two states. */
const LOOK = 500;

/** @type {WhatIf | undefined} */
let room;
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

/** @param {Asked} asked */
function hear(asked) {
  switch (asked.type) {
    case "room": {
      const next = new WhatIf(asked.manifest, JSON.stringify(asked.wishes));
      room?.free();
      room = next;
      now = 0;
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
