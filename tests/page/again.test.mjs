// Pictures whose request broke off.
import assert from "node:assert/strict";
import test from "node:test";
import { again, PATIENCE, requestKey } from "../../www/parts/again.js";
import { ApiError } from "../../www/parts/api.js";

/** A clock that the pauses move. */
function time() {
  let now = 0;
  return { clock: () => now, pause: async (milliseconds) => { now += milliseconds; } };
}

/** Answers as the list says: errors are thrown. @param {unknown[]} list */
function asking(list) {
  const left = [...list];
  const ask = async () => {
    const next = left.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  return { ask, left };
}

const away = () => new ApiError(0, "unreachable", "");
const refusal = (code) => new ApiError(503, code, "");

test("a server that is started anew is asked again until its room is back", async () => {
  const { ask } = asking([refusal("stopping"), away(), refusal("no_room"), refusal("no_device"), "cat"]);
  assert.equal(await again(ask, time()), "cat");
});

test("what is refused for good is not asked again", async () => {
  for (const code of ["no_room", "no_device", "bad_image", "queue_full"]) {
    const { ask, left } = asking([refusal(code), "cat"]);
    await assert.rejects(again(ask, time()), (error) => error.code === code);
    assert.equal(left.length, 1);
  }
});

test("a server that stays away is given up", async () => {
  const means = time();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw away();
  };
  await assert.rejects(again(ask, means), (error) => error.code === "unreachable");
  assert.equal(means.clock(), PATIENCE);
  assert.equal(asked, PATIENCE / 1000 + 1);
});

test("no two requests have one key, and the server takes it", () => {
  const keys = Array.from({ length: 100 }, requestKey);
  assert.equal(new Set(keys).size, 100);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});
