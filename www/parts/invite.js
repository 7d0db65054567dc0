// How others come in: a picture for their cameras, the room's code, its address.
import * as api from "./api.js";
import { make, section } from "./element.js";
import { invitation } from "./keys.js";
import { say } from "./language.js";
import { isWarnedOf } from "./warning.js";

/** @param {string} code @returns {HTMLElement} */
export function invitePart(code) {
  const link = make("a", { className: "url" });
  const warning = make("p", { className: "quiet" }, say("invite_warning"));
  // With what lets into a private room: who is invited may invite.
  const lead = (/** @type {string} */ url) => {
    link.href = url + invitation(code);
    warning.hidden = !isWarnedOf(url);
    link.textContent = link.href.replace(/^https?:\/\//, "");
  };
  lead(location.origin + location.pathname);
  const copy = make("button", { type: "button", className: "small", hidden: !navigator.clipboard }, say("copy"));
  copy.onclick = async () => {
    await navigator.clipboard.writeText(link.href);
    copy.textContent = say("copied");
  };
  api.roomUrl(code).then(lead);
  const picture = make("img", { className: "qr", alt: say("qr"), width: 264, height: 264 });
  api.qrCode(code).then((address) => {
    picture.src = address;
  });
  return section("invite", say("invite"), picture,
    make("div", { className: "how" },
      make("p", {}, say("invite_scan")),
      make("p", { className: "code", role: "img", "aria-label": say("code_spoken", { code: [...code].join(" ") }) }, code),
      make("p", { className: "address" }, link, " ", copy), warning));
}
