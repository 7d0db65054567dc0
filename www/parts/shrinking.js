// A large photograph is made smaller before it is sent: networks read a few hundred pixels across, the air is shared, and the server
// keeps no more than 1 MiB for the room's other pages (crates/server/src/api/picture.rs).

/** Bytes up to which a picture is sent as it is. */
export const MOST = 1 << 20;

/** The longest side and the quality that are tried, one after the other. @type {[number, number][]} */
const TRIES = [[1600, 0.9], [1280, 0.8], [1024, 0.7]];

/** @typedef {{width: number, height: number}} Extent */

/**
 * What decodes and encodes pictures. `decode` draws at `extent`, where one is asked for.
 * @typedef {{decode(image: Blob, extent?: Extent): Promise<Extent & {close(): void}>, encode(drawn: any, extent: Extent, quality: number): Promise<Blob | null>}} Means
 */

/**
 * The extent with its longest side no longer than `most`.
 * @param {Extent} extent
 * @param {number} most
 * @returns {Extent}
 */
export function within({ width, height }, most) {
  const part = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * part)), height: Math.max(1, Math.round(height * part)) };
}

/**
 * The picture, smaller where it is large; as it is where this browser cannot read it.
 * @param {Blob} image
 * @param {Means} means
 * @returns {Promise<Blob>}
 */
export async function shrunk(image, means) {
  if (image.size <= MOST) return image;
  try {
    const whole = await means.decode(image);
    const extent = { width: whole.width, height: whole.height };
    whole.close();
    let least = image;
    for (const [side, quality] of TRIES) {
      const to = within(extent, side);
      const drawn = await means.decode(image, to);
      const made = await means.encode(drawn, to, quality);
      drawn.close();
      if (made && made.size < least.size) least = made;
      if (least.size <= MOST) break;
    }
    return least;
  } catch {
    return image;
  }
}

/** In a worker: scaling a photograph of a phone would hold up the page for a fifth of a second. @type {Means} */
export const OFFSCREEN = {
  decode: (image, extent) => extent
    ? createImageBitmap(image, { resizeWidth: extent.width, resizeHeight: extent.height, resizeQuality: "high" })
    : createImageBitmap(image),
  encode(drawn, { width, height }, quality) {
    const canvas = new OffscreenCanvas(width, height);
    // Older browsers have not scaled it.
    canvas.getContext("2d")?.drawImage(drawn, 0, 0, width, height);
    return canvas.convertToBlob({ type: "image/jpeg", quality });
  },
};

/** The picture as it is sent: from a worker where it is large, as it is where this browser draws in none. @param {Blob} image @returns {Promise<Blob>} */
export function forSending(image) {
  if (image.size <= MOST || typeof OffscreenCanvas !== "function") return Promise.resolve(image);
  return new Promise((done) => {
    const worker = new Worker("/shrink.js", { type: "module" });
    const end = (/** @type {Blob} */ made) => {
      worker.terminate();
      done(made);
    };
    worker.onmessage = ({ data }) => end(data);
    worker.onerror = () => end(image);
    worker.postMessage(image);
  });
}
