//! What tiles of a run of pieces cost, looked up rather than traced again: a search asks for the
//! same strip thousands of times.

use crate::Cluster;
use convoy_model::{Graph, LayerEffort, Model, NodeId, Op, Region, Segment, Shape, needed};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// What a tile costs, whoever computes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::schemes) struct Work {
    /// What computing it costs, in multiply-accumulates ([`convoy_model::effort`]).
    pub(in crate::schemes) effort: f64,
    /// Bytes that it reads.
    pub(in crate::schemes) input: f64,
    /// Bytes that it makes.
    pub(in crate::schemes) output: f64,
    /// The part that it reads of each of the run's inputs.
    pub(in crate::schemes) reads: Vec<Region>,
}

/// Strips that end at the same row, by their starts.
type Ending = Box<[OnceCell<Rc<Work>>]>;

/// A run of pieces before the head, or a piece of the head that can be split.
pub(in crate::schemes) struct Run<'a> {
    pub(in crate::schemes) segment: Segment,
    /// Extent of the output whose rows and columns are dealt out.
    pub(in crate::schemes) height: u32,
    pub(in crate::schemes) width: u32,
    /// Shape and bytes a value of each input.
    pub(in crate::schemes) inputs: Vec<(Shape, f64)>,
    graph: &'a Graph,
    outputs: Vec<(Shape, f64)>,
    /// What passing on a tile costs, in multiply-accumulates.
    passing: f64,
    /// Inputs come first, then nodes.
    slots: Vec<Slot<'a>>,
    /// Strips: for each end row, for each start, the former made where one asks for it, as a run may be
    /// thousands of rows high; and all other tiles.
    strips: OnceCell<Box<[OnceCell<Ending>]>>,
    cells: RefCell<HashMap<[u32; 4], Rc<Work>>>,
}

/// A tensor of the run.
struct Slot<'a> {
    shape: Shape,
    /// What makes it, from which slots, and at what cost; `None` for an input.
    made: Option<(&'a Op, Vec<usize>, LayerEffort)>,
}

impl<'a> Run<'a> {
    pub(in crate::schemes) fn new(
        model: &'a Model,
        cluster: &Cluster,
        pieces: Range<usize>,
    ) -> Self {
        let (graph, wire, counting) = (&model.graph, cluster.network.wire, cluster.counting());
        let segment = Segment::new(graph, &model.pieces, pieces);
        let ids: Vec<NodeId> =
            segment.inputs.iter().copied().chain(segment.nodes.clone().map(NodeId)).collect();
        let place: HashMap<NodeId, usize> =
            ids.iter().enumerate().map(|(slot, id)| (*id, slot)).collect();
        let slot = |(slot, id): (usize, &NodeId)| {
            let node = graph.node(*id);
            let inside = slot >= segment.inputs.len();
            let from = || node.inputs.iter().filter_map(|input| place.get(input).copied());
            let effort = || LayerEffort::new(graph, *id, counting);
            let made = inside.then(|| (&node.op, from().collect(), effort()));
            Slot { shape: node.shape, made }
        };
        let sized = |id: &NodeId, output| {
            let shape = graph.shape(*id);
            (shape, f64::from(shape.channels) * wire.bytes(*id, output) as f64)
        };
        let reference = segment.reference(graph).map(|id| graph.shape(id));
        Self {
            height: reference.map_or(0, |shape| shape.height),
            width: reference.map_or(0, |shape| shape.width),
            inputs: segment.inputs.iter().map(|id| sized(id, false)).collect(),
            outputs: segment
                .outputs
                .iter()
                .map(|id| sized(id, graph.outputs.contains(id)))
                .collect(),
            graph,
            passing: counting.passing,
            slots: ids.iter().enumerate().map(slot).collect(),
            strips: OnceCell::new(),
            cells: RefCell::default(),
            segment,
        }
    }

    /// The tile between these rows of the reference output, over its whole width.
    pub(in crate::schemes) fn strip(&self, start: u32, end: u32) -> &Rc<Work> {
        let ends = || vec![OnceCell::new(); self.height as usize + 1].into();
        let starts = || vec![OnceCell::new(); end as usize + 1].into();
        let ending = self.strips.get_or_init(ends)[end as usize].get_or_init(starts);
        ending[start as usize].get_or_init(|| Rc::new(self.strip_once(start, end)))
    }

    /// As [`Run::strip`], for who asks for few: nothing is kept.
    pub(in crate::schemes) fn strip_once(&self, start: u32, end: u32) -> Work {
        self.trace(&self.segment.cell(self.graph, [start, end], [0, self.width]))
    }

    /// The tile between these rows and columns of the reference output.
    pub(in crate::schemes) fn cell(&self, rows: [u32; 2], cols: [u32; 2]) -> Rc<Work> {
        if cols == [0, self.width] {
            return Rc::clone(self.strip(rows[0], rows[1]));
        }
        let key = [rows[0], rows[1], cols[0], cols[1]];
        let work = || Rc::new(self.trace(&self.segment.cell(self.graph, rows, cols)));
        Rc::clone(self.cells.borrow_mut().entry(key).or_insert_with(work))
    }

    /// As [`Segment::trace`], without looking anything up by name.
    fn trace(&self, wanted: &[Region]) -> Work {
        let inputs = self.inputs.len();
        let mut regions = vec![Region::empty(); self.slots.len()];
        for (id, region) in self.segment.outputs.iter().zip(wanted) {
            let slot = inputs + (id.0 - self.segment.nodes.start) as usize;
            regions[slot] = regions[slot].hull(region);
        }
        let makes = wanted.iter().any(|region| !region.is_empty());
        let mut effort = if makes { self.passing } else { 0.0 };
        for slot in (inputs..self.slots.len()).rev() {
            let region = regions[slot];
            let of = &self.slots[slot];
            let (Some((op, from, layer)), false) = (&of.made, region.is_empty()) else { continue };
            effort += layer.of(region);
            for input in from {
                let reads = needed(op, self.slots[*input].shape, of.shape, region);
                regions[*input] = regions[*input].hull(&reads);
            }
        }
        regions.truncate(inputs);
        let bytes = |of: &[(Shape, f64)], regions: &[Region]| {
            of.iter().zip(regions).map(|((_, size), region)| size * region.area() as f64).sum()
        };
        let (input, output) = (bytes(&self.inputs, &regions), bytes(&self.outputs, wanted));
        Work { effort, input, output, reads: regions }
    }
}
