//! Parts of an answer that is a map, as they come in at the picture's source: for display.

use crate::Slice;
use convoy_model::{AnswerKind, Model, Region};
use convoy_plan::{Edge, Port};
use convoy_wire::{DType, FrameId};
use std::sync::Arc;

/// A part of a map that is not whole yet.
#[derive(Debug, Clone)]
pub struct MapPart {
    /// Of which picture.
    pub frame: FrameId,
    /// Which rows and columns of the map.
    pub region: Region,
    /// Height and width of the whole.
    pub extent: [u32; 2],
    /// A grey value for each of them, row by row: 0..1 as 0..255.
    pub grey: Vec<u8>,
    /// The picture itself.
    pub image: Arc<[u8]>,
}

impl MapPart {
    /// What `slice`, which came over `edge`, shows of the answer to `frame`; nothing where it is not a
    /// part of a map, or all of it, since its answer follows at once.
    pub(super) fn of(
        model: &Model,
        edge: &Edge,
        (frame, image): (FrameId, &Arc<[u8]>),
        slice: &Slice,
    ) -> Option<Self> {
        let shape = model.graph.shape(edge.tensor);
        let first = model.graph.outputs.first() == Some(&edge.tensor);
        let whole = edge.region.area() == u64::from(shape.height) * u64::from(shape.width);
        let shown = edge.to == Port::Source
            && matches!(model.answer, AnswerKind::Map)
            && slice.dtype == DType::F32
            && shape.channels == 1;
        if !shown || !first || whole {
            return None;
        }
        let values = slice.bytes.chunks_exact(4);
        let values =
            values.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let grey = values.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let (region, extent) = (edge.region, [shape.height, shape.width]);
        Some(Self { frame, region, extent, grey, image: Arc::clone(image) })
    }
}
