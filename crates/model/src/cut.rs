//! Where a network is cut into pieces.
//!
//! A cut is a position in the topological order; what crosses it are the tensors made before and
//! read after. Cuts are
//!
//! 1. the articulation points: positions that a single tensor crosses (PICO: a block whose only
//!    connections are at its two ends is one piece);
//! 2. inside a piece that holds more than a fifth of the network's multiply-accumulates, also every
//!    position whose crossing tensors together are at most 1.5 times the largest of them: side
//!    branches that are small beside the main map (HED, YOLO's route) then cost little traffic.
//!
//! Never is there a cut before an element-wise layer, which would only part it from its maker.
//! From the first layer that cannot be split on, everything is one piece, the head.

use crate::{Graph, NodeId, Op, Piece, Region, macs};

/// Pieces that hold more than this share of the work are cut inside.
const COARSE: f64 = 0.2;

/// Inside a coarse piece, crossing tensors may be this many times the largest of them.
const SPREAD: f64 = 1.5;

/// The pieces of a graph, in order; together they hold every node but the input.
#[must_use]
pub fn pieces(graph: &Graph) -> Vec<Piece> {
    let count = graph.nodes.len() as u32;
    let unsplittable = |(_, node): &(NodeId, &crate::Node)| !node.op.is_splittable();
    let head = graph.iter().skip(1).find(unsplittable).map_or(count, |(id, _)| id.0);
    let crossing = Crossing::new(graph);
    let may_cut = |position: u32| {
        let op = &graph.nodes[position as usize].op;
        !matches!(op, Op::Activation { .. } | Op::Affine)
    };

    let mut bounds: Vec<u32> =
        (2..head).filter(|at| may_cut(*at) && crossing.tensors(*at) == 1).collect();
    bounds.insert(0, 1);
    bounds.push(head);
    bounds.dedup();
    let work = |first: u32, end: u32| -> u64 {
        (first..end).map(NodeId).map(|id| macs(graph, id, Region::whole(graph.shape(id)))).sum()
    };
    let coarse = COARSE * work(1, count) as f64;
    let mut pieces = Vec::new();
    for pair in bounds.windows(2) {
        let (first, end) = (pair[0], pair[1]);
        let mut start = first;
        if work(first, end) as f64 > coarse {
            for at in (first + 1..end).filter(|at| may_cut(*at) && crossing.is_narrow(*at)) {
                pieces.push(Piece { first: NodeId(start), end: NodeId(at), splittable: true });
                start = at;
            }
        }
        if start < end {
            pieces.push(Piece { first: NodeId(start), end: NodeId(end), splittable: true });
        }
    }
    if head < count {
        pieces.push(Piece { first: NodeId(head), end: NodeId(count), splittable: false });
    }
    pieces
}

/// What crosses each position of the order.
struct Crossing {
    /// How many tensors, their elements together, and those of the largest.
    at: Vec<(u32, u64, u64)>,
}

impl Crossing {
    fn new(graph: &Graph) -> Self {
        let mut last_read = vec![0u32; graph.nodes.len()];
        for (id, node) in graph.iter() {
            for input in &node.inputs {
                last_read[input.index()] = last_read[input.index()].max(id.0);
            }
        }
        let mut at = vec![(0, 0, 0); graph.nodes.len()];
        for (id, node) in graph.iter() {
            let elements = node.shape.elements();
            for position in id.0 + 1..=last_read[id.index()] {
                let (count, sum, largest) = &mut at[position as usize];
                *count += 1;
                *sum += elements;
                *largest = elements.max(*largest);
            }
        }
        Self { at }
    }

    fn tensors(&self, position: u32) -> u32 {
        self.at[position as usize].0
    }

    fn is_narrow(&self, position: u32) -> bool {
        let (count, sum, largest) = self.at[position as usize];
        count > 0 && sum as f64 <= SPREAD * largest as f64
    }
}
