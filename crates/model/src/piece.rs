//! Pieces: where a network may be cut, and what a run of pieces reads and makes.

use crate::needs::needed;
use crate::{Graph, NodeId, Region, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A contiguous run of nodes that is never cut: the unit a plan deals in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// First node inside.
    pub first: NodeId,
    /// First node past the end.
    pub end: NodeId,
    /// Whether its output may be split into tiles. Only the last piece may be one that may not: the
    /// head (global pooling, fully connected layers, softmax), or what follows its heavy layers.
    pub splittable: bool,
}

/// What a run of pieces reads from outside and makes for outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The run, as piece indices.
    pub pieces: Range<usize>,
    /// Its nodes `[first, end)`.
    pub nodes: Range<u32>,
    /// Tensors made earlier that nodes inside read, ascending.
    pub inputs: Vec<NodeId>,
    /// Tensors made inside that later nodes read or that are outputs of the network, ascending.
    pub outputs: Vec<NodeId>,
}

/// Which part of every tensor a tile needs or makes: for each node inside and each input of a
/// [`Segment`], the smallest rectangle; nodes that the tile does not need are absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// Rectangle of each tensor.
    pub regions: BTreeMap<NodeId, Region>,
}

impl Trace {
    /// The rectangle of tensor `id`, empty where it is not needed.
    #[must_use]
    pub fn region(&self, id: NodeId) -> Region {
        self.regions.get(&id).copied().unwrap_or(Region::empty())
    }

    /// Adds `region` of tensor `id` to what is needed.
    fn add(&mut self, id: NodeId, region: Region) {
        if !region.is_empty() {
            let needed = self.regions.entry(id).or_insert(Region::empty());
            *needed = needed.hull(&region);
        }
    }
}

impl Segment {
    /// The run `pieces` of `all` the pieces of a graph. An empty run computes nothing: it reads and
    /// makes every tensor that crosses its place, so that a tile of it gathers them.
    #[must_use]
    pub fn new(graph: &Graph, all: &[Piece], pieces: Range<usize>) -> Self {
        let run = all.get(pieces.clone()).unwrap_or_default();
        let nodes = match run {
            [] => return Self::crossing(graph, all, pieces),
            [first, ..] => first.first.0..run.last().map_or(0, |last| last.end.0),
        };
        let inside = |id: &NodeId| nodes.contains(&id.0);
        let mut inputs = Vec::new();
        let mut outputs: Vec<NodeId> = graph.outputs.iter().copied().filter(inside).collect();
        for (id, node) in graph.iter() {
            let read = node.inputs.iter().copied();
            if inside(&id) {
                inputs.extend(read.filter(|input| !inside(input)));
            } else {
                outputs.extend(read.filter(inside));
            }
        }
        for ids in [&mut inputs, &mut outputs] {
            ids.sort_unstable();
            ids.dedup();
        }
        Self { pieces, nodes, inputs, outputs }
    }

    /// The empty run before piece `pieces.start`.
    fn crossing(graph: &Graph, all: &[Piece], pieces: Range<usize>) -> Self {
        let at = all.get(pieces.start).map_or(0, |next| next.first.0);
        let later = graph.iter().filter(|(id, _)| id.0 >= at).flat_map(|(_, node)| &node.inputs);
        // The picture itself stays with the source, who gives it to whoever reads it.
        let made = 1..at;
        let mut ids: Vec<NodeId> = later.copied().filter(|id| made.contains(&id.0)).collect();
        ids.sort_unstable();
        ids.dedup();
        Self { pieces, nodes: at..at, inputs: ids.clone(), outputs: ids }
    }

    /// From the wanted part of each of [`Segment::outputs`] (same order), back to what every node
    /// inside must compute and what must be read of every input.
    #[must_use]
    pub fn trace(&self, graph: &Graph, wanted: &[Region]) -> Trace {
        let mut trace = Trace::default();
        for (id, region) in self.outputs.iter().zip(wanted) {
            trace.add(*id, *region);
        }
        for id in self.nodes.clone().rev().map(NodeId) {
            let region = trace.region(id);
            let node = graph.node(id);
            for input in &node.inputs {
                trace.add(*input, needed(&node.op, graph.shape(*input), node.shape, region));
            }
        }
        trace
    }

    /// Cuts the outputs into a grid of [`Segment::cell`]s, band after band. `rows` bounds the bands,
    /// ascending from 0 to the reference's height; `cols[k]` bounds the cells of band k, ascending
    /// from 0 to its width; so that every part of every output has exactly one owner.
    #[must_use]
    pub fn grid(&self, graph: &Graph, rows: &[u32], cols: &[Vec<u32>]) -> Vec<Vec<Region>> {
        let band = |(rows, cols): (&[u32], &Vec<u32>)| -> Vec<Vec<Region>> {
            let cell = |cols: &[u32]| self.cell(graph, [rows[0], rows[1]], [cols[0], cols[1]]);
            cols.windows(2).map(cell).collect()
        };
        rows.windows(2).zip(cols).flat_map(band).collect()
    }

    /// The tallest output, whose rows [`Segment::strips`] counts; the later one among equals.
    #[must_use]
    pub fn reference(&self, graph: &Graph) -> Option<NodeId> {
        self.outputs.iter().copied().max_by_key(|id| (graph.shape(*id).height, *id))
    }

    /// The part of each output between these rows and columns of the tallest output
    /// ([`Segment::reference`]): of one of height h rows `floor(rows[0] * h / reference height) ..
    /// floor(rows[1] * h / reference height)`, and likewise columns; so that cells which part the
    /// reference part every output.
    #[must_use]
    pub fn cell(&self, graph: &Graph, rows: [u32; 2], cols: [u32; 2]) -> Vec<Region> {
        let reference = self.reference(graph).map(|id| graph.shape(id));
        let (height, width) = reference.map_or((1, 1), |shape| (shape.height, shape.width));
        let scale = |bounds: [u32; 2], extent: u32, of: u32| {
            let scaled = |bound: u32| u64::from(bound) * u64::from(extent) / u64::from(of.max(1));
            Span::new(scaled(bounds[0]) as u32, scaled(bounds[1]) as u32)
        };
        let part = |id: &NodeId| {
            let shape = graph.shape(*id);
            let region =
                Region::new(scale(rows, shape.height, height), scale(cols, shape.width, width));
            if region.is_empty() { Region::empty() } else { region }
        };
        self.outputs.iter().map(part).collect()
    }

    /// Cuts the outputs into horizontal strips. `bounds` are rows of the tallest output
    /// ([`Segment::reference`]), ascending from 0 to its height; strip k owns rows
    /// `floor(bounds[k] * h / reference height) .. floor(bounds[k + 1] * h / reference height)` of an
    /// output of height h, so that every row of every output has exactly one owner.
    #[must_use]
    pub fn strips(&self, graph: &Graph, bounds: &[u32]) -> Vec<Vec<Region>> {
        let width = self.reference(graph).map_or(1, |id| graph.shape(id).width);
        let strip = |rows: &[u32]| self.cell(graph, [rows[0], rows[1]], [0, width]);
        bounds.windows(2).map(strip).collect()
    }
}
