//! Computes a tile: input regions from slices, the engine, slices for whoever needs the outputs.

use crate::WorkerError;
use crate::ready::{OwnTile, Ready};
use crate::slices::{arrived, read, write};
use convoy_engine::{Map, Parallel};
use convoy_plan::Port;
use convoy_session::Slice;
use convoy_wire::FrameId;

/// The slices of `edges` for `frame`, which start at the tile `(stage, tile)`, that is `own`.
pub(crate) fn compute(
    ready: &Ready,
    own: &OwnTile,
    parallel: &dyn Parallel,
    frame: FrameId,
    place: (u16, u16),
    slices: &[Slice],
    edges: &[u16],
) -> Result<Vec<Slice>, WorkerError> {
    let mut run = own.engine().begin(inputs(ready, own, frame, place, slices)?)?;
    while run.step(parallel) {}
    outputs(ready, own, place, &run.finish(), edges)
}

/// What the engine of a tile reads, from the slices that end at it.
pub(crate) fn inputs(
    ready: &Ready,
    own: &OwnTile,
    frame: FrameId,
    (stage, tile): (u16, u16),
    slices: &[Slice],
) -> Result<Vec<Map>, WorkerError> {
    let pairs = arrived(ready, frame, Port::Tile { stage, tile }, slices)?;
    let mut inputs: Vec<Map> = Vec::new();
    for (tensor, region) in own.engine().inputs() {
        let mut input = Map::zeros(*region, ready.model.graph.shape(*tensor).channels);
        for (edge, slice) in pairs.iter().filter(|(edge, _)| edge.tensor == *tensor) {
            let part = read(ready, edge, slice)?;
            // The usual case: one slice is all there is, and need not be copied.
            if part.region == *region {
                input = part;
            } else {
                input.paste(&part)?;
            }
        }
        inputs.push(input);
    }
    Ok(inputs)
}

/// The slices of `edges`, which start at a tile, from what its engine made.
pub(crate) fn outputs(
    ready: &Ready,
    own: &OwnTile,
    (stage, tile): (u16, u16),
    outputs: &[Map],
    edges: &[u16],
) -> Result<Vec<Slice>, WorkerError> {
    let segment = own.segment();
    let mut sent = Vec::with_capacity(edges.len());
    for number in edges {
        let edge = ready.edge(*number)?;
        let made = segment.outputs.iter().zip(outputs).find(|(id, _)| **id == edge.tensor);
        let Some((_, map)) = made.filter(|_| edge.from == Port::Tile { stage, tile }) else {
            return Err(WorkerError::Edge { edge: *number, what: "start at this tile" });
        };
        sent.push(write(edge, *number, map)?);
    }
    Ok(sent)
}
