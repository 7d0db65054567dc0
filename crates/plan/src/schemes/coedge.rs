//! Scheme `coedge` (CoEdge): every piece is split over all devices, rows in proportion to capacity;
//! maps stay where they are made, and neighbours exchange the rows around their borders.
//!
//! Transfers by the paper's score: of each map that a piece reads, a tile gets the rows beyond its
//! own share, which for a convolution of kernel k and stride 1 are (k - 1) / 2 at each border;
//! pictures come whole from the source, and outputs go back whole, each once. A piece that is a
//! block of layers exchanges once, before it, what all of its layers need, and recomputes inside
//! (our derivation: so it runs, and its computing is counted so too).

use super::crew::Crew;
use crate::cost::{Costs, body, strips};
use crate::{PlanError, Stage, Tile, rows};
use convoy_model::{NodeId, Segment, Span};

pub(super) fn stages(costs: &Costs) -> Result<Vec<Stage>, PlanError> {
    let model = costs.model;
    let body = body(model);
    let crew = Crew::new(costs, body)?;
    let capacities = crew.capacities();
    let mut stages = Vec::new();
    for piece in 0..body {
        let segment = Segment::new(&model.graph, &model.pieces, piece..piece + 1);
        let bounds = rows::proportional(rows::height(model, &segment), &capacities);
        let mut stage = costs.stage(&segment, &strips(model, &segment, &crew.workers, &bounds));
        let last = piece + 1 == body;
        stage.transfer = transfer(costs, &segment, &stage.tiles, last);
        stages.push(stage);
    }
    stages.extend(costs.head(crew.finisher));
    Ok(stages)
}

/// Seconds of the transfers of a stage of this scheme, the `last` one before the head or another.
pub(crate) fn transfer(costs: &Costs, segment: &Segment, tiles: &[Tile], last: bool) -> f64 {
    let bytes = tiles.iter().map(|tile| exchanged(costs, segment, tile, last));
    costs.transfer(bytes.filter(|bytes| *bytes > 0))
}

/// Bytes that a tile gets from others, and of outputs that it gives to the source, or after the
/// `last` piece to the head.
fn exchanged(costs: &Costs, segment: &Segment, tile: &Tile, last: bool) -> u64 {
    let graph = &costs.model.graph;
    let trace = segment.trace(graph, &tile.regions);
    let bytes = |id: NodeId, rows: u32, output: bool| {
        let shape = graph.shape(id);
        let row = u64::from(shape.channels) * u64::from(shape.width);
        u64::from(rows) * row * costs.cluster.network.wire.bytes(id, output)
    };
    let made = || segment.outputs.iter().copied().zip(tile.regions.iter().map(|it| it.rows));
    let tallest = segment.reference(graph);
    let own = made().find(|(id, _)| Some(*id) == tallest).map_or(Span::new(0, 0), |it| it.1);
    let height = tallest.map_or(1, |id| u64::from(graph.shape(id).height.max(1)));
    let got = segment.inputs.iter().map(|id| {
        let read = trace.region(*id).rows;
        if *id == NodeId::INPUT {
            return bytes(*id, read.len(), false);
        }
        let extent = u64::from(graph.shape(*id).height);
        let at = |row: u32| (u64::from(row) * extent / height) as u32;
        let share = Span::new(at(own.start), at(own.end));
        bytes(*id, read.len() - read.intersect(&share).len(), false)
    });
    let given = made().filter(|(id, _)| last || graph.outputs.contains(id));
    let given = given.map(|(id, rows)| bytes(id, rows.len(), graph.outputs.contains(&id)));
    got.sum::<u64>() + given.sum::<u64>()
}
