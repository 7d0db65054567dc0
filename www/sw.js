// Keeps the page's own files, so that it opens while its server is out of reach and says so itself. The
// server comes first: what is kept is used only where it does not answer. The room's API and sockets
// are never kept, nor are the networks' files, which browsers keep by themselves.

const PLACE = "convoy-page";

/** @param {URL} url */
const isPage = ({ origin, pathname }) => origin === location.origin && !/^\/(api|ws|models)\//.test(pathname);

/** @param {Request} request */
async function answer(request) {
  const kept = await caches.open(PLACE);
  // All rooms' pages are one document.
  const key = request.mode === "navigate" ? "/" : request;
  try {
    const response = await fetch(request);
    if (response.status === 200) await kept.put(key, response.clone());
    return response;
  } catch (error) {
    const found = await kept.match(key);
    if (found) return found;
    throw error;
  }
}

addEventListener("install", () => /** @type {any} */ (globalThis).skipWaiting());
addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(/** @type {any} */ (globalThis).clients.claim()));
addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method === "GET" && isPage(new URL(request.url))) event.respondWith(answer(request));
});
