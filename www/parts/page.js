// The page: starts or joins a room at `/`, is in a room at `/r/CODE`.
import { fill, make } from "./element.js";
import { keepInvitation } from "./keys.js";
import { LANGUAGES, language, say, speak } from "./language.js";
import { options, roomCode } from "./options.js";
import { replayAddress } from "./replay.js";
import { enterRoom } from "./room.js";
import { startScreen } from "./start.js";

document.documentElement.lang = language;
for (const [id, words] of /** @type {const} */ ([["tagline", say("tagline")], ["footer", say("footer")]])) {
  const place = document.getElementById(id);
  if (place && place.textContent !== words) place.textContent = words;
}

const choice = make("select", { id: "language", "aria-label": say("language") },
  ...LANGUAGES.map(([id, name]) => make("option", { value: id, lang: id, selected: id === language }, name)));
choice.onchange = () => speak(choice.value);
fill(/** @type {HTMLElement} */ (document.getElementById("languages")), choice);

const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const code = roomCode();
if (code === undefined) {
  const query = new URLSearchParams(location.search);
  const [run, room] = [query.get("run"), query.get("whatif")];
  if (room !== null) {
    const { whatIf } = await import("./whatif.js");
    await whatIf(page, room.toUpperCase());
  } else if (run === null) {
    fill(page, startScreen(page));
  } else {
    await replayAddress(page, run);
  }
} else {
  keepInvitation(code);
  await enterRoom(page, code, options());
}
page.removeAttribute("aria-busy");
// Only where the page is in a secure context; without it all works but opening offline.
navigator.serviceWorker?.register("/sw.js").catch(() => {});
