//! What tiles of a run of pieces cost, looked up rather than traced again: a search asks for the
//! same strip thousands of times.

use crate::WireFormat;
use convoy_model::{Graph, Model, NodeId, Op, Region, Segment, Shape, Span, macs, needed};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// What a tile costs, whoever computes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Work {
    /// Multiply-accumulates.
    pub(super) macs: f64,
    /// Bytes that it reads.
    pub(super) input: f64,
    /// Bytes that it makes.
    pub(super) output: f64,
    /// The part that it reads of each of the run's inputs.
    pub(super) reads: Vec<Region>,
}

/// Runs higher than this remember their strips by name: a table of all would be too large.
const TALL: u32 = 1024;

/// A run of pieces before the head, or a piece of the head that can be split.
pub(super) struct Run<'a> {
    pub(super) segment: Segment,
    /// Extent of the output whose rows and columns are dealt out.
    pub(super) height: u32,
    pub(super) width: u32,
    /// Shape and bytes a value of each input.
    pub(super) inputs: Vec<(Shape, f64)>,
    graph: &'a Graph,
    outputs: Vec<(Shape, f64)>,
    /// Inputs come first, then nodes.
    slots: Vec<Slot<'a>>,
    /// Strips by their bounds, and all other tiles; all where the run is [`TALL`].
    strips: RefCell<Vec<Option<Rc<Work>>>>,
    cells: RefCell<HashMap<[u32; 4], Rc<Work>>>,
}

/// A tensor of the run.
struct Slot<'a> {
    shape: Shape,
    /// What makes it, from which slots; `None` for an input.
    made: Option<(&'a Op, Vec<usize>)>,
    /// Multiply-accumulates of one pixel.
    macs: f64,
}

impl<'a> Run<'a> {
    pub(super) fn new(model: &'a Model, wire: WireFormat, pieces: Range<usize>) -> Self {
        let graph = &model.graph;
        let segment = Segment::new(graph, &model.pieces, pieces);
        let ids: Vec<NodeId> =
            segment.inputs.iter().copied().chain(segment.nodes.clone().map(NodeId)).collect();
        let place: HashMap<NodeId, usize> =
            ids.iter().enumerate().map(|(slot, id)| (*id, slot)).collect();
        let slot = |(slot, id): (usize, &NodeId)| {
            let node = graph.node(*id);
            let inside = slot >= segment.inputs.len();
            let from = || node.inputs.iter().filter_map(|input| place.get(input).copied());
            let pixel = Region::new(Span::new(0, 1), Span::new(0, 1));
            Slot {
                shape: node.shape,
                made: inside.then(|| (&node.op, from().collect())),
                macs: if inside { macs(graph, *id, pixel) as f64 } else { 0.0 },
            }
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
            slots: ids.iter().enumerate().map(slot).collect(),
            strips: RefCell::default(),
            cells: RefCell::default(),
            segment,
        }
    }

    /// The tile between these rows of the reference output, over its whole width.
    pub(super) fn strip(&self, start: u32, end: u32) -> Rc<Work> {
        if self.height > TALL {
            return self.known([start, end], [0, self.width]);
        }
        let place = (start * (self.height + 1) + end) as usize;
        let mut strips = self.strips.borrow_mut();
        if strips.is_empty() {
            strips.resize((self.height as usize + 1).pow(2), None);
        }
        let work = || {
            let wanted = self.segment.cell(self.graph, [start, end], [0, self.width]);
            Rc::new(self.trace(&wanted))
        };
        Rc::clone(strips[place].get_or_insert_with(work))
    }

    /// The tile between these rows and columns of the reference output.
    pub(super) fn cell(&self, rows: [u32; 2], cols: [u32; 2]) -> Rc<Work> {
        if cols == [0, self.width] {
            return self.strip(rows[0], rows[1]);
        }
        self.known(rows, cols)
    }

    fn known(&self, rows: [u32; 2], cols: [u32; 2]) -> Rc<Work> {
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
        let mut macs = 0.0;
        for slot in (inputs..self.slots.len()).rev() {
            let region = regions[slot];
            let of = &self.slots[slot];
            let (Some((op, from)), false) = (&of.made, region.is_empty()) else { continue };
            macs += of.macs * region.area() as f64;
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
        Work { macs, input, output, reads: regions }
    }
}
