// Saving a run as JSON or CSV, and any of the page's drawings as a picture.
import { leaveRun } from "./api.js";
import { fill, make } from "./element.js";
import { controlsRoom } from "./keys.js";
import { say } from "./language.js";
import { table } from "./record.js";
import { rest } from "./turns.js";

/** @param {string} name @param {Blob} blob */
function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * @param {string} code of the room
 * @param {ReturnType<import("./record.js").recorder>} record
 * @returns {HTMLElement}
 */
export function savingPart(code, record) {
  const button = (/** @type {string} */ title, /** @type {() => void} */ onclick) => make("button", { type: "button", className: "small", onclick }, title);
  const drawing = make("select", { id: "drawing" }, ...[
    ["#timeline .gantt", say("timeline")], ["#front .plot", say("front")], ["#plan .flow", say("plan")], ["#measures .plot:not(.key)", say("measures")],
  ].map(([value, title]) => make("option", { value }, title)));
  const draw = async (/** @type {boolean} */ pixels) => {
    const found = [...document.querySelectorAll(drawing.value)].filter((one) => one.getBoundingClientRect().width > 0);
    if (found.length === 0) return;
    // Few ever want it.
    const { standalone } = await import("./drawing.js");
    const { text, ...extent } = standalone(found);
    const name = `convoy-${code}-${drawing.selectedOptions[0].textContent}`;
    const svg = new Blob([text], { type: "image/svg+xml" });
    if (pixels) save(`${name}.png`, await png(svg, extent));
    else save(`${name}.svg`, svg);
  };
  const link = make("p", { className: "address", role: "status" });
  const share = button(say("save_link"), async () => {
    share.disabled = true;
    try {
      const address = await leaveRun(code, new Blob(record.text(), { type: "application/json" }));
      fill(link, say("save_link_words"), " ", make("a", { href: address, className: "url" }, address));
    } catch (error) {
      fill(link, error instanceof Error ? error.message : String(error));
    }
    share.disabled = false;
  });
  return make("div", { className: "saving" },
    make("p", { className: "row" }, button(say("save_json"), () => save(`convoy-${code}.json`, new Blob(record.text(), { type: "application/json" }))),
      button(say("save_csv"), async () => save(`convoy-${code}.csv`, new Blob([await table(record.steps(), rest)], { type: "text/csv" }))),
      controlsRoom(code) && share), link,
    make("p", { className: "row" }, make("label", { htmlFor: "drawing" }, say("save_drawing")), drawing,
      button("SVG", () => draw(false)), button("PNG", () => draw(true))));
}

/** @param {Blob} svg @param {{width: number, height: number}} extent @returns {Promise<Blob>} */
async function png(svg, { width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  const canvas = make("canvas", { width: width * 2, height: height * 2 });
  const pen = canvas.getContext("2d");
  pen?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob) : reject(new Error("no picture")), "image/png"));
}
