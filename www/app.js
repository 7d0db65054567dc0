// The page: starts or joins a room at `/`, is in a room at `/r/CODE`.
import { fill } from "./parts/element.js";
import { keepInvitation } from "./parts/keys.js";
import { options, roomCode } from "./parts/options.js";
import { enterRoom } from "./parts/room.js";
import { startScreen } from "./parts/start.js";

const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const code = roomCode();
if (code === undefined) {
  fill(page, startScreen());
} else {
  keepInvitation(code);
  enterRoom(page, code, options());
}
