//! The head of a network: heavy layers that a group divides among its devices, rows dealt by capacity
//! as far as memory allows, and pieces that one device does alone.

use super::blocks::Way;
use super::cost::Cost;
use super::costing::Costing;
use crate::cost::Costs;
use crate::schemes::run::{Run, Work};
use crate::{Cluster, Device, rows};
use convoy_model::{Model, NodeId, Region, Segment, effort, weights};
use std::ops::Range;
use std::rc::Rc;

/// A piece of the head that can be split.
pub(super) struct Heavy<'a> {
    pub(super) run: Run<'a>,
    /// Bytes of weights of whoever has some of its rows.
    fixed: u64,
    /// Bytes of weights a row.
    row: u64,
}

impl<'a> Heavy<'a> {
    pub(super) fn new(model: &'a Model, cluster: &Cluster, piece: usize) -> Self {
        let graph = &model.graph;
        let run = Run::new(model, cluster, piece..piece + 1);
        let held = |rows: u32| {
            let wanted = run.segment.cell(graph, [0, rows], [0, run.width]);
            let trace = run.segment.trace(graph, &wanted);
            4 * weights::tile_parameter_count(graph, run.segment.nodes.clone(), &trace)
        };
        // Every row of a fully connected layer reads as much as another.
        let row = held(run.height.min(2)).saturating_sub(held(1));
        Self { fixed: held(1).saturating_sub(row), row, run }
    }

    /// Bytes of weights of whoever has so many rows.
    fn held(&self, rows: u32) -> u64 {
        if rows == 0 { 0 } else { self.fixed + self.row * u64::from(rows) }
    }

    /// Most rows whose weights are within so many bytes.
    fn most(&self, bytes: f64) -> u32 {
        let room = bytes - self.fixed as f64;
        if room < 0.0 {
            return 0;
        }
        // A float becomes the nearest number that there is.
        if self.row == 0 { self.run.height } else { (room / self.row as f64) as u32 }
    }
}

/// What pieces cost as a whole, in multiply-accumulates, passing them on included.
pub(super) fn work(costs: &Costs, pieces: Range<usize>) -> f64 {
    let passing = if pieces.is_empty() { 0.0 } else { costs.cluster.counting().passing };
    computing(costs, pieces) + passing
}

/// What computing pieces costs.
fn computing(costs: &Costs, pieces: Range<usize>) -> f64 {
    let (model, counting) = (costs.model, costs.cluster.counting());
    let graph = &model.graph;
    let run = model.pieces.get(pieces).unwrap_or_default();
    let nodes = run.iter().flat_map(|piece| piece.first.0..piece.end.0).map(NodeId);
    nodes.map(|id| effort(graph, id, Region::whole(graph.shape(id)), counting)).sum()
}

impl Costing<'_> {
    /// Pieces of the head that a group divides where it holds `[start, end)`.
    pub(super) fn heavy_in(&self, start: usize, end: usize) -> Range<usize> {
        let first = start.max(self.body);
        first..end.min(self.divisible).max(first)
    }

    /// Where the blocks of pieces `[start, end)` end that are as few as can be: the head is one device's
    /// alone where all of it, and something before, is among them, else it is divided.
    pub(super) fn whole(&self, start: usize, end: usize) -> Vec<usize> {
        if end <= self.body || (start < self.body && end == self.pieces) {
            return vec![end.min(self.body)];
        }
        self.divided_ends(start, end)
    }

    /// Where they end if each heavy layer of the head is a block.
    pub(super) fn divided_ends(&self, start: usize, end: usize) -> Vec<usize> {
        let body = end.min(self.body);
        let heavy = self.heavy_in(start, end).map(|piece| piece + 1);
        (start < body).then_some(body).into_iter().chain(heavy).collect()
    }

    /// For each of [`Costing::heavy_in`] the bounds of the devices' rows: in proportion to capacity,
    /// as far as their memory allows beside all else that they hold of `[start, end)`. `None` where
    /// it does not suffice.
    pub(super) fn dealt(
        &self,
        start: usize,
        end: usize,
        group: &[&Device],
    ) -> Option<Vec<Vec<u32>>> {
        let heavy = self.heavy_in(start, end);
        let between = |from: usize, to: usize| self.weights[to.max(from)] - self.weights[from];
        let body = between(start, end.min(self.body));
        let rest = between(heavy.end, end);
        let held = |k: usize| if k == 0 { body + rest } else { body };
        let mut free: Vec<u64> = group
            .iter()
            .enumerate()
            .map(|(k, device)| device.memory.checked_sub(held(k)))
            .collect::<Option<_>>()?;
        let capacities: Vec<f64> = group.iter().map(|device| device.capacity).collect();
        let mut left: f64 = between(heavy.start, heavy.end) as f64;
        let mut dealt = Vec::with_capacity(heavy.len());
        for piece in heavy {
            let heavy = &self.heavy[piece - self.body];
            // Each of several such pieces has its part of what is free; the last all of it.
            let own = between(piece, piece + 1) as f64;
            let part = if own < left { own / left } else { 1.0 };
            left -= own;
            let most: Vec<u32> = free.iter().map(|free| heavy.most(*free as f64 * part)).collect();
            let bounds = rows::capped(heavy.run.height, &capacities, &most)?;
            for (free, rows) in free.iter_mut().zip(bounds.windows(2)) {
                *free = free.saturating_sub(heavy.held(rows[1] - rows[0]));
            }
            dealt.push(bounds);
        }
        Some(dealt)
    }

    /// The tiles of a piece of the head that can be split, between these bounds.
    pub(super) fn heavy_tiles(&self, piece: usize, bounds: &[u32]) -> Vec<Rc<Work>> {
        let run = self.run(piece, piece + 1);
        bounds.windows(2).map(|rows| Rc::clone(run.strip(rows[0], rows[1]))).collect()
    }

    /// What pieces `[start, end)` of the head cost on a group that divides what can be split of them;
    /// `None` where nothing can, or memory does not suffice.
    pub(super) fn divided(&self, start: usize, end: usize, group: &[&Device]) -> Option<Cost> {
        let way = Way::along(self, group, (start, end), &self.divided_ends(start, end))?;
        self.by_blocks(start, end, group, &way)
    }

    /// What pieces `[start, end)` of the head cost, in multiply-accumulates.
    pub(super) fn head_work(&self, start: usize, end: usize) -> f64 {
        if (start, end) == (self.body, self.pieces) {
            return self.head;
        }
        work(self.costs, start..end)
    }

    /// What computing pieces of the head costs, however they are passed on.
    pub(super) fn head_computing(&self, pieces: Range<usize>) -> f64 {
        computing(self.costs, pieces)
    }

    /// Bytes that pieces of the head from `start` on read.
    pub(super) fn head_input(&self, start: usize) -> f64 {
        if start < self.body {
            return 0.0;
        }
        let Costs { model, cluster } = self.costs;
        let (graph, wire) = (&model.graph, cluster.network.wire);
        let head = Segment::new(graph, &model.pieces, start..self.pieces);
        let sized = |id| graph.shape(id).elements() as f64 * wire.bytes(id, false) as f64;
        head.inputs.iter().map(|id| sized(*id)).sum()
    }

    /// Bytes that the piece of the head which ends here makes for the next.
    pub(super) fn head_output(&self, end: usize) -> f64 {
        let run = end.checked_sub(1).filter(|piece| (self.body..self.divisible).contains(piece));
        run.map_or(0.0, |piece| {
            let run = self.run(piece, piece + 1);
            run.strip(0, run.height).output
        })
    }
}
