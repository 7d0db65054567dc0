// Keeps the page's own files, so that it opens while its server is out of reach and says so itself. The
// server comes first: what is kept is used only where it does not answer. The room's API and sockets
// are never kept, nor are the networks' files, which browsers keep by themselves.

const PLACE = "convoy-page";

/**
 * Under which address what is asked for is kept; none where it is not the page's own.
 * @param {{url: string, method: string, mode: string}} request
 * @param {string} origin
 * @returns {string | undefined}
 */
function keyOf({ url, method, mode }, origin) {
  const { origin: from, pathname, search } = new URL(url);
  if (method !== "GET" || from !== origin || /^\/((api|ws|models)\/|(healthz|metrics)$)/.test(pathname)) return undefined;
  // All rooms' pages are one document; what else a person opens by its address is none of the page.
  if (mode === "navigate") return /^\/(r\/[^/]+\/?)?$/.test(pathname) ? "/" : undefined;
  return pathname + search;
}

/**
 * Whether an answer may be kept: whole, and where it is to be the page, a document.
 * @param {string} key
 * @param {Pick<Response, "status" | "redirected" | "headers">} response
 */
const isKept = (key, { status, redirected, headers }) =>
  status === 200 && !redirected && (key !== "/" || (headers.get("content-type") ?? "").startsWith("text/html"));

/**
 * @param {Request} request
 * @param {string} key
 * @param {(work: Promise<unknown>) => void} beside does it without anybody waiting for it
 */
async function answer(request, key, beside) {
  try {
    const response = await fetch(request);
    if (isKept(key, response)) {
      const copy = response.clone();
      // Where there is no room for it the page only does not open without its server.
      beside(caches.open(PLACE).then((kept) => kept.put(key, copy)).catch(() => {}));
    }
    return response;
  } catch (error) {
    const found = await caches.open(PLACE).then((kept) => kept.match(key)).catch(() => undefined);
    if (found) return found;
    throw error;
  }
}

addEventListener("install", () => /** @type {any} */ (globalThis).skipWaiting());
addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(/** @type {any} */ (globalThis).clients.claim()));
addEventListener("fetch", (/** @type {any} */ event) => {
  const key = keyOf(event.request, location.origin);
  if (key !== undefined) event.respondWith(answer(event.request, key, (work) => event.waitUntil(work)));
});
