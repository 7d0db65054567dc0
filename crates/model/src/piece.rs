//! Pieces: where a network may be cut, and what a run of pieces reads and makes.

use crate::{Graph, NodeId, Region};
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
    /// Whether its output may be split into tiles. The head (global pooling, fully connected
    /// layers, softmax) is one piece that may not; it is the last, where there is one.
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
}

impl Segment {
    /// The run `pieces` of a graph.
    #[must_use]
    pub fn new(graph: &Graph, all: &[Piece], pieces: Range<usize>) -> Self {
        let _ = (graph, all, pieces);
        unimplemented!("filled in by the model work")
    }

    /// From the wanted part of each of [`Segment::outputs`] (same order), back to what every node
    /// inside must compute and what must be read of every input (`method` section 1).
    #[must_use]
    pub fn trace(&self, graph: &Graph, wanted: &[Region]) -> Trace {
        let _ = (graph, wanted);
        unimplemented!("filled in by the model work")
    }

    /// Cuts the outputs into horizontal strips. `bounds` are rows of the tallest output
    /// ([`Segment::reference`]), ascending from 0 to its height; strip k owns rows
    /// `floor(bounds[k] * h / reference height) .. floor(bounds[k + 1] * h / reference height)` of an
    /// output of height h, so that every row of every output has exactly one owner.
    #[must_use]
    pub fn strips(&self, graph: &Graph, bounds: &[u32]) -> Vec<Vec<Region>> {
        let _ = (graph, bounds);
        unimplemented!("filled in by the model work")
    }
}
