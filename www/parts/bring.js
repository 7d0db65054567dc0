// Bringing a network of one's own: an ONNX file, chosen or dropped, with what such a file does not say.
// The server checks and cuts it; what cannot be run is named before anything else happens.
import * as api from "./api.js";
import { field, make, more, write } from "./element.js";
import { say } from "./language.js";
/** @import { Network } from "../types.js" */

/** The network whose names of classes others with as many may have. */
const NAMED = "squeezenet1.1";

/**
 * @param {string} code
 * @param {(network: Network) => void} brought hears of a network that the room can run now
 * @returns {HTMLElement}
 */
export function bringPart(code, brought) {
  const file = make("input", { type: "file", id: "bring-file", accept: ".onnx", required: true });
  const choice = (/** @type {string} */ id, /** @type {[string, string][]} */ all) =>
    make("select", { id: `bring-${id}` }, ...all.map(([value, title]) => make("option", { value }, title)));
  const kind = choice("kind", [["labels", say("bring_labels")], ["named", say("bring_named")], ["map", say("bring_map")], ["raw", say("bring_raw")]]);
  const values = choice("values", [["imagenet", say("bring_imagenet")], ["unit", "0 … 1"], ["signed", "-1 … 1"], ["bytes", "0 … 255"], ["centred", say("bring_centred")]]);
  const channels = choice("channels", [["rgb", "RGB"], ["bgr", "BGR"]]);
  const resize = choice("resize", [["crop", say("bring_crop")], ["letterbox", say("bring_letterbox")], ["stretch", say("bring_stretch")]]);
  const told = make("p", { role: "status", className: "quiet" });
  const trouble = make("p", { role: "alert", className: "missing listed", hidden: true });
  const take = make("button", {}, say("bring_take"));
  const form = make("form", {}, make("p", { className: "quiet" }, say("bring_words")), field(file, say("bring_file")),
    make("div", { className: "fields" }, field(kind, say("bring_kind")), field(values, say("bring_values")), field(channels, say("bring_channels")), field(resize, say("bring_resize")), take),
    told, trouble);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const chosen = file.files?.[0];
    if (!chosen) return;
    take.disabled = true;
    trouble.hidden = true;
    write(told, say("bring_busy", { name: chosen.name }));
    try {
      const named = kind.value === "named";
      const network = await api.bring(code, chosen, {
        title: chosen.name.replace(/\.onnx$/i, ""), kind: named ? "labels" : kind.value, ...(named ? { labels: NAMED } : {}),
        values: values.value, channels: channels.value, resize: resize.value,
      });
      write(told, say("bring_done", { name: network.title, n: network.pieces }));
      brought(network);
    } catch (error) {
      write(told, "");
      write(trouble, why(error));
      trouble.hidden = false;
    } finally {
      take.disabled = false;
    }
  };
  const element = more(say("bring"), form);
  // One that is dropped anywhere is only chosen: what the file does not say is still to be said.
  document.body.addEventListener("drop", (event) => {
    const dropped = event.dataTransfer;
    if (!dropped?.files[0]?.name.toLowerCase().endsWith(".onnx")) return;
    file.files = dropped.files;
    element.open = true;
    element.scrollIntoView({ block: "center" });
    take.focus();
  });
  return element;
}

/** What went wrong, where the server's code means another thing than with a picture. @param {unknown} error */
function why(error) {
  if (error instanceof api.ApiError && error.code === "too_large") return say("bring_too_large");
  if (error instanceof api.ApiError && error.code === "busy") return say("bring_full");
  return error instanceof Error ? error.message : String(error);
}
