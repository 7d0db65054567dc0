// Large photographs are sent smaller.
import assert from "node:assert/strict";
import test from "node:test";
import { MOST, shrunk, within } from "../../www/parts/shrinking.js";

/** A browser that has a picture of this extent, whose JPEGs take so many bytes a pixel. */
function browser(extent, bytes) {
  const asked = [];
  const means = {
    decode: async (_, to) => ({ ...(to ?? extent), close: () => asked.push("closed") }),
    encode: async (_, { width, height }, quality) => {
      asked.push([width, height]);
      return new Blob([new Uint8Array(Math.round(width * height * bytes * quality))]);
    },
  };
  return { means, asked };
}

const large = new Blob([new Uint8Array(4 * MOST)]);

test("a large photograph becomes one of 1600 pixels, in its shape", async () => {
  const { means, asked } = browser({ width: 4000, height: 3000 }, 0.4);
  const made = await shrunk(large, means);
  assert.ok(made.size <= MOST && made !== large);
  assert.deepEqual(asked, ["closed", [1600, 1200], "closed"]);
  assert.deepEqual(within({ width: 3000, height: 4000 }, 1600), { width: 1200, height: 1600 });
});

test("one that is still large is made smaller again", async () => {
  const { means } = browser({ width: 4000, height: 4000 }, 0.6);
  assert.ok((await shrunk(large, means)).size <= MOST);
});

test("what is small stays as it is, and so does what this browser cannot read or make smaller", async () => {
  const small = new Blob([new Uint8Array(MOST)]);
  const fails = { decode: () => Promise.reject(new Error("no picture")), encode: () => Promise.reject(new Error("no picture")) };
  assert.equal(await shrunk(small, fails), small);
  assert.equal(await shrunk(large, fails), large);
  assert.equal(await shrunk(large, browser({ width: 900, height: 900 }, 100).means), large);
  assert.deepEqual(within({ width: 900, height: 30 }, 1600), { width: 900, height: 30 });
});
