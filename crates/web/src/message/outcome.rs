//! Outcomes, from the worker to the page.

use super::{MessageError, Packed, SliceHead, slice_blocks, slice_heads, slices};
use convoy_model::Answer;
use convoy_session::{Lane, Outcome};
use convoy_wire::{Benchmark, Epoch, FrameId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// An outcome without its bulk, and the number of the job it came of.
#[derive(Debug, Serialize, Deserialize)]
struct Head<'a> {
    number: u32,
    outcome: OutcomeHead<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum OutcomeHead<'a> {
    Benchmarked {
        benchmark: Cow<'a, Benchmark>,
    },
    Measuring {
        done: u64,
        total: u64,
    },
    Loading {
        epoch: Epoch,
        done: u64,
        total: u64,
    },
    Loaded {
        epoch: Epoch,
    },
    Cut {
        epoch: Epoch,
        frame: FrameId,
        slices: Vec<SliceHead>,
    },
    Computed {
        epoch: Epoch,
        frame: FrameId,
        stage: u16,
        tile: u16,
        slices: Vec<SliceHead>,
        seconds: f64,
    },
    GivenUp {
        epoch: Epoch,
        frame: FrameId,
    },
    Checked {
        check: u16,
        // JSON knows no infinity.
        deviation: Option<f64>,
    },
    Decoded {
        epoch: Epoch,
        frame: FrameId,
        answer: Cow<'a, Answer>,
    },
    Failed {
        /// Whether a source's job.
        source: bool,
        epoch: Option<Epoch>,
        frame: Option<FrameId>,
        message: Cow<'a, str>,
    },
}

/// An outcome of job `number` as a message.
///
/// # Errors
/// Where the head cannot be written.
pub(crate) fn pack_outcome(number: u32, outcome: &Outcome) -> Result<Packed<'_>, MessageError> {
    let (outcome, blocks) = match outcome {
        Outcome::Benchmarked(benchmark) => {
            (OutcomeHead::Benchmarked { benchmark: Cow::Borrowed(benchmark) }, Vec::new())
        }
        Outcome::Measuring { done, total } => {
            (OutcomeHead::Measuring { done: *done, total: *total }, Vec::new())
        }
        Outcome::Loading { epoch, done, total } => {
            (OutcomeHead::Loading { epoch: *epoch, done: *done, total: *total }, Vec::new())
        }
        Outcome::Loaded { epoch } => (OutcomeHead::Loaded { epoch: *epoch }, Vec::new()),
        Outcome::Cut { epoch, frame, slices } => {
            let head =
                OutcomeHead::Cut { epoch: *epoch, frame: *frame, slices: slice_heads(slices) };
            (head, slice_blocks(slices))
        }
        Outcome::Computed { epoch, frame, stage, tile, slices, seconds } => {
            let head = OutcomeHead::Computed {
                epoch: *epoch,
                frame: *frame,
                stage: *stage,
                tile: *tile,
                slices: slice_heads(slices),
                seconds: *seconds,
            };
            (head, slice_blocks(slices))
        }
        Outcome::GivenUp { epoch, frame } => {
            (OutcomeHead::GivenUp { epoch: *epoch, frame: *frame }, Vec::new())
        }
        Outcome::Checked { check, deviation } => {
            let deviation = deviation.is_finite().then_some(*deviation);
            (OutcomeHead::Checked { check: *check, deviation }, Vec::new())
        }
        Outcome::Decoded { epoch, frame, answer } => {
            let answer = Cow::Borrowed(answer);
            (OutcomeHead::Decoded { epoch: *epoch, frame: *frame, answer }, Vec::new())
        }
        Outcome::Failed { lane, epoch, frame, message } => {
            let (source, message) = (*lane == Lane::Source, Cow::Borrowed(message.as_str()));
            (OutcomeHead::Failed { source, epoch: *epoch, frame: *frame, message }, Vec::new())
        }
    };
    Ok(Packed { head: serde_json::to_string(&Head { number, outcome })?, blocks })
}

/// The outcome in a message, with the number of its job.
///
/// # Errors
/// A head that is none, or blocks that are missing.
pub(crate) fn unpack_outcome(
    head: &str,
    blocks: Vec<Vec<u8>>,
) -> Result<(u32, Outcome), MessageError> {
    let mut blocks = blocks.into_iter();
    let Head { number, outcome } = serde_json::from_str(head)?;
    let outcome = match outcome {
        OutcomeHead::Benchmarked { benchmark } => Outcome::Benchmarked(benchmark.into_owned()),
        OutcomeHead::Measuring { done, total } => Outcome::Measuring { done, total },
        OutcomeHead::Loading { epoch, done, total } => Outcome::Loading { epoch, done, total },
        OutcomeHead::Loaded { epoch } => Outcome::Loaded { epoch },
        OutcomeHead::Cut { epoch, frame, slices: heads } => {
            Outcome::Cut { epoch, frame, slices: slices(heads, &mut blocks)? }
        }
        OutcomeHead::Computed { epoch, frame, stage, tile, slices: heads, seconds } => {
            let slices = slices(heads, &mut blocks)?;
            Outcome::Computed { epoch, frame, stage, tile, slices, seconds }
        }
        OutcomeHead::GivenUp { epoch, frame } => Outcome::GivenUp { epoch, frame },
        OutcomeHead::Checked { check, deviation } => {
            Outcome::Checked { check, deviation: deviation.unwrap_or(f64::INFINITY) }
        }
        OutcomeHead::Decoded { epoch, frame, answer } => {
            Outcome::Decoded { epoch, frame, answer: answer.into_owned() }
        }
        OutcomeHead::Failed { source, epoch, frame, message } => {
            let lane = if source { Lane::Source } else { Lane::Tiles };
            Outcome::Failed { lane, epoch, frame, message: message.into_owned() }
        }
    };
    Ok((number, outcome))
}
