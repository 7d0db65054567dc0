// Saving a run as JSON or CSV, and any of the page's drawings as a picture.
import { make } from "./element.js";
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
    ["#timeline .gantt", say("timeline")], ["#front .plot", say("front")], ["#plan .wires", say("plan")], ["#measures .plot", say("measures")],
  ].map(([value, title]) => make("option", { value }, title)));
  const draw = async (/** @type {boolean} */ pixels) => {
    const found = document.querySelector(drawing.value);
    if (!(found instanceof SVGSVGElement)) return;
    const text = standalone(found);
    const name = `convoy-${code}-${drawing.selectedOptions[0].textContent}`;
    const svg = new Blob([text], { type: "image/svg+xml" });
    if (pixels) save(`${name}.png`, await png(svg, found));
    else save(`${name}.svg`, svg);
  };
  return make("div", { className: "saving" },
    make("p", { className: "row" }, button(say("save_json"), () => save(`convoy-${code}.json`, new Blob(record.text(), { type: "application/json" }))),
      button(say("save_csv"), async () => save(`convoy-${code}.csv`, new Blob([await table(record.steps(), rest)], { type: "text/csv" })))),
    make("p", { className: "row" }, make("label", { htmlFor: "drawing" }, say("save_drawing")), drawing,
      button("SVG", () => draw(false)), button("PNG", () => draw(true))));
}

/** What a drawing's parts look like must stand in it once it leaves the page. */
const STYLE = ["fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity", "stroke-opacity", "opacity", "font-size", "font-family", "font-weight", "text-anchor"];

/** @param {SVGSVGElement} svg */
function standalone(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const property of STYLE) element.setAttribute(property, style.getPropertyValue(property));
    element.removeAttribute("style");
  });
  const hatches = document.querySelector("svg.defs defs")?.cloneNode(true);
  if (hatches) copy.prepend(hatches);
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("style", `background:${getComputedStyle(document.body).backgroundColor}`);
  return new XMLSerializer().serializeToString(copy);
}

/** @param {Blob} svg @param {SVGSVGElement} shown @returns {Promise<Blob>} */
async function png(svg, shown) {
  const image = new Image();
  const { width, height } = shown.getBoundingClientRect();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  const canvas = make("canvas", { width: width * 2, height: height * 2 });
  const pen = canvas.getContext("2d");
  pen?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => blob ? resolve(blob) : reject(new Error("no picture")), "image/png"));
}
