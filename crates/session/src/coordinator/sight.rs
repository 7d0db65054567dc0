//! What a tile sees of the picture: the part of the network's input on which it depends through every
//! layer before it.

use convoy_model::{Graph, Model, NodeId, Region, Segment};

/// The network from its input to the end of a stage.
pub(super) struct Sight {
    segment: Segment,
    /// For each output of the segment, its place among those of the stage.
    places: Vec<Option<usize>>,
}

impl Sight {
    /// For a stage that makes `outputs` and ends before piece `end`.
    pub(super) fn new(model: &Model, outputs: &[NodeId], end: usize) -> Self {
        let segment = Segment::new(&model.graph, &model.pieces, 0..end);
        let place = |id: &NodeId| outputs.iter().position(|output| output == id);
        let places = segment.outputs.iter().map(place).collect();
        Self { segment, places }
    }

    /// What a tile that makes `regions` of the stage's outputs sees, in pixels of the input.
    pub(super) fn of(&self, graph: &Graph, regions: &[Region]) -> Region {
        let wanted = |place: &Option<usize>| {
            place.and_then(|place| regions.get(place).copied()).unwrap_or(Region::empty())
        };
        let wanted: Vec<Region> = self.places.iter().map(wanted).collect();
        self.segment.trace(graph, &wanted).region(NodeId::INPUT)
    }
}

/// Multiply-accumulates of one picture where nothing is computed twice.
pub(super) fn macs(model: &Model) -> u64 {
    let graph = &model.graph;
    let whole = Segment::new(graph, &model.pieces, 0..model.pieces.len());
    let all: Vec<Region> = whole.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    whole.all_macs(graph, &whole.trace(graph, &all))
}
