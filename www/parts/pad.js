// A pad to draw a digit on, for a network that reads digits: white on black, as it has learned.
import { make } from "./element.js";
import { say } from "./language.js";

const SIZE = 280;

/** Milliseconds after the last stroke before the digit is asked. */
const PAUSE = 450;

/**
 * @param {(image: Blob, name: string) => void} choose
 * @returns {HTMLElement}
 */
export function padPart(choose) {
  const canvas = make("canvas", { className: "pad", width: SIZE, height: SIZE, tabIndex: 0, role: "img", "aria-label": say("pad_alt") });
  const clear = make("button", { type: "button", className: "small" }, say("pad_clear"));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const blank = () => {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, SIZE, SIZE);
    Object.assign(pen, { strokeStyle: "#fff", lineWidth: 22, lineCap: "round", lineJoin: "round" });
  };
  blank();
  clear.onclick = blank;
  /** @type {number | undefined} */
  let timer;
  /** @type {{x: number, y: number} | undefined} */
  let last;
  const place = (/** @type {PointerEvent} */ event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return { x: (event.clientX - left) / width * SIZE, y: (event.clientY - top) / height * SIZE };
  };
  const stroke = (/** @type {{x: number, y: number}} */ to) => {
    pen.beginPath();
    pen.moveTo(last?.x ?? to.x, last?.y ?? to.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    last = to;
  };
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    clearTimeout(timer);
    last = undefined;
    stroke(place(event));
  };
  canvas.onpointermove = (event) => {
    if (last) stroke(place(event));
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    last = undefined;
    clearTimeout(timer);
    timer = setTimeout(() => canvas.toBlob((blob) => blob && choose(blob, say("pad_name"))), PAUSE);
  };
  return make("div", { className: "pad-part" }, make("p", { className: "quiet" }, say("pad_words")), canvas, make("p", {}, clear));
}
