// How others come in: a picture for their cameras, the room's code, its address.
import * as api from "./api.js";
import { make, section } from "./element.js";
import { say } from "./language.js";

/** @param {string} code @returns {HTMLElement} */
export function invitePart(code) {
  const link = make("a", { className: "url", href: location.pathname }, location.host + location.pathname);
  const copy = make("button", { type: "button", className: "small", hidden: !navigator.clipboard }, say("copy"));
  copy.onclick = async () => {
    await navigator.clipboard.writeText(link.href);
    copy.textContent = say("copied");
  };
  api.roomUrl(code).then((url) => {
    link.href = url;
    link.textContent = url.replace(/^https?:\/\//, "");
  });
  return section("invite", say("invite"),
    make("img", { className: "qr", src: api.qrCode(code), alt: say("qr"), width: 264, height: 264 }),
    make("div", { className: "how" },
      make("p", {}, say("invite_scan")),
      make("p", { className: "code", role: "img", "aria-label": say("code_spoken", { code: [...code].join(" ") }) }, code),
      make("p", { className: "address" }, link, " ", copy)));
}
