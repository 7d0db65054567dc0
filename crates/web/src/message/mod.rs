//! What page and worker say to each other: a head in JSON, typed here, and the bulk (slices, image
//! files) as separate byte blocks, which travel as transferred buffers without being parsed. Pure.

mod job;
#[cfg(feature = "engine")]
mod layers;
mod outcome;

pub(crate) use job::{pack_job, unpack_job};
#[cfg(feature = "engine")]
pub(crate) use layers::layers;
pub(crate) use outcome::{pack_outcome, unpack_outcome};

use convoy_session::Slice;
use convoy_wire::DType;
use serde::{Deserialize, Serialize};
use std::vec::IntoIter;

/// A message before it is handed to the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packed<'a> {
    /// JSON.
    pub(crate) head: String,
    /// Byte blocks, in the order in which the head speaks of them.
    pub(crate) blocks: Vec<&'a [u8]>,
}

/// A message that is not what page and worker of one build say to each other.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    /// The head cannot be written or read.
    #[error("a message between page and worker has a bad head ({0}); reload the page")]
    Head(#[from] serde_json::Error),
    /// Fewer byte blocks than the head speaks of.
    #[error("a message between page and worker lacks a block of bytes; reload the page")]
    Block,
}

/// A slice without its numbers.
#[derive(Debug, Serialize, Deserialize)]
struct SliceHead {
    edge: u16,
    dtype: Kind,
}

/// [`DType`] in a head.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    U8,
    F16,
    F32,
}

impl From<DType> for Kind {
    fn from(dtype: DType) -> Self {
        match dtype {
            DType::U8 => Self::U8,
            DType::F16 => Self::F16,
            DType::F32 => Self::F32,
        }
    }
}

impl From<Kind> for DType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::U8 => Self::U8,
            Kind::F16 => Self::F16,
            Kind::F32 => Self::F32,
        }
    }
}

fn slice_heads(slices: &[Slice]) -> Vec<SliceHead> {
    slices.iter().map(|slice| SliceHead { edge: slice.edge, dtype: slice.dtype.into() }).collect()
}

fn slice_blocks(slices: &[Slice]) -> Vec<&[u8]> {
    slices.iter().map(|slice| slice.bytes.as_slice()).collect()
}

fn slices(
    heads: Vec<SliceHead>,
    blocks: &mut IntoIter<Vec<u8>>,
) -> Result<Vec<Slice>, MessageError> {
    heads
        .into_iter()
        .map(|SliceHead { edge, dtype }| {
            let bytes = blocks.next().ok_or(MessageError::Block)?;
            Ok(Slice { edge, dtype: dtype.into(), bytes })
        })
        .collect()
}

#[cfg(test)]
mod tests;
