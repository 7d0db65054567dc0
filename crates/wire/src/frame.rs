//! Tensor frames: one part of one slice, a fixed header and raw numbers, sent from device to device.
//!
//! ```text
//! 0  magic "CV"   2  version u8   3  dtype u8    4  epoch u32     8  frame u32
//! 12 edge u16    14  part u16    16  parts u16  18  zero u16    20  source u32   24  payload
//! ```
//! Little endian. The region is the edge's, known from the plan, so that a frame never decides an
//! allocation. Values lie in row, column, channel order.

use crate::{Epoch, FrameId};
use convoy_plan::DeviceId;

/// Length of the header.
pub const HEADER: usize = 24;

/// Longest payload of one part; whole frames stay below every browser's message limit.
pub const PART: usize = 60 * 1024;

/// Number format of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DType {
    /// Pixels 0..255, before normalisation.
    U8,
    /// Half precision: maps between stages.
    F16,
    /// Single precision: the network's outputs, and exact inputs.
    F32,
}

/// The header of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Of which plan.
    pub epoch: Epoch,
    /// Which picture.
    pub frame: FrameId,
    /// Who gave the picture and gets the answer.
    pub source: DeviceId,
    /// Index into [`convoy_plan::edges`].
    pub edge: u16,
    /// Number format.
    pub dtype: DType,
    /// Which part, from 0.
    pub part: u16,
    /// How many parts.
    pub parts: u16,
}
