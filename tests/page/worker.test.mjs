// What the page's service worker keeps, and what it answers without its server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createContext, runInContext } from "node:vm";

const ORIGIN = "https://room.test";
const HTML = "text/html; charset=utf-8";

/** The service worker with a server that answers `replies` by address, and a cache that may have no room, or never be there. */
function worker(replies, { full = false, slow = false } = {}) {
  const kept = new Map();
  const hears = {};
  const cache = { put: async (key, value) => full ? Promise.reject(new Error("QuotaExceededError")) : void kept.set(key, value), match: async (key) => kept.get(key) };
  const context = createContext({
    URL, location: { origin: ORIGIN }, addEventListener: (name, hear) => { hears[name] = hear; }, caches: { open: () => slow ? new Promise(() => {}) : Promise.resolve(cache) },
    fetch: async ({ url }) => replies[new URL(url).pathname] ?? Promise.reject(new TypeError("unreachable")),
  });
  runInContext(readFileSync(new URL("../../www/sw.js", import.meta.url), "utf8"), context);
  /** What the worker answers; undefined where it leaves that to the browser. */
  const ask = async (path, mode = "no-cors", method = "GET") => {
    let answered;
    const beside = [];
    hears.fetch({
      request: { url: new URL(path, ORIGIN).href, mode, method }, respondWith: (answer) => { answered = answer; }, waitUntil: (work) => beside.push(work),
    });
    const response = await answered;
    await Promise.all(beside);
    return response;
  };
  return { ask, kept, hears };
}

/** What a server sends. */
function reply(type, status = 200, more = {}) {
  const made = { status, redirected: false, headers: new Map([["content-type", type]]), ...more };
  return { ...made, clone: () => made };
}

test("every room's page is one document, which opens without the server", async () => {
  const page = reply(HTML);
  const replies = { "/": page, "/r/ABC234": page };
  const { ask, kept } = worker(replies);
  await ask("/r/ABC234", "navigate");
  assert.deepEqual([...kept.keys()], ["/"]);
  delete replies["/"];
  delete replies["/r/ABC234"];
  assert.equal((await ask("/?lang=zh", "navigate")).headers.get("content-type"), HTML);
  assert.equal((await ask("/r/XYZ789", "navigate")).headers.get("content-type"), HTML);
});

test("what else is opened by its address never takes the page's place", async () => {
  const others = { "/healthz": reply("application/json"), "/metrics": reply("text/plain"), "/samples/dog.jpg": reply("image/jpeg"), "/other/": reply(HTML) };
  const { ask, kept } = worker(others);
  for (const path of Object.keys(others)) assert.equal(await ask(path, "navigate"), undefined, path);
  assert.equal(kept.size, 0);
});

test("errors, redirections and what is no document are answered, and not kept", async () => {
  const replies = { "/": reply("application/json"), "/r/GONE00": reply(HTML, 404), "/r/MOVED0": reply(HTML, 200, { redirected: true }), "/app.js": reply("text/javascript", 503) };
  const { ask, kept } = worker(replies);
  assert.equal((await ask("/", "navigate")).status, 200);
  assert.equal((await ask("/r/GONE00", "navigate")).status, 404);
  assert.equal((await ask("/r/MOVED0", "navigate")).status, 200);
  assert.equal((await ask("/app.js")).status, 503);
  assert.equal(kept.size, 0);
});

test("the room's API, its sockets, networks and what is sent are left alone", async () => {
  const { ask } = worker({});
  for (const path of ["/api/rooms/ABC234", "/ws/ABC234", "/models/mnist/model.json", "https://elsewhere.test/app.js"]) assert.equal(await ask(path), undefined, path);
  assert.equal(await ask("/app.js", "cors", "POST"), undefined);
});

test("where nothing can be kept a good answer is still one", async () => {
  const { ask } = worker({ "/app.js": reply("text/javascript") }, { full: true });
  assert.equal((await ask("/app.js")).status, 200);
  await assert.rejects(worker({}, { full: true }).ask("/app.js"), /unreachable/);
});

test("nobody waits until an answer is kept", async () => {
  const { hears } = worker({ "/app.js": reply("text/javascript") }, { slow: true });
  let answered;
  hears.fetch({ request: { url: `${ORIGIN}/app.js`, mode: "no-cors", method: "GET" }, respondWith: (answer) => { answered = answer; }, waitUntil: () => {} });
  assert.equal((await answered).status, 200);
});
