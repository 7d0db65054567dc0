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
    (stage, tile): (u16, u16),
    slices: &[Slice],
    edges: &[u16],
) -> Result<Vec<Slice>, WorkerError> {
    let engine = own.engine();
    let port = Port::Tile { stage, tile };
    let pairs = arrived(ready, frame, port, slices)?;
    let mut inputs: Vec<Map> = Vec::new();
    for (tensor, region) in engine.inputs() {
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
    let outputs = engine.run_with(parallel, &inputs)?;
    let segment = own.segment();
    let mut sent = Vec::with_capacity(edges.len());
    for number in edges {
        let edge = ready.edge(*number)?;
        let made = segment.outputs.iter().zip(&outputs).find(|(id, _)| **id == edge.tensor);
        let Some((_, map)) = made.filter(|_| edge.from == port) else {
            return Err(WorkerError::Edge { edge: *number, what: "start at this tile" });
        };
        sent.push(write(edge, *number, map)?);
    }
    Ok(sent)
}
