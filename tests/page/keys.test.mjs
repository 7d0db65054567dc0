// What lets a tab into rooms, in browsers that keep it and in those that do not.
import assert from "node:assert/strict";
import test from "node:test";
import { controlsRoom, invitation, keep, keepControl, keepInvitation, key } from "../../www/parts/keys.js";

/** Runs `what` where the tab's storage is this; where it is none, looking at it throws, as browsers do that block it. */
function within(storage, what) {
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get: () => storage ?? (() => { throw new Error("SecurityError"); })() });
  try {
    what();
  } finally {
    delete globalThis.sessionStorage;
  }
}

/** A page at this address; where it is afterwards. */
function at(hash) {
  const seen = [];
  Object.assign(globalThis, { location: { hash, pathname: "/r/ABC234", search: "" }, history: { state: null, replaceState: (...what) => seen.push(what[2]) } });
  return seen;
}

test("a browser that blocks storage still has a page that can be in rooms", () => {
  within(undefined, () => {
    assert.equal(key("BLOCK1"), undefined);
    assert.equal(controlsRoom("BLOCK1"), false);
    assert.equal(invitation("BLOCK1"), "");
    keep("BLOCK1", "j");
    assert.deepEqual([key("block1"), invitation("BLOCK1"), controlsRoom("BLOCK1")], ["j", "#join=j", false]);
    keepControl("BLOCK1", "t");
    assert.deepEqual([key("BLOCK1"), controlsRoom("BLOCK1")], ["t", true]);
  });
});

test("an invitation goes out of sight only where it is kept", () => {
  const kept = new Map();
  const shown = at("#join=abc-1");
  within(undefined, () => keepInvitation("ABC234"));
  assert.deepEqual(shown, []);
  within({ getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) }, () => keepInvitation("ABC234"));
  assert.deepEqual(shown, ["/r/ABC234"]);
  assert.deepEqual([...kept], [["convoy-join-ABC234", "abc-1"]]);
  at("#join=not a token");
  within(undefined, () => keepInvitation("OTHER1"));
  assert.equal(key("OTHER1"), undefined);
});
