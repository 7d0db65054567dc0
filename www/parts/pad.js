// A pad to draw a digit on, for a network that reads digits: white on black, as it has learned.
import { make, write } from "./element.js";
import { say } from "./language.js";
import { pressed } from "./pen.js";

const SIZE = 280;

/** Milliseconds after the last stroke before the digit is asked. */
const PAUSE = 450;

/**
 * @param {(image: Blob, name: string) => void} choose
 * @returns {HTMLElement}
 */
export function padPart(choose) {
  const canvas = make("canvas", { className: "pad", width: SIZE, height: SIZE, tabIndex: 0, role: "application", "aria-label": say("pad_alt"), "aria-describedby": "pad-keys" });
  const cross = make("span", { className: "pen", "aria-hidden": "true", hidden: true });
  const told = make("span", { className: "out-of-sight", role: "status" });
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
  const ask = (/** @type {number} */ pause) => {
    last = undefined;
    clearTimeout(timer);
    timer = setTimeout(() => canvas.toBlob((blob) => blob && choose(blob, say("pad_name"))), pause);
  };
  canvas.onpointerup = canvas.onpointercancel = () => ask(PAUSE);

  let hand = { x: SIZE / 2, y: SIZE / 4, down: false };
  canvas.onkeydown = (event) => {
    const found = event.altKey || event.ctrlKey || event.metaKey ? undefined : pressed(hand, event.key, SIZE, event.shiftKey);
    if (found === undefined) return;
    event.preventDefault();
    const before = hand;
    hand = found.pen;
    clearTimeout(timer);
    if (found.does === "draw") {
      last = before;
      stroke(hand);
    } else if (found.does === "clear") {
      blank();
    } else if (found.does !== "move") {
      ask(found.does === "ask" ? 0 : PAUSE);
    }
    last = undefined;
    cross.hidden = false;
    cross.classList.toggle("down", hand.down);
    [cross.style.left, cross.style.top] = [`${hand.x / SIZE * 100}%`, `${hand.y / SIZE * 100}%`];
    const part = (/** @type {number} */ at) => Math.round(at / SIZE * 100);
    write(told, say(found.does === "clear" ? "pad_wiped" : hand.down ? "pad_draws" : "pad_moves", { across: part(hand.x), down: part(hand.y) }));
  };
  canvas.onblur = () => {
    cross.hidden = true;
  };
  return make("div", { className: "pad-part" }, make("p", { className: "quiet" }, say("pad_words")), make("div", { className: "pad-place" }, canvas, cross), told,
    make("p", { className: "quiet", id: "pad-keys" }, say("pad_keys")), make("p", {}, clear));
}
