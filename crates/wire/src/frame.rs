//! Tensor frames: one part of one slice, a fixed header and raw numbers, sent from device to device.
//!
//! ```text
//! 0  magic "CV"   2  version u8   3  dtype u8    4  epoch u32     8  frame u32
//! 12 edge u16    14  part u16    16  parts u16  18  zero u16    20  source u32   24  payload
//! ```
//! Little endian. The region is the edge's, known from the plan, so that a frame never decides an
//! allocation. Values lie in row, column, channel order.

use crate::{Epoch, FrameId};
use convoy_plan::{DeviceId, Mutant};

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
    /// The spot check that the slice is sent for again; 0 on its way through the network.
    pub check: u16,
}

/// Why bytes are no tensor frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Shorter than a header, or another magic.
    #[error("it does not begin as a tensor frame does")]
    Magic,
    /// Made by another version of the page.
    #[error("it is of version {0} of the wire format; reload the page")]
    Version(u8),
    /// A number format that is not known.
    #[error("its number format {0} is not known")]
    DType(u8),
    /// A part that cannot be, or not of the length that the plan says.
    #[error("its part or length is not what the plan says")]
    Length,
}

const MAGIC: [u8; 2] = *b"CV";
const VERSION: u8 = 2;

impl DType {
    /// Bytes of one value.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }
}

impl Header {
    /// The header and `payload` as one frame.
    #[must_use]
    pub fn encode(&self, payload: &[u8]) -> Vec<u8> {
        let dtype = match self.dtype {
            DType::U8 => 0,
            DType::F16 => 1,
            DType::F32 => 2,
        };
        let mut bytes = Vec::with_capacity(HEADER + payload.len());
        bytes.extend(MAGIC);
        bytes.extend([VERSION, dtype]);
        bytes.extend(self.epoch.0.to_le_bytes());
        bytes.extend(self.frame.0.to_le_bytes());
        bytes.extend(self.edge.to_le_bytes());
        bytes.extend(self.part.to_le_bytes());
        bytes.extend(self.parts.to_le_bytes());
        bytes.extend(self.check.to_le_bytes());
        bytes.extend(self.source.0.to_le_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    /// A frame's header and payload.
    ///
    /// # Errors
    /// Where the bytes are no frame of this version.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), FrameError> {
        let Some((header, payload)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(FrameError::Magic);
        };
        if header[..2] != MAGIC {
            return Err(FrameError::Magic);
        }
        if header[2] != VERSION {
            return Err(FrameError::Version(header[2]));
        }
        let dtype = match header[3] {
            0 => DType::U8,
            1 => DType::F16,
            2 => DType::F32,
            other => return Err(FrameError::DType(other)),
        };
        let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let u32_at = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let header = Self {
            epoch: Epoch(u32_at(4)),
            frame: FrameId(u32_at(8)),
            source: DeviceId(u32_at(20)),
            edge: u16_at(12),
            dtype,
            part: u16_at(14),
            parts: u16_at(16),
            check: u16_at(18),
        };
        Ok((header, payload))
    }

    /// All frames of a slice: this header for each part, the bytes in order.
    ///
    /// # Errors
    /// [`FrameError::Length`] where the slice is empty or needs more than 65,535 parts.
    pub fn split(self, slice: &[u8]) -> Result<Vec<Vec<u8>>, FrameError> {
        let parts = part_count(slice.len()).ok_or(FrameError::Length)?;
        let frame = |(part, payload): (usize, &[u8])| {
            Self { part: part as u16, parts, ..self }.encode(payload)
        };
        Ok(slice.chunks(PART).enumerate().map(frame).collect())
    }
}

/// Into how many parts a slice of `length` bytes is cut.
fn part_count(length: usize) -> Option<u16> {
    u16::try_from(length.div_ceil(PART)).ok().filter(|parts| *parts > 0)
}

/// A slice of known length whose parts come in, in any order.
#[derive(Debug, Clone)]
pub struct Assembly {
    bytes: Vec<u8>,
    here: Vec<bool>,
    missing: usize,
}

impl Assembly {
    /// Nothing yet of a slice of `length` bytes, as the plan says.
    ///
    /// # Errors
    /// [`FrameError::Length`] where no slice can have this length.
    pub fn new(length: usize) -> Result<Self, FrameError> {
        let parts = usize::from(part_count(length).ok_or(FrameError::Length)?);
        Ok(Self { bytes: vec![0; length], here: vec![false; parts], missing: parts })
    }

    /// Adds a part; whether the slice is whole now.
    ///
    /// # Errors
    /// [`FrameError::Length`] for a part that cannot be, is there already or has another length.
    pub fn add(&mut self, header: &Header, payload: &[u8]) -> Result<bool, FrameError> {
        let part = usize::from(header.part);
        let twice = self.here.get(part) == Some(&true) && !Mutant::PartTwice.is_on();
        if usize::from(header.parts) != self.here.len() || part >= self.here.len() || twice {
            return Err(FrameError::Length);
        }
        let place = self.bytes.chunks_mut(PART).nth(part).ok_or(FrameError::Length)?;
        if place.len() != payload.len() {
            return Err(FrameError::Length);
        }
        place.copy_from_slice(payload);
        self.here[part] = true;
        self.missing -= 1;
        Ok(self.missing == 0)
    }

    /// Whether no part is here yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.missing == self.here.len()
    }

    /// Bytes of the whole slice.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The slice's bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
