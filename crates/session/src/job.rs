//! What a device's workers are asked to do, and what they say back.

use convoy_model::{Answer, Model};
use convoy_plan::{DeviceId, Plan};
use convoy_wire::{Benchmark, DType, Epoch, FrameId};
use std::sync::Arc;

/// One slice of one tensor of one frame: the numbers of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Index into [`convoy_plan::edges`].
    pub edge: u16,
    /// Number format.
    pub dtype: DType,
    /// The values in row, column, channel order, little endian.
    pub bytes: Vec<u8>,
}

/// Which of a device's two workers does a job. A photograph is cut, and an answer read, in milliseconds: neither
/// waits for a tile that takes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Measures, makes ready, computes tiles, its own and such as it checks.
    Tiles,
    /// Cuts photographs and reads answers, as their source.
    Source,
}

/// Work for a worker; each does one job at a time, in the order given.
#[derive(Debug, Clone)]
pub enum Job {
    /// Measure the device.
    Benchmark,
    /// Make ready for a plan: weights of the tiles that `device` holds. Earlier epochs are over, but for
    /// `during`.
    Load {
        /// The plan's number.
        epoch: Epoch,
        /// The network.
        model: Arc<Model>,
        /// The plan.
        plan: Arc<Plan>,
        /// Who the worker works for.
        device: DeviceId,
        /// The epoch of which jobs may still come.
        during: Option<Epoch>,
    },
    /// As source: decode and fit a photograph and cut it into the slices of these edges.
    Cut {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// The image file.
        image: Arc<[u8]>,
        /// All edges that start at the source.
        edges: Vec<u16>,
    },
    /// Compute a tile.
    Compute {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// Stage index.
        stage: u16,
        /// Tile index.
        tile: u16,
        /// One for every edge that ends at the tile.
        slices: Vec<Slice>,
        /// All edges that start at the tile.
        edges: Vec<u16>,
    },
    /// Compute a tile that another device has computed, and compare.
    Check {
        /// Which check.
        check: u16,
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// Stage index.
        stage: u16,
        /// Tile index.
        tile: u16,
        /// What the tile was made of: one for every edge that ends at the tile.
        taken: Vec<Slice>,
        /// What the other device made of it: one for every edge that starts at the tile.
        made: Vec<Slice>,
    },
    /// As source: read the answer from the outputs.
    Decode {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// The same file as was cut; boxes are in its pixels.
        image: Arc<[u8]>,
        /// One for every edge that ends at the source.
        slices: Vec<Slice>,
    },
}

impl Job {
    /// Who does it.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Benchmark | Self::Load { .. } | Self::Compute { .. } | Self::Check { .. } => {
                Lane::Tiles
            }
            Self::Cut { .. } | Self::Decode { .. } => Lane::Source,
        }
    }
}

/// What came of a job.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Of [`Job::Benchmark`].
    Benchmarked(Benchmark),
    /// While [`Job::Benchmark`] runs: kinds of layers so far and in all. Not the end of the job.
    Measuring {
        /// Kinds so far.
        done: u64,
        /// Kinds in all.
        total: u64,
    },
    /// While [`Job::Load`] runs: bytes of weights so far and in all. Not the end of the job.
    Loading {
        /// Of which plan.
        epoch: Epoch,
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Of [`Job::Load`].
    Loaded {
        /// Of which plan.
        epoch: Epoch,
    },
    /// Of [`Job::Cut`].
    Cut {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// One for every edge asked for.
        slices: Vec<Slice>,
    },
    /// Of [`Job::Compute`].
    Computed {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// Stage index.
        stage: u16,
        /// Tile index.
        tile: u16,
        /// One for every edge asked for.
        slices: Vec<Slice>,
        /// Seconds of computing, pacing included.
        seconds: f64,
    },
    /// Of [`Job::Compute`] that was given up: nothing was made.
    GivenUp {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
    },
    /// Of [`Job::Check`].
    Checked {
        /// Which check.
        check: u16,
        /// The largest difference of two values that should be the same, as a part of the largest value
        /// of their slice; infinite or no number where one of the two is.
        deviation: f64,
    },
    /// Of [`Job::Decode`].
    Decoded {
        /// Of which plan.
        epoch: Epoch,
        /// Which picture.
        frame: FrameId,
        /// The answer.
        answer: Answer,
    },
    /// Any job that went wrong, with the cause in words for people.
    Failed {
        /// Whose job.
        lane: Lane,
        /// Of which plan; `None` for a benchmark.
        epoch: Option<Epoch>,
        /// Which picture; `None` for a benchmark or a load.
        frame: Option<FrameId>,
        /// What went wrong.
        message: String,
    },
}

impl Outcome {
    /// Whether it ends its job; else it only tells how far that is.
    #[must_use]
    pub const fn is_end(&self) -> bool {
        !matches!(self, Self::Measuring { .. } | Self::Loading { .. })
    }

    /// Whose job it came of.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Benchmarked(_)
            | Self::Measuring { .. }
            | Self::Loading { .. }
            | Self::Loaded { .. }
            | Self::Computed { .. }
            | Self::GivenUp { .. }
            | Self::Checked { .. } => Lane::Tiles,
            Self::Cut { .. } | Self::Decoded { .. } => Lane::Source,
            Self::Failed { lane, .. } => *lane,
        }
    }
}
