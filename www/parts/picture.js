// The photograph, with each device's part of it: a rectangle in its colour, its halo hatched; and over
// that what the network found.
import { dividers, redrawn } from "./dividers.js";
import { boxLayer, mapLayer, placed } from "./found.js";
import { draw, fill, make } from "./element.js";
import { colourOf, flag, hatch } from "./flags.js";
import { around, inputExtent, onPhoto, placement, tileBoxes } from "./geometry.js";
import { grow } from "./growing.js";
import { say } from "./language.js";
import { layerRange } from "./words.js";
/** @import { Answer, Foreseen, Hand, MapPart, Part, Plan, Stage, Tile } from "../types.js" */
/** @import { Box, Extent } from "./geometry.js" */

/** Units across of what is drawn over a photograph. */
const WIDTH = 400;

/**
 * @param {string} id
 * @param {{hand: Hand, foresee(foreseen: Foreseen | undefined): void}} [changing] where the plan may be changed by hand
 * @returns {Part & {photograph(image: Blob, name: string, found?: Answer): void, part(part: MapPart): void}}
 */
export function picturePart(id, changing) {
  const frame = make("div", { className: "photo empty" });
  const lines = changing && dividers(changing.hand, () => redraw(), changing.foresee);
  const mat = make("div", { className: "mat" }, frame, lines?.layer);
  const choice = make("select", { id: `${id}-stage` });
  const legend = make("ul", { className: "legend" });
  const halo = make("p", { className: "quiet halo-words" }, say("halo_words"));
  const bar = make("p", { className: "choice" }, make("label", { htmlFor: choice.id }, say("picture_show")), choice);
  const element = make("div", { className: "picture" }, mat, lines?.bar, bar, legend, halo);
  bar.hidden = legend.hidden = halo.hidden = true;
  /** @type {HTMLImageElement | undefined} */
  let image;
  /** @type {Answer | undefined} */
  let answer;
  /** Of a map that is not whole yet. @type {import("./growing.js").Growing | undefined} */
  let growing;
  /** @type {Plan | undefined} */
  let plan;
  /** @type {number | undefined} */
  let own;
  let drawn = "";

  const redraw = () => {
    const photo = image?.naturalWidth ? { width: image.naturalWidth, height: image.naturalHeight } : undefined;
    const extent = photo ?? (plan ? inputExtent(plan) : { width: 4, height: 3 });
    const stage = choice.value === "none" ? undefined : plan?.stages[Number(choice.value)];
    frame.classList.toggle("empty", image === undefined);
    // As large as the mat of 4 by 3 permits.
    const ratio = extent.width / extent.height;
    frame.style.aspectRatio = String(ratio);
    frame.style.width = `${Math.min(1, ratio / (4 / 3)) * 100}%`;
    if (lines) [lines.layer.style.aspectRatio, lines.layer.style.width] = [frame.style.aspectRatio, frame.style.width];
    const draft = lines?.draft();
    const drawn = plan && stage && draft?.stage === Number(choice.value) ? redrawn(stage, draft.parts, inputExtent(plan)) : stage;
    const tiles = plan && drawn ? boxesOf(plan, drawn, extent, photo !== undefined) : [];
    fill(frame, image ?? make("p", { className: "quiet" }, plan ? "" : say("picture_none")),
      answer?.map ? mapLayer(answer.map, plan, extent) : growing && photo ? placed(growing.canvas, growing.canvas, plan, extent) : null,
      tiles.length > 0 && tilesLayer(tiles, extent, own),
      answer?.boxes && photo ? boxLayer(answer.boxes, extent) : null);
    legend.hidden = halo.hidden = tiles.length === 0;
    fill(legend, ...tiles.map(({ tile }) => make("li", { className: tile.device === own ? "own" : "" }, flag(tile.device), " ", tile.name)));
  };
  // After the picture or the step is another one.
  const settle = () => {
    redraw();
    const photo = image?.naturalWidth ? { width: image.naturalWidth, height: image.naturalHeight } : undefined;
    lines?.show(plan, Number(choice.value), photo ?? (plan ? inputExtent(plan) : { width: 4, height: 3 }), photo === undefined);
  };
  choice.onchange = () => {
    choice.dataset.chosen = "true";
    settle();
  };

  const photograph = (/** @type {Blob} */ blob, /** @type {string} */ name, /** @type {Answer | undefined} */ found = undefined) => {
    const next = make("img", { alt: name });
    next.onload = () => {
      if (image) URL.revokeObjectURL(image.src);
      image = next;
      answer = found;
      if (found) growing = undefined;
      settle();
    };
    next.src = URL.createObjectURL(blob);
  };
  return {
    element,
    photograph,
    part(part) {
      // Of several pictures under way the newest is shown.
      if (growing !== undefined && part.frame < growing.frame) return;
      const fresh = part.frame !== growing?.frame;
      growing = grow(growing, part);
      if (fresh) photograph(new Blob([part.image]), say("picture_under_way"));
      else redraw();
    },
    show(state, me) {
      lines?.hear(state);
      const key = `${state.plan?.epoch} ${state.plan?.running} ${me}`;
      if (key === drawn || !state.plan) return;
      drawn = key;
      [plan, own] = [state.plan, me];
      offer(choice, plan, own);
      bar.hidden = false;
      settle();
    },
  };
}

/** Offers the stages whose tiles are parts of the picture. @param {HTMLSelectElement} choice @param {Plan} plan @param {number | undefined} own */
function offer(choice, plan, own) {
  const shown = choice.value;
  const stages = plan.stages.map((stage, index) => ({ stage, index }))
    .filter(({ stage }) => stage.pieces[0] < stage.pieces[1] && stage.tiles.some((tile) => tileBoxes(tile, inputExtent(plan))));
  fill(choice, ...stages.map(({ stage, index }) =>
    make("option", { value: String(index) }, say("stage_layers", { stage: index + 1, layers: layerRange(stage.layers) }))),
  make("option", { value: "none" }, say("picture_plain")));
  const mine = stages.find(({ stage }) => stage.tiles.some(({ device }) => device === own));
  const first = mine ?? stages[0];
  const stays = shown === "none" || stages.some(({ index }) => String(index) === shown);
  choice.value = stays && choice.dataset.chosen === "true" ? shown : String(first?.index ?? "none");
}

/**
 * @param {Plan} plan
 * @param {Stage} stage
 * @param {Extent} extent
 * @param {boolean} photo whether there is one, or the network's input stands for it
 * @returns {{tile: Tile, owns: Box, halo: Box[]}[]}
 */
function boxesOf(plan, stage, extent, photo) {
  const input = inputExtent(plan);
  const placed = placement(photo ? plan.fit : { type: "stretch" }, extent, input);
  return stage.tiles.flatMap((tile) => {
    const boxes = tileBoxes(tile, input);
    if (boxes === undefined) return [];
    const owns = onPhoto(placed, boxes.owns);
    return [{ tile, owns, halo: around(onPhoto(placed, boxes.sees), owns) }];
  });
}

/**
 * @param {{tile: Tile, owns: Box, halo: Box[]}[]} tiles
 * @param {Extent} extent
 * @param {number | undefined} own
 */
function tilesLayer(tiles, extent, own) {
  // In units of its own, so that hatchings are as wide on every photograph.
  const scale = WIDTH / extent.width;
  const unit = 4;
  const sized = (/** @type {Box} */ { x, y, w, h }) => ({ x: x * scale, y: y * scale, w: w * scale, h: h * scale });
  const rect = (/** @type {Box} */ { x, y, w, h }, /** @type {string} */ name) => draw("rect", { class: name, x, y, width: w, height: h });
  // Groups that take pictures in turn all compute the whole: each lies a little inside the last.
  const groups = [...new Set(tiles.map(({ tile }) => tile.group))];
  return draw("svg", { class: "tiles-layer", viewBox: `0 0 ${WIDTH} ${extent.height * scale}`, "aria-hidden": "true" },
    ...tiles.map(({ tile, owns: share, halo }) => {
      const owns = sized(share);
      const inset = groups.indexOf(tile.group) * unit * 1.6;
      const box = { x: owns.x + inset, y: owns.y + inset, w: Math.max(1, owns.w - 2 * inset), h: Math.max(1, owns.h - 2 * inset) };
      const hatched = halo.map((part) => {
        const made = rect(sized(part), "halo");
        made.style.fill = hatch(tile.device);
        return made;
      });
      const sign = flag(tile.device);
      const size = unit * 6;
      Object.entries({ x: box.x + unit * 1.2, y: box.y + unit * 1.2, width: size, height: size * 0.75 })
        .forEach(([key, value]) => sign.setAttribute(key, String(value)));
      const group = draw("g", { class: `tile${own === undefined || tile.device === own ? "" : " other"}` }, ...hatched, rect(box, "owned"), sign);
      group.style.setProperty("--device", colourOf(tile.device));
      return group;
    }));
}

