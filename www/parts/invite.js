// How others come in: the room's code, its address, and a picture of that for a phone's camera.
import * as api from "./api.js";
import { make, section } from "./element.js";
import { invitation } from "./keys.js";

/** @param {string} code @returns {HTMLElement} */
export function invitePart(code) {
  const link = make("a", { className: "url", href: location.pathname }, location.host + location.pathname);
  const copy = make("button", { type: "button", hidden: !navigator.clipboard }, "Copy");
  copy.onclick = async () => {
    await navigator.clipboard.writeText(link.href);
    copy.textContent = "Copied";
  };
  api.roomUrl(code).then((url) => {
    link.href = url + invitation(code);
    link.textContent = url.replace(/^http:\/\//, "");
  });
  const picture = make("img", { className: "qr", alt: "QR code of the room's address", width: 132, height: 132 });
  api.qrCode(code).then((address) => {
    picture.src = address;
  });
  return section("invite", "Room", picture,
    make("p", { className: "code", "aria-label": `Room code ${[...code].join(" ")}` }, code),
    make("p", {}, "Open on a phone or laptop in this network:"),
    make("p", {}, link, " ", copy));
}
