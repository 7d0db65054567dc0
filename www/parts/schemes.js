// What each scheme does, in a line; the server says which there are.

/** @type {Record<string, string>} */
const WORDS = {
  "best": "The best plans that a search finds: pipelines, groups in turn, strips or grids, and which of them suits the load.",
  "single": "The fastest device computes everything alone.",
  "replicated": "Every device computes whole pictures, in turn.",
  "layer-wise": "Every layer is split over all devices, scattered and gathered each time (MoDNN).",
  "early-fused": "The first layers are fused and split in a grid over all devices, one does the rest (DeepThings).",
  "optimal-fused": "All devices on one picture, in fused blocks one after another (AOFL).",
  "coedge": "Layer by layer, rows by speed; neighbours exchange the rows at their borders (CoEdge).",
  "pico": "A pipeline of stages over groups of devices, each a fused strip (PICO).",
  "apico": "The pipeline where pictures come often, all devices on one picture where they come seldom (APICO).",
  "exhaustive": "Every plan is tried: for small networks and few devices only.",
};

/** @param {string} scheme */
export function schemeWords(scheme) {
  return WORDS[scheme] ?? "";
}
