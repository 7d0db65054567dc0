//! Where a network is cut into pieces.
//!
//! A cut is a position in the topological order; what crosses it are the tensors made before and
//! read after. Cuts are
//!
//! 1. the articulation points: positions that a single tensor crosses (PICO: a block whose only
//!    connections are at its two ends is one piece);
//! 2. between two of them, where more than a fifth of the network's multiply-accumulates lie there,
//!    every position whose crossing tensors together are at most 1.5 times the largest of them: side
//!    branches that are small beside the main map (HED, YOLO's route) then cost little traffic;
//! 3. between two of them also positions inside a block whose crossing tensors together are at most
//!    twice the largest (a residual and what is added to it), as long as no piece becomes smaller
//!    than a hundredth of the work.
//!
//! The first two part a network into [`units`], the grain of the paper's schemes and of pipeline
//! stages; the third is for groups of devices that go through a block together.
//!
//! Never is there a cut before an element-wise layer, which would only part it from its maker.
//!
//! The end of the network that no strips can be cut from is its head. It is one piece, but for heavy
//! fully connected layers, which are laid out in rows ([`Graph::lay_out_heads`]): each ends a piece of
//! its own, which can be split as those before. A layer in the middle that needs a whole map, a global
//! pooling or a mean for a normalisation, is no head: a tile of what follows reads all of that map and
//! makes the one pixel itself, which costs next to nothing. So that it need not compute the map anew
//! too, there is always a cut before such a layer, where little more than the map crosses; a stage that
//! begins there gathers what the stage before has made in tiles.

use crate::{Graph, Node, NodeId, Op, Piece, Region, macs};

/// Units that hold more than this share of the work are cut inside.
const COARSE: f64 = 0.2;
/// Inside such a one, crossing tensors may be this many times the largest of them.
const NARROW: f64 = 1.5;
/// Inside any block, crossing tensors may be this many times the largest of them.
const WIDE: f64 = 2.0;
/// Pieces of a block hold at least this share of the work.
const FINE: f64 = 0.01;

/// The pieces of a graph, in order; together they hold every node but the input.
#[must_use]
pub fn pieces(graph: &Graph) -> Vec<Piece> {
    let count = graph.nodes.len() as u32;
    let head = head(graph);
    let cuts = Cuts::new(graph);
    let mut pieces = Vec::new();
    for pair in cuts.units(head).windows(2) {
        let (mut start, end) = (pair[0], pair[1]);
        for at in (start + 1..end).filter(|at| cuts.is_at_most(*at, WIDE)) {
            let large = cuts.share(start, at) >= FINE && cuts.share(at, end) >= FINE;
            if large || cuts.gathers(at) {
                pieces.push(Piece { first: NodeId(start), end: NodeId(at), splittable: true });
                start = at;
            }
        }
        pieces.push(Piece { first: NodeId(start), end: NodeId(end), splittable: true });
    }
    let mut start = head;
    for end in cuts.divisions(head) {
        pieces.push(Piece { first: NodeId(start), end: NodeId(end), splittable: true });
        start = end;
    }
    if start < count {
        pieces.push(Piece { first: NodeId(start), end: NodeId(count), splittable: false });
    }
    pieces
}

/// How many pieces, from the first on, lie before the head.
#[must_use]
pub fn body(graph: &Graph, pieces: &[Piece]) -> usize {
    let head = head(graph);
    pieces.iter().take_while(|piece| piece.first.0 < head).count()
}

/// The first layer of the head: after the last that makes rows of its own, the first that needs a
/// whole map, or before that the first that cannot be split; the number of layers where there is none.
fn head(graph: &Graph) -> u32 {
    let nodes = &graph.nodes;
    let has_rows = |node: &Node| node.op.is_local() && !node.shape.is_flat();
    let body = nodes.iter().rposition(has_rows).map_or(1, |last| last + 1).max(1);
    let whole = nodes.iter().skip(body).position(|node| !node.op.is_local());
    let whole = whole.map_or(nodes.len(), |after| body + after);
    let unsplit = nodes.iter().position(|node| !node.op.is_splittable());
    unsplit.map_or(whole, |unsplit| unsplit.min(whole)) as u32
}

/// The bounds of a network's units, blocks that are one layer to the paper's schemes, as indices
/// into its pieces: from 0 to the number of pieces before the head ([`body`]).
#[must_use]
pub fn units(graph: &Graph, pieces: &[Piece]) -> Vec<usize> {
    let body = body(graph, pieces);
    let end = pieces.get(..body).and_then(|body| body.last()).map_or(1, |last| last.end.0);
    let bounds = Cuts::new(graph).units(end);
    let starts = pieces.iter().take(body).enumerate().skip(1);
    let inner = starts.filter(|(_, piece)| bounds.contains(&piece.first.0));
    let mut units = vec![0];
    units.extend(inner.map(|(index, _)| index));
    if body > 0 {
        units.push(body);
    }
    units
}

/// What crosses each position of the order, and the work before it.
struct Cuts<'a> {
    graph: &'a Graph,
    /// How many tensors, their elements together, and those of the largest.
    crossing: Vec<(u32, u64, u64)>,
    /// Multiply-accumulates of all nodes before, as a share of all.
    before: Vec<f64>,
}

impl<'a> Cuts<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut last_read = vec![0u32; graph.nodes.len()];
        for (id, node) in graph.iter() {
            for input in &node.inputs {
                last_read[input.index()] = last_read[input.index()].max(id.0);
            }
        }
        let mut crossing = vec![(0, 0, 0); graph.nodes.len() + 1];
        let mut before = vec![0.0];
        for (id, node) in graph.iter() {
            let elements = node.shape.elements();
            for position in id.0 + 1..=last_read[id.index()] {
                let (count, sum, largest) = &mut crossing[position as usize];
                *count += 1;
                *sum += elements;
                *largest = elements.max(*largest);
            }
            let work = macs(graph, id, Region::whole(node.shape)) as f64;
            before.push(before[id.index()] + work);
        }
        let all = before[graph.nodes.len()].max(1.0);
        before.iter_mut().for_each(|work| *work /= all);
        Self { graph, crossing, before }
    }

    /// The positions of rules 1 and 2, from the first layer's to `end`.
    fn units(&self, end: u32) -> Vec<u32> {
        let single = |at: &u32| self.may_cut(*at) && self.crossing[*at as usize].0 == 1;
        let mut bounds: Vec<u32> = vec![1];
        bounds.extend((2..end).filter(single));
        bounds.push(end);
        bounds.dedup();
        let inside = |pair: &[u32]| {
            let coarse = self.share(pair[0], pair[1]) > COARSE;
            let cuts =
                (pair[0] + 1..pair[1]).filter(move |at| coarse && self.is_at_most(*at, NARROW));
            cuts.chain([pair[1]]).collect::<Vec<u32>>()
        };
        [1].into_iter().chain(bounds.windows(2).flat_map(inside)).collect()
    }

    /// Where pieces of the head end that can be split: after heavy layers and what is applied to
    /// them, if nothing else crosses; but not past what cannot be split.
    fn divisions(&self, head: u32) -> Vec<u32> {
        let count = self.graph.nodes.len() as u32;
        let mut ends = Vec::new();
        for id in (head..count).map(NodeId) {
            let node = self.graph.node(id);
            if !node.op.is_splittable() {
                break;
            }
            let heavy = matches!(node.op, Op::Gemm { .. }) && node.shape.is_rows();
            let end = (id.0 + 1..count).find(|at| self.may_cut(*at)).unwrap_or(count);
            if heavy && (end == count || self.crossing[end as usize].0 == 1) {
                ends.push(end);
            }
        }
        ends
    }

    /// Whether the layer at this position makes one pixel of a map that others read too, as a
    /// squeeze-and-excite block begins, and there is something before it in this piece to part it from.
    fn gathers(&self, at: u32) -> bool {
        let node = &self.graph.nodes[at as usize];
        let one_pixel = (node.shape.height, node.shape.width) == (1, 1);
        one_pixel && !node.op.is_local()
    }

    fn may_cut(&self, at: u32) -> bool {
        !matches!(self.graph.nodes[at as usize].op, Op::Activation { .. } | Op::Affine | Op::PRelu)
    }

    /// Share of the work between two positions.
    fn share(&self, start: u32, end: u32) -> f64 {
        self.before[end as usize] - self.before[start as usize]
    }

    /// Whether the tensors that cross a position where there may be a cut are at most so many times
    /// the largest.
    fn is_at_most(&self, at: u32, times: f64) -> bool {
        let (count, sum, largest) = self.crossing[at as usize];
        self.may_cut(at) && count > 0 && sum as f64 <= times * largest as f64
    }
}
