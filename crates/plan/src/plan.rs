//! A plan: pipeline stages over groups of devices, with the tile of every device.

use crate::DeviceId;
use convoy_model::Region;
use serde::{Deserialize, Serialize};

/// Who computes what, and what that is predicted to cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The network's id.
    pub model: String,
    /// The scheme that made it.
    pub scheme: String,
    /// Contiguous runs of pieces, in order; together they hold every piece. The head, where the
    /// network has one, is a stage of its own with one tile.
    pub stages: Vec<Stage>,
    /// Seconds from one answer to the next by the paper's cost model, which the scheme minimised.
    pub period: f64,
    /// Seconds from picture to answer by the paper's cost model.
    pub latency: f64,
    /// What the running pipeline is expected to do.
    pub predicted: Prediction,
}

/// What a running pipeline is expected to do: compute and transfers overlap.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Prediction {
    /// Seconds from one answer to the next.
    pub period: f64,
    /// Seconds from picture to answer.
    pub latency: f64,
}

/// A run of pieces and the devices that share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// First piece and first piece past the end.
    pub pieces: [usize; 2],
    /// One a device; a device stands at most once in a stage.
    pub tiles: Vec<Tile>,
    /// Predicted seconds of the slowest tile.
    pub compute: f64,
    /// Predicted seconds of the stage's transfers.
    pub transfer: f64,
}

impl Stage {
    /// Predicted seconds of the stage by the paper's cost model: computing, then transfers.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.compute + self.transfer
    }
}

/// One device's part of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// Who computes it.
    pub device: DeviceId,
    /// The part of each of the segment's outputs that it makes, in the order of
    /// [`convoy_model::Segment::outputs`]. Together the tiles of a stage hold every row once.
    pub regions: Vec<Region>,
    /// Multiply-accumulates of the tile's convolutions.
    pub macs: u64,
    /// Bytes of its input tile under the cost model.
    pub input_bytes: u64,
    /// Bytes of its output tile under the cost model.
    pub output_bytes: u64,
    /// Predicted seconds of computing.
    pub compute: f64,
}
