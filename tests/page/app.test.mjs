// A page whose files do not all come.
import assert from "node:assert/strict";
import test from "node:test";
import { open } from "../../www/app.js";

/** Opens a page in a tab that keeps things, or not; what came of it. */
async function opened(load, kept) {
  const seen = [];
  const store = kept && { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  await open(load, { store, reload: () => seen.push("reload"), fail: (why) => seen.push(why) });
  return seen;
}

const lost = () => Promise.reject(new TypeError("error loading a module"));

test("a page is tried once more by itself, then by whoever looks at it", async () => {
  const tab = new Map();
  assert.deepEqual(await opened(lost, tab), ["reload"]);
  assert.deepEqual(await opened(lost, tab), ["error loading a module"]);
  // The button's attempt has one of its own again.
  assert.deepEqual(await opened(lost, tab), ["reload"]);
});

test("a page that comes forgets that it was tried again", async () => {
  const tab = new Map();
  await opened(lost, tab);
  assert.deepEqual(await opened(async () => {}, tab), []);
  assert.equal(tab.size, 0);
});

test("where the tab keeps nothing it says so at once, and never tries for ever", async () => {
  assert.deepEqual(await opened(lost, undefined), ["error loading a module"]);
});
