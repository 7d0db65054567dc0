// Makes a large photograph smaller, beside the page's own thread.
import { OFFSCREEN, shrunk } from "./parts/shrinking.js";

onmessage = async (/** @type {MessageEvent<Blob>} */ { data }) => postMessage(await shrunk(data, OFFSCREEN));
