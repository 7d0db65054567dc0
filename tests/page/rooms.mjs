// Rooms for the tests of what the page makes of them.

/** A device, and whatever is special about it. */
export const device = (id, more = {}) => ({
  id, name: `D${id}`, role: "device", state: "computing", problem: null, capacity: 1e9, links: [], tiles: 0, busy: 0, hidden: false, ...more,
});

/** A tile of a stage. */
export const tile = (id, macs = 100, more = {}) => ({
  device: id, name: `D${id}`, group: 0, regions: [], sees: { rows: [0, 1], cols: [0, 1] }, macs, compute: 0.1, ...more,
});

/** A plan of stages, each a list of tiles. */
export const plan = (epoch, stages, more = {}) => ({
  epoch, running: true, scheme: "best", model: "m", period: 0.1, latency: 0.2, macs: 200, input: [3, 224, 224], fit: { type: "stretch" }, flows: [],
  alone: { device: 1, name: "D1", period: 0.2, latency: 0.2 },
  stages: stages.map((tiles) => ({ pieces: [0, 1], layers: ["a"], turns: [1], tiles, compute: 0.1, transfer: 0.02 })), ...more,
});

/** A room's state. */
export const room = (devices, of, counters = {}, more = {}) => ({
  code: "ABC234", model: "m", scheme: "best", status: "", devices, plan: of, measured: null, arrival_rate: 0,
  counters: { submitted: 0, answered: 0, failed: 0, replayed: 0, switches: 0, in_flight: 0, ...counters },
  timeline: { at: 0, tiles: [], frames: [] }, ...more,
});
