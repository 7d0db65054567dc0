//! Between maps and the bytes of slices: which number format an edge has, and how it is read and
//! written. Every slice's length is checked against its edge before anything is made of it.

use crate::WorkerError;
use crate::ready::Ready;
use convoy_engine::{Map, half};
use convoy_model::NodeId;
use convoy_plan::{Edge, Port};
use convoy_session::Slice;
use convoy_wire::{DType, FrameId};

/// The number format that a worker gives the slices of an edge: pixels of the input as u8, outputs
/// to the source as f32, all between stages as f16.
#[must_use]
pub fn dtype(edge: &Edge) -> DType {
    match (edge.tensor, edge.to) {
        (NodeId::INPUT, _) => DType::U8,
        (_, Port::Source) => DType::F32,
        _ => DType::F16,
    }
}

/// The slices of `frame` that end at `port`, each with its edge: exactly one for every edge of the
/// plan that brings this frame there.
pub(crate) fn arrived<'a>(
    ready: &'a Ready,
    frame: FrameId,
    port: Port,
    slices: &'a [Slice],
) -> Result<Vec<(&'a Edge, &'a Slice)>, WorkerError> {
    let mut pairs = Vec::with_capacity(slices.len());
    for slice in slices {
        let edge = ready.edge(slice.edge)?;
        if edge.to != port {
            return Err(WorkerError::Edge { edge: slice.edge, what: "end here" });
        }
        pairs.push((edge, slice));
    }
    let brings = |edge: &Edge| edge.to == port && ready.turns.serves(edge.from, frame.0);
    for (index, edge) in ready.edges.iter().enumerate().filter(|(_, edge)| brings(edge)) {
        let count = slices.iter().filter(|slice| usize::from(slice.edge) == index).count();
        if count != 1 {
            let name = &ready.model.graph.node(edge.tensor).name;
            let cause = format!("is there {count} times instead of once");
            return Err(WorkerError::Missing { tensor: name.clone(), region: edge.region, cause });
        }
    }
    Ok(pairs)
}

/// The numbers of a slice. Pixels are normalised; an input in f32 is taken as it is.
pub(crate) fn read(ready: &Ready, edge: &Edge, slice: &Slice) -> Result<Map, WorkerError> {
    let wrong = |cause: String| WorkerError::Slice { edge: slice.edge, cause };
    let channels = ready.model.graph.shape(edge.tensor).channels;
    let width = match (slice.dtype, edge.tensor) {
        (DType::U8, NodeId::INPUT) => 1,
        (DType::F16, tensor) if tensor != NodeId::INPUT => 2,
        (DType::F32, _) => 4,
        (other, _) => return Err(wrong(format!("may not be {other:?}"))),
    };
    let (expected, found) = (edge.region.area() * u64::from(channels) * width, slice.bytes.len());
    if found as u64 != expected {
        return Err(wrong(format!("has {found} bytes instead of {expected}")));
    }
    let values = match slice.dtype {
        DType::U8 => convoy_picture::normalise(&slice.bytes, &ready.model.preprocess),
        DType::F16 => half::f16_bytes_to_values(&slice.bytes),
        DType::F32 => {
            slice.bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
        }
    };
    Ok(Map { region: edge.region, channels, values })
}

/// The slice of edge `number` from a map that holds its region, in the format of [`dtype`].
pub(crate) fn write(edge: &Edge, number: u16, map: &Map) -> Result<Slice, WorkerError> {
    let part = map.cut(edge.region)?;
    let (dtype, bytes) = match dtype(edge) {
        DType::F16 => (DType::F16, half::values_to_f16_bytes(&part.values)),
        // Pixels never pass through maps: the source cuts them as bytes.
        DType::F32 | DType::U8 => {
            (DType::F32, part.values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
    };
    Ok(Slice { edge: number, dtype, bytes })
}
