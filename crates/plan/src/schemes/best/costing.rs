//! What a stage costs by the *stage model*, by which plans are searched: a cost for every stage that
//! depends on the stage alone, but for one number that its predecessor hands on. The model is that of
//! [`crate::predict`] but for two things: a sender's line is charged what the tile makes, not the
//! halos that several receivers get twice; and a stage begins when the one before it has ended as a
//! whole. For large clusters the former is made good where plans are compared ([`Cost::reads`]), and what
//! a group's devices send each other is counted as well as what they get ([`Costing::thorough`]). Derived in `docs/adr/0007-best-plans.md`; our derivation.

use super::blocks::Way;
use super::cost::{Cost, Inner};
use super::heads::{Heavy, work};
use super::layout::Layout;
use crate::cost::{Costs, body};
use crate::schemes::run::{Run, Work};
use crate::{Device, Link, memory};
use std::cell::OnceCell;
use std::rc::Rc;

/// Runs of pieces and what they cost on groups of devices.
pub(super) struct Costing<'a> {
    pub(super) costs: &'a Costs<'a>,
    /// Pieces before the head.
    pub(super) body: usize,
    /// Pieces that can be split: those of the head among them are its heavy layers.
    pub(super) divisible: usize,
    /// Pieces in all.
    pub(super) pieces: usize,
    /// Where stages may begin and end, from 0 to `pieces`.
    pub(super) units: Vec<usize>,
    /// For each start, each end, made when asked for.
    runs: Vec<Vec<OnceCell<Run<'a>>>>,
    /// Bytes of the weights of all pieces before each.
    pub(super) weights: Vec<u64>,
    /// What the head costs, in multiply-accumulates.
    pub(super) head: f64,
    /// The pieces of the head that can be split.
    pub(super) heavy: Vec<Heavy<'a>>,
    /// Bytes of the network's outputs.
    outputs: f64,
    /// Whether what devices of a group send each other is counted too, not only what they get.
    pub(super) thorough: bool,
}

impl<'a> Costing<'a> {
    pub(super) fn new(costs: &'a Costs<'a>) -> Self {
        let (model, wire) = (costs.model, costs.cluster.network.wire);
        let (body, pieces) = (body(model), model.pieces.len());
        let divisible = model.pieces.iter().take_while(|piece| piece.splittable).count();
        let ends = |start: usize| (start..body).map(|_| OnceCell::new()).collect();
        let graph = &model.graph;
        let sized = |id| graph.shape(id).elements() as f64 * wire.bytes(id, true) as f64;
        let mut weights = vec![0];
        for piece in 0..pieces {
            weights.push(weights[piece] + memory::weights(model, piece..piece + 1));
        }
        let units = stage_bounds(costs, (body, divisible), &weights);
        Self {
            costs,
            weights,
            body,
            divisible,
            pieces,
            units,
            runs: (0..body).map(ends).collect(),
            head: work(costs, body..pieces),
            heavy: (body..divisible).map(|piece| Heavy::new(model, costs.cluster, piece)).collect(),
            outputs: graph.outputs.iter().map(|id| sized(*id)).sum(),
            thorough: false,
        }
    }

    /// The run of pieces `[start, end)` of the body, or of one piece of the head that can be split.
    pub(super) fn run(&self, start: usize, end: usize) -> &Run<'a> {
        if start >= self.body {
            return &self.heavy[start - self.body].run;
        }
        let Costs { model, cluster } = self.costs;
        let run = || Run::new(model, cluster, start..end);
        self.runs[start][end - start - 1].get_or_init(run)
    }

    /// Whether each device can hold the weights of pieces `[start, end)`, the head's on the first.
    fn fits(&self, start: usize, end: usize, group: &[&Device]) -> bool {
        let between = |start: usize, end: usize| self.weights[end] - self.weights[start.min(end)];
        let body = between(start, end.min(self.body));
        let head = between(start.max(self.body), end);
        let held = |k: usize| if k == 0 { body + head } else { body };
        group.iter().enumerate().all(|(k, device)| held(k) <= device.memory)
    }

    /// What pieces `[start, end)` cost on `group`, the strongest first, in each layout that it can
    /// have.
    pub(super) fn options(
        &self,
        start: usize,
        end: usize,
        group: &[&Device],
    ) -> Vec<(Layout, Cost)> {
        if group.is_empty() {
            return Vec::new();
        }
        if group.len() > 1 && start >= self.body {
            let divided = self.divided(start, end, group);
            return divided.map(|cost| (Layout::Strips, cost)).into_iter().collect();
        }
        if !self.fits(start, end, group) {
            return Vec::new();
        }
        if let [device] = group {
            return vec![(Layout::Strips, self.alone(start, end, device))];
        }
        let mut options = Vec::new();
        if end > self.body && end < self.pieces {
            return options;
        }
        for layout in [Layout::Strips, Layout::Grid] {
            if let Some(tiles) = self.tiles(start, end, group, layout) {
                let alone = self.body.max(start);
                let tiles = (&tiles[..], &tiles[..]);
                let cost = self.cost((start, end, alone), group, tiles, Inner::default());
                options.push((layout, cost));
            }
        }
        options
    }

    /// What pieces `[start, end)` cost on `group` in this layout, its blocks ending at `ends`; `None`
    /// where it cannot have it.
    pub(super) fn cost_of(
        &self,
        (start, end, ends): (usize, usize, &[usize]),
        layout: Layout,
        group: &[&Device],
    ) -> Option<Cost> {
        let divided = ends.last().is_some_and(|end| *end > self.body);
        if (layout.through(ends) == Layout::Blocks || divided) && group.len() > 1 {
            let way = Way::along(self, group, (start, end), ends)?;
            return self.by_blocks(start, end, group, &way);
        }
        let options = self.options(start, end, group).into_iter();
        options.filter(|(of, _)| *of == layout || group.len() == 1).map(|(_, cost)| cost).next()
    }

    /// What they cost by blocks, where that is not one block.
    pub(super) fn by_blocks(
        &self,
        start: usize,
        end: usize,
        group: &[&Device],
        way: &Way,
    ) -> Option<Cost> {
        if way.dealt.is_empty() && !self.fits(start, end, group) {
            return None;
        }
        let tiles = |from: usize, to: usize| {
            if from < self.body {
                return self.tiles(from, to, group, Layout::Blocks);
            }
            let bounds = way.dealt.get(from - start.max(self.body))?;
            Some(self.heavy_tiles(from, bounds))
        };
        let (first, last) = (tiles(start, way.first_end)?, tiles(way.last_start, way.end)?);
        Some(self.cost((start, end, way.end), group, (&first, &last), way.inner))
    }

    fn alone(&self, start: usize, end: usize, device: &Device) -> Cost {
        let head_alone = Work { input: self.head_input(start), ..Work::default() };
        let work = match start < self.body {
            true => {
                let run = self.run(start, end.min(self.body));
                Rc::clone(run.strip(0, run.height))
            }
            false => Rc::new(head_alone),
        };
        if start == 0 && end == self.pieces {
            // It is the frame's source too: nothing travels.
            let seconds = (work.effort + self.head) / device.capacity;
            return Cost {
                busy: seconds,
                source: 0.0,
                own: seconds,
                compute: seconds,
                send: 0.0,
                medium: 0.0,
                halos: 0.0,
                reads: 1.0,
            };
        }
        let (tiles, alone) = ([work], start.max(self.body.min(end)));
        self.cost((start, end, alone), &[device], (&tiles, &tiles), Inner::default())
    }

    /// Multiply-accumulates of pieces from `start` on that the network's outputs need, and bytes that
    /// these read; after the last piece the bytes of the outputs. A stage may make rows that no later
    /// one reads.
    pub(super) fn needs_from(&self, start: usize) -> (f64, f64) {
        if start == self.pieces {
            return (0.0, self.outputs);
        }
        let head = self.head_computing(start.max(self.body)..self.pieces);
        if start >= self.body {
            return (head, self.head_input(start));
        }
        let run = self.run(start, self.body);
        let body = run.strip(0, run.height);
        (body.effort + head, body.input)
    }

    pub(super) fn link(&self, device: &Device) -> Link {
        self.costs.cluster.link(device)
    }

    /// The cost of a stage with these tiles, one a device, in its first and its last block, which
    /// may be the same; pieces of the head from `alone` on, where they are in the stage, are the
    /// first device's.
    fn cost(
        &self,
        (start, end, alone): (usize, usize, usize),
        group: &[&Device],
        (tiles, made): (&[Rc<Work>], &[Rc<Work>]),
        inner: Inner,
    ) -> Cost {
        let network = &self.costs.cluster.network;
        let headed = end > alone;
        let head = if headed { self.head_work(alone, end) } else { 0.0 };
        let makers = || group.iter().zip(made);
        let input: f64 = tiles.iter().map(|work| work.input).sum();
        let largest = |of: &dyn Fn(&Device, &Work) -> f64| {
            group.iter().zip(tiles).map(|(device, work)| of(device, work)).fold(0.0, f64::max)
        };
        let compute = largest(&|device, work| work.effort / device.capacity);
        let first = group[0];
        let after = head / first.capacity;
        // What goes to the head's device before the head can begin.
        let gathered: f64 = match headed {
            true => made.iter().skip(1).map(|work| work.output).sum(),
            false => 0.0,
        };
        let last = if end == self.pieces { self.outputs } else { 0.0 };
        let latency = network.latency;
        let hop = |bytes: f64| if bytes > 0.0 { latency } else { 0.0 };
        if network.shared {
            let seconds = |bytes: f64| bytes / network.bandwidth;
            let busiest = compute.max((tiles[0].effort + head) / first.capacity) + inner.compute;
            let tail = seconds(gathered) + hop(gathered) + after + seconds(last) + hop(last);
            let own = seconds(input) + latency + compute + inner.seconds + tail;
            let medium = seconds(input + gathered + last) + inner.halos;
            let (source, compute, send, halos, reads) = (0.0, 0.0, 0.0, 0.0, 1.0);
            return Cost { busy: busiest, source, own, compute, send, medium, halos, reads };
        }
        let down = |device: &Device, work: &Work| work.input / self.link(device).down;
        let up = |(device, work): (&&Device, &Rc<Work>)| work.output / self.link(device).up;
        let own = largest(&|device, work| down(device, work) + work.effort / device.capacity);
        // The first of them keeps what it makes where it has the head.
        let sends = makers().skip(usize::from(headed)).map(up).fold(0.0, f64::max);
        let more = if end == self.pieces { last } else { self.head_output(end) };
        let send = if headed { more / self.link(first).up } else { sends };
        let computing = compute.max((tiles[0].effort + head) / first.capacity) + inner.compute;
        let head_down = (tiles[0].input + gathered) / self.link(first).down;
        let lines = largest(&down).max(head_down).max(sends) + inner.halos;
        let busy = computing.max(lines).max(send);
        let mut source = 0.0;
        let mut tail = inner.seconds + after;
        if gathered > 0.0 {
            let others = makers().skip(1).map(up);
            tail += others.fold(gathered / self.link(first).down, f64::max) + latency;
        }
        if end == self.pieces {
            // The source is counted as a device of its own.
            source = last / network.bandwidth;
            tail += send.max(source) + latency;
        }
        let (mut own, compute) = (own + latency + tail, compute + latency + tail);
        if start == 0 {
            let given = input / network.bandwidth;
            source = given.max(source);
            own = own.max(given + compute);
        }
        // Whole maps, where each device reads a part; before the head each reads all.
        let whole = (group.len() > 1).then(|| {
            let run = self.run(start, end.min(self.body));
            run.strip(0, run.height).input
        });
        let reads = whole.filter(|whole| *whole > 0.0).map_or(1.0, |whole| input / whole);
        let (medium, halos, reads) = (0.0, inner.halos, reads.max(1.0));
        Cost { busy, source, own, compute, send, medium, halos, reads }
    }
}

/// Where stages may begin and end: at the bounds of units, and inside a unit or a head whose weights
/// are too much for most devices at those of its pieces.
fn stage_bounds(costs: &Costs, (body, divisible): (usize, usize), weights: &[u64]) -> Vec<usize> {
    let model = costs.model;
    let mut memories: Vec<u64> = costs.cluster.devices.iter().map(|device| device.memory).collect();
    memories.sort_unstable();
    let common = memories.get(memories.len() / 2).copied().unwrap_or(0);
    let units = convoy_model::units(&model.graph, &model.pieces);
    let mut bounds = vec![0];
    for unit in units.windows(2) {
        if weights[unit[1]] - weights[unit[0]] > common {
            bounds.extend(unit[0] + 1..unit[1]);
        }
        bounds.push(unit[1]);
    }
    let pieces = model.pieces.len();
    if pieces > body {
        if weights[pieces] - weights[body] > common {
            bounds.extend((body + 1..=divisible).filter(|end| *end < pieces));
        }
        bounds.push(pieces);
    }
    bounds
}
