//! A plan: pipeline stages over groups of devices, with the tile of every device.

use crate::DeviceId;
use crate::play::LOADS;
use convoy_model::{Kernels, Region};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who computes what, and what that is predicted to cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The network's id.
    pub model: String,
    /// The scheme that made it.
    pub scheme: String,
    /// Contiguous runs of pieces, in order; together they hold every piece. The head, where the
    /// network has one, is a stage of its own with one tile a group; where its heavy layers are
    /// divided, several, of which those that can be split have a tile a device.
    pub stages: Vec<Stage>,
    /// Which kernels all devices compute with.
    #[serde(default)]
    pub kernels: Kernels,
    /// Seconds from one answer to the next by the paper's cost model, which the scheme minimised.
    pub period: f64,
    /// Seconds from picture to answer by the paper's cost model.
    pub latency: f64,
    /// What the running pipeline is expected to do.
    pub predicted: Prediction,
}

impl Plan {
    /// How many frames may be in flight: twice as many as the plan holds at its predicted period, so
    /// that nobody waits for work while slices travel.
    #[must_use]
    #[expect(clippy::manual_clamp, reason = "clamp keeps what is no number")]
    pub fn credits(&self) -> usize {
        let held = (self.predicted.latency / self.predicted.period).ceil();
        // A plan that predicts nothing makes this no number, which `max` passes over.
        (2.0 * held).max(2.0).min(64.0) as usize
    }

    /// Most tiles that a device passes on of a mean picture.
    #[must_use]
    pub fn tiles_each(&self) -> f64 {
        let mut tiles: BTreeMap<DeviceId, f64> = BTreeMap::new();
        for stage in &self.stages {
            for tile in &stage.tiles {
                *tiles.entry(tile.device).or_default() += stage.share(tile.group);
            }
        }
        tiles.into_values().fold(0.0, f64::max)
    }
}

/// What a pipeline is expected to do, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Prediction {
    /// From one answer to the next.
    pub period: f64,
    /// From picture to answer, of the frames that take longest where groups take turns.
    pub latency: f64,
    /// From picture to answer, in the mean of all frames.
    pub mean: f64,
    /// A frame, of the busiest device or line that no group in turn relieves: every frame needs it.
    pub serial: f64,
    /// By which part frames take longer in the mean than the queue formula says, as seen where the
    /// plan was played at 0, 30, 60 and 90 % of its capacity; 0 where it was not.
    #[serde(default)]
    pub excess: [f64; LOADS.len()],
}

impl Prediction {
    /// Of a pipeline without groups in turn.
    #[must_use]
    pub const fn new(period: f64, latency: f64) -> Self {
        Self { period, latency, mean: latency, serial: period, excess: [0.0; LOADS.len()] }
    }
}

/// A run of pieces and the devices that share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// First piece and first piece past the end. An empty run, both equal, only gathers: its tiles
    /// hold what crosses that place, whole or in part, for whoever needs it next.
    pub pieces: [usize; 2],
    /// How many of every `turns.sum()` frames each group of devices takes, in the order of
    /// [`crate::Turns`]; `[1]` where the stage is not replicated.
    pub turns: Vec<u16>,
    /// The tiles of each group together hold every part of the outputs once; a device stands at
    /// most once in a stage.
    pub tiles: Vec<Tile>,
    /// Predicted seconds of the slowest tile.
    pub compute: f64,
    /// Predicted seconds of the transfers of one group by the paper's cost model.
    pub transfer: f64,
}

impl Stage {
    /// Predicted seconds of the stage by the paper's cost model: computing, then transfers.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.compute + self.transfer
    }

    /// Which part of all frames group `group` takes.
    #[must_use]
    pub fn share(&self, group: u16) -> f64 {
        let all: f64 = self.turns.iter().map(|turns| f64::from(*turns)).sum();
        self.turns.get(usize::from(group)).map_or(0.0, |turns| f64::from(*turns) / all)
    }

    /// The tiles of one group.
    pub fn group(&self, group: u16) -> impl Iterator<Item = &Tile> {
        self.tiles.iter().filter(move |tile| tile.group == group)
    }

    /// Whether it computes nothing.
    #[must_use]
    pub const fn gathers(&self) -> bool {
        self.pieces[0] == self.pieces[1]
    }
}

/// One device's part of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// Who computes it.
    pub device: DeviceId,
    /// Index into [`Stage::turns`]: the frames for which it computes.
    pub group: u16,
    /// The part of each of the segment's outputs that it makes, in the order of
    /// [`convoy_model::Segment::outputs`]. Together the tiles of a group hold every part once.
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
