//! What a frame's source does: cuts the photograph into slices, and reads the answer from the
//! outputs that come back.

use crate::WorkerError;
use crate::ready::Ready;
use crate::slices::{arrived, read};
use convoy_engine::Map;
use convoy_model::{Answer, NodeId, Region, Shape};
use convoy_picture::answer::{self, Output};
use convoy_picture::{Photo, fit, probe};
use convoy_plan::Port;
use convoy_session::Slice;
use convoy_wire::{DType, FrameId};

/// The slices of `edges`, which start at the source, as pixels.
pub(crate) fn cut(ready: &Ready, image: &[u8], edges: &[u16]) -> Result<Vec<Slice>, WorkerError> {
    let shape = ready.input();
    let pixels = fit(&Photo::decode(image)?, &ready.model.preprocess, shape)?;
    let slice = |number: &u16| {
        let edge = ready.edge(*number)?;
        let inside = Region::whole(shape).contains(&edge.region);
        if edge.from != Port::Source || edge.tensor != NodeId::INPUT || !inside {
            return Err(WorkerError::Edge { edge: *number, what: "start at the source" });
        }
        let bytes = rectangle(&pixels, shape, edge.region);
        Ok(Slice { edge: *number, dtype: DType::U8, bytes })
    };
    edges.iter().map(slice).collect()
}

/// The answer from the outputs' slices; of the photograph only its extent is looked at.
pub(crate) fn decode(
    ready: &Ready,
    frame: FrameId,
    image: &[u8],
    slices: &[Slice],
) -> Result<Answer, WorkerError> {
    let graph = &ready.model.graph;
    let pairs = arrived(ready, frame, Port::Source, slices)?;
    let mut maps = Vec::with_capacity(graph.outputs.len());
    for id in &graph.outputs {
        let shape = graph.shape(*id);
        let mut map = Map::zeros(Region::whole(shape), shape.channels);
        for (edge, slice) in pairs.iter().filter(|(edge, _)| edge.tensor == *id) {
            map.paste(&read(ready, edge, slice)?)?;
        }
        maps.push((shape, map));
    }
    let outputs: Vec<Output<'_>> =
        maps.iter().map(|(shape, map)| Output { shape: *shape, values: &map.values }).collect();
    Ok(answer::decode(&ready.model, &outputs, probe(image)?)?)
}

/// The pixels of `region`, which lies inside, from those of the whole input.
fn rectangle(pixels: &[u8], shape: Shape, region: Region) -> Vec<u8> {
    let channels = shape.channels as usize;
    let stride = shape.width as usize * channels;
    let (left, right) =
        (region.cols.start as usize * channels, region.cols.end as usize * channels);
    let rows = pixels.chunks_exact(stride).skip(region.rows.start as usize);
    rows.take(region.rows.len() as usize).flat_map(|row| &row[left..right]).copied().collect()
}
