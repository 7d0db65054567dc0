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
 * @param {Means} [means]
 * @returns {Promise<Blob>}
 */
export async function shrunk(image, means = BROWSER) {
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

/** Decodes and scales beside the page's own thread. @type {Means} */
const BROWSER = {
  decode: (image, extent) => extent
    ? createImageBitmap(image, { resizeWidth: extent.width, resizeHeight: extent.height, resizeQuality: "high" })
    : createImageBitmap(image),
  encode(drawn, { width, height }, quality) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    // Older browsers have not scaled it.
    canvas.getContext("2d")?.drawImage(drawn, 0, 0, width, height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  },
};
