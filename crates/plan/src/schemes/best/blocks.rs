//! A group that carries its run through several fused blocks, exchanging halos between them: less
//! is computed twice than in one fused block, and less travels than between groups. This is how all
//! devices together answer one frame soonest (AOFL and CoEdge are points of it).

use super::cost::Inner;
use super::costing::Costing;
use crate::Device;
use crate::rows::proportional;
use crate::schemes::run::Run;
use convoy_model::{Region, Span};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Most pieces of a block: beyond that its halos cost more than they save.
const LONGEST: usize = 12;

/// What a block costs a group, in seconds.
#[derive(Debug, Clone, Copy)]
struct Block {
    compute: f64,
    /// Until every tile has what it reads: all of it, or only what its device does not have.
    whole: f64,
    halo: f64,
}

/// How much waiting for others counts beside computing where a way is chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thrift(pub(super) f64);

impl Thrift {
    /// As much: what ends soonest is best.
    pub(super) const NONE: Self = Self(1.0);
}

/// The way through a run, by blocks, that is best.
#[derive(Debug, Clone, Copy)]
struct Steps {
    /// What it is chosen by: see [`Thrift`].
    weight: f64,
    /// End of the first block.
    first_end: usize,
    /// Start of the last block.
    last_start: usize,
    /// What all blocks but the first cost.
    inner: Inner,
}

impl Steps {
    fn first(block: Block, thrift: Thrift, start: usize, end: usize) -> Self {
        let weight = block.compute + thrift.0 * block.whole;
        Self { weight, first_end: end, last_start: start, inner: Inner::default() }
    }

    /// The way that goes on from `start` with one more block.
    fn then(&self, costing: &Costing, thrift: Thrift, start: usize, block: Block) -> Self {
        let exchange = block.halo + costing.costs.cluster.network.latency;
        let more = block.compute + exchange;
        Self {
            weight: self.weight + block.compute + thrift.0 * exchange,
            first_end: self.first_end,
            last_start: start,
            inner: Inner {
                seconds: self.inner.seconds + more,
                compute: self.inner.compute + block.compute,
                halos: self.inner.halos + block.halo,
            },
        }
    }
}

/// A way of a group through its run, with what of the head it divides.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// End of the first block.
    pub(super) first_end: usize,
    /// Start of the last block.
    pub(super) last_start: usize,
    /// End of the last block; what comes after, one device does alone.
    pub(super) end: usize,
    /// What all blocks but the first cost.
    pub(super) inner: Inner,
    /// Bounds of rows of each piece of the head that is a block, see [`Costing::dealt`].
    pub(super) dealt: Vec<Vec<u32>>,
}

impl Way {
    /// The way of a group through pieces `[start, end)` in blocks that end here; `None` where there
    /// are none, or weights do not fit.
    pub(super) fn along(
        costing: &Costing,
        group: &[&Device],
        (start, end): (usize, usize),
        ends: &[usize],
    ) -> Option<Self> {
        let last = *ends.last()?;
        let strips = Strips::of(group);
        let before = ends.iter().take_while(|end| **end <= costing.body);
        let (mut at, mut steps): (usize, Option<Steps>) = (start, None);
        for end in before {
            let block = block(costing, group, &strips, at, *end);
            steps = Some(match steps {
                None => Steps::first(block, Thrift::NONE, at, *end),
                Some(steps) => steps.then(costing, Thrift::NONE, at, block),
            });
            at = *end;
        }
        if last > costing.body {
            return Self::through_head(costing, group, &strips, (start, end), steps);
        }
        steps.map(|steps| Self::of(steps, last, Vec::new()))
    }

    /// The way that goes on through the head.
    fn through_head(
        costing: &Costing,
        group: &[&Device],
        strips: &Strips,
        (start, end): (usize, usize),
        mut steps: Option<Steps>,
    ) -> Option<Self> {
        let dealt = costing.dealt(start, end, group)?;
        let heavy = costing.heavy_in(start, end);
        let last = heavy.end;
        for (piece, bounds) in heavy.zip(&dealt) {
            let block = dealt_block(costing, group, strips, (piece, piece + 1), bounds);
            steps = Some(match steps {
                None => Steps::first(block, Thrift::NONE, piece, piece + 1),
                Some(steps) => steps.then(costing, Thrift::NONE, piece, block),
            });
        }
        steps.map(|steps| Self::of(steps, last, dealt))
    }

    fn of(steps: Steps, end: usize, dealt: Vec<Vec<u32>>) -> Self {
        let Steps { first_end, last_start, inner, .. } = steps;
        Self { first_end, last_start, end, inner, dealt }
    }
}

/// Ways of one group from the start of every unit to every end, as far as they were asked for.
pub(super) struct Ways {
    strips: Rc<Strips>,
    ways: Vec<Vec<Steps>>,
}

impl Ways {
    /// From the start of each unit to the ends before the piece that `last` says of it, or to none: the
    /// best of each thrift. `None` where `go_on` says that time is up.
    pub(super) fn new(
        costing: &Costing,
        group: &[&Device],
        thrifts: &[Thrift],
        last: impl Fn(usize) -> Option<usize>,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Vec<Self>> {
        if thrifts.is_empty() {
            return Some(Vec::new());
        }
        let body = costing.body;
        let strips = Rc::new(Strips::of(group));
        let starts = costing.units.iter().enumerate().filter(|(_, start)| **start < body);
        let mut ends = vec![None; body];
        for (unit, start) in starts {
            ends[*start] = last(unit).map(|last| last.min(body)).filter(|last| last > start);
        }
        let mut reach = 0;
        let mut blocks: Vec<Vec<Block>> = Vec::with_capacity(body);
        for (start, end) in ends.iter().enumerate() {
            // As far as any way reaches that began before.
            reach = reach.max(end.unwrap_or(0));
            if !go_on() {
                return None;
            }
            let inside = (start + 1..=reach).take(LONGEST);
            blocks.push(inside.map(|end| block(costing, group, &strips, start, end)).collect());
        }
        let from = |thrift: Thrift, start: usize, last: usize| {
            let mut ways: Vec<Steps> = Vec::with_capacity(last - start);
            for end in start + 1..=last {
                let inner = Inner::default();
                let first = blocks[start].get(end - start - 1);
                let weight = first
                    .map_or(f64::INFINITY, |first| Steps::first(*first, thrift, start, end).weight);
                let mut best = Steps { weight, first_end: end, last_start: start, inner };
                for middle in (start + 1..end).rev().take(LONGEST) {
                    let (before, next) =
                        (ways[middle - start - 1], blocks[middle][end - middle - 1]);
                    let way = before.then(costing, thrift, middle, next);
                    if way.weight < best.weight {
                        best = way;
                    }
                }
                ways.push(best);
            }
            ways
        };
        let of = |thrift: &Thrift| {
            let ways = ends.iter().enumerate();
            let ways =
                ways.map(|(start, end)| end.map_or_else(Vec::new, |end| from(*thrift, start, end)));
            Self { ways: ways.collect(), strips: Rc::clone(&strips) }
        };
        Some(thrifts.iter().map(of).collect())
    }

    /// The way from `start` to `end`; `None` where one block is best, or there is none.
    pub(super) fn way(&self, start: usize, end: usize) -> Option<Way> {
        let steps = *self.ways.get(start)?.get(end - start - 1)?;
        (steps.last_start > start).then(|| Way::of(steps, end, Vec::new()))
    }

    /// The way from `start` through the body and on through heavy layers of the head, which are
    /// divided; `None` where there are none of either, or weights do not fit.
    pub(super) fn divided(
        &self,
        costing: &Costing,
        group: &[&Device],
        start: usize,
        end: usize,
    ) -> Option<Way> {
        if costing.heavy_in(start, end).is_empty() {
            return None;
        }
        let body = costing.body.checked_sub(start + 1);
        let steps = *self.ways.get(start)?.get(body?)?;
        Way::through_head(costing, group, &self.strips, (start, end), Some(steps))
    }

    /// The ends of the way's blocks, ascending.
    pub(super) fn ends(&self, start: usize, end: usize) -> Vec<usize> {
        let (mut ends, mut at) = (Vec::new(), end);
        while at > start {
            ends.push(at);
            at = self.ways[start][at - start - 1].last_start;
        }
        ends.reverse();
        ends
    }
}

/// Strips by capacity, of maps of any height.
struct Strips {
    weights: Vec<f64>,
    known: RefCell<HashMap<u32, Rc<[u32]>>>,
}

impl Strips {
    fn of(group: &[&Device]) -> Self {
        let weights = group.iter().map(|device| device.capacity).collect();
        Self { weights, known: RefCell::default() }
    }

    fn bounds(&self, height: u32) -> Rc<[u32]> {
        let mut known = self.known.borrow_mut();
        let bounds = || proportional(height, &self.weights).into();
        Rc::clone(known.entry(height).or_insert_with(bounds))
    }
}

/// A block in strips by capacity.
fn block(costing: &Costing, group: &[&Device], strips: &Strips, start: usize, end: usize) -> Block {
    let bounds = strips.bounds(costing.run(start, end).height);
    dealt_block(costing, group, strips, (start, end), &bounds)
}

/// A block in strips between these bounds. Every map before it lies on the devices in strips by
/// capacity.
fn dealt_block(
    costing: &Costing,
    group: &[&Device],
    strips: &Strips,
    (start, end): (usize, usize),
    bounds: &[u32],
) -> Block {
    let run = costing.run(start, end);
    let network = &costing.costs.cluster.network;
    let owned: Vec<Rc<[u32]>> =
        run.inputs.iter().map(|(shape, _)| strips.bounds(shape.height)).collect();
    let mut block = Block { compute: 0.0, whole: 0.0, halo: 0.0 };
    for (k, rows) in bounds.windows(2).enumerate().filter(|(_, rows)| rows[0] < rows[1]) {
        let work = run.strip(rows[0], rows[1]);
        block.compute = block.compute.max(work.effort / group[k].capacity);
        let mut halo = work.input;
        for (((shape, size), reads), owned) in run.inputs.iter().zip(&work.reads).zip(&owned) {
            let own = Region::strip(Span::new(owned[k], owned[k + 1]), *shape);
            halo -= size * reads.intersect(&own).area() as f64;
        }
        if network.shared {
            block.whole += work.input / network.bandwidth;
            block.halo += halo / network.bandwidth;
        } else {
            // A neighbour sends about what it gets.
            let link = costing.link(group[k]);
            let line = link.down.min(link.up);
            block.whole = block.whole.max(work.input / link.down);
            block.halo = block.halo.max(halo / line);
        }
    }
    if costing.thorough && !network.shared {
        let sends = sent(run, bounds, &owned).zip(group);
        let seconds = sends.map(|(bytes, device)| bytes / costing.link(device).up);
        block.halo = seconds.fold(block.halo, f64::max);
    }
    block
}

/// Bytes that each device sends to the others, which read more than they own.
fn sent<'a>(run: &'a Run, bounds: &'a [u32], owned: &'a [Rc<[u32]>]) -> impl Iterator<Item = f64> {
    let readers: Vec<(usize, &[u32])> =
        bounds.windows(2).enumerate().filter(|(_, rows)| rows[0] < rows[1]).collect();
    (0..bounds.len() - 1).map(move |k| {
        let others = readers.iter().filter(|(reader, _)| *reader != k);
        let bytes = |(_, rows): &(usize, &[u32])| -> f64 {
            let reads = run.strip(rows[0], rows[1]).reads.iter();
            let inputs = run.inputs.iter().zip(reads).zip(owned);
            let bytes = inputs.map(|(((shape, size), reads), owned)| {
                let own = Region::strip(Span::new(owned[k], owned[k + 1]), *shape);
                size * reads.intersect(&own).area() as f64
            });
            bytes.sum()
        };
        others.map(bytes).sum()
    })
}
