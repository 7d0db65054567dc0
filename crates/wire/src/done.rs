//! What a page has done, several tiles to a message: one of its own for each would take more of the page's thread
//! than a small tile.

use crate::{Epoch, FrameId, Seal};
use serde::{Deserialize, Serialize};

/// What a page has done since it last told, oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Done {
    /// Tiles that were computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiles: Vec<TileDone>,
    /// Tiles whose slices have left for other pages; a while after they were computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<TileSent>,
    /// What was taken and made of frames, where the server wants it ([`crate::ToDevice::Sealing`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<Sealed>,
}

impl Done {
    /// Most tiles, most that were sent, and most seals, of one message.
    pub const MOST: usize = 64;
}

/// A tile of a frame was computed, how long that took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TileDone {
    /// Of which plan.
    pub epoch: Epoch,
    /// Which picture.
    pub frame: FrameId,
    /// Stage index.
    pub stage: u16,
    /// Seconds of computing, pacing included.
    pub seconds: f64,
    /// Seconds from the first of its slices to the last.
    #[serde(default)]
    pub receiving: f64,
    /// Seconds from there until computing began.
    #[serde(default)]
    pub waiting: f64,
    /// Seconds from its end until this was told.
    #[serde(default)]
    pub ago: f64,
}

/// All that a tile of a frame made for other pages has left this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TileSent {
    /// Of which plan.
    pub epoch: Epoch,
    /// Which picture.
    pub frame: FrameId,
    /// Stage index.
    pub stage: u16,
    /// Seconds from the tile's end until the last of it had left.
    pub seconds: f64,
}

/// What was taken and made of a frame: of a tile that was computed, of a photograph that was cut, or of the outputs
/// that an answer was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Of which plan.
    pub epoch: Epoch,
    /// Which picture.
    pub frame: FrameId,
    /// The slices' digests.
    pub seal: Seal,
}
