// What a page remembers of its room.
import assert from "node:assert/strict";
import test from "node:test";
import { latencies, nothing, remember, share, shareNow, throughput, traffic } from "../../www/parts/history.js";
import { device, room } from "./rooms.mjs";

/** A history of one state a second. */
const play = (states) => states.reduce((history, state, second) => remember(history, state, second), nothing());

test("answers a second are what was answered by the time that it took", () => {
  const history = play(Array.from({ length: 20 }, (_, second) => room([], null, { answered: second * 3 })));
  const points = throughput(history);
  assert.equal(points[0][1], null);
  assert.ok(Math.abs(points[19][1] - 3) < 1e-9);
});

test("states that come four times a second are one sample", () => {
  const states = Array.from({ length: 40 }, () => room([], null));
  const history = states.reduce((known, state, index) => remember(known, state, index / 4), nothing());
  assert.equal(history.samples.length, 10);
});

test("a device's share of time is known from its seconds of computing, and not while it is new", () => {
  const history = play([
    room([device(1, { busy: 0 })], null), room([device(1, { busy: 0.5 }), device(2, { busy: 0 })], null),
    room([device(1, { busy: 1 }), device(2, { busy: 0.9 })], null),
  ]);
  assert.equal(shareNow(history, 1), 0.5);
  assert.equal(share(history, 2)[1][1], null);
  assert.equal(share(history, 2)[2][1], null);
});

test("each picture is remembered once, with its time", () => {
  const frames = [[8, 1, 97.8, 99.8], [7, 1, 97.5, 99.5]];
  const state = room([], null, {}, { timeline: { at: 100, tiles: [], frames } });
  const history = remember(remember(nothing(), state, 10), state, 10.25);
  assert.deepEqual(latencies(history).map(([, latency]) => latency), [2, 2]);
  assert.equal(history.answers[0].at, 9.5);
});

test("traffic is bytes a second over a link, and none where a page came anew", () => {
  const link = (sent) => [{ peer: 2, via: "direct", sent, received: 0 }];
  const history = play([0, 1000, 2000].map((sent) => room([device(1, { links: link(sent) })], null)));
  assert.equal(traffic(history, 1, 2), 1000);
  assert.equal(traffic(history, 2, 1), 0);
  assert.equal(traffic(play([5000, 0].map((sent) => room([device(1, { links: link(sent) })], null))), 1, 2), 0);
});
