//! What the room really does: period and latency over the last answers, and counters.

use convoy_wire::Epoch;
use serde::Serialize;
use std::collections::VecDeque;

/// Over how many answers period and latency are meant.
const WINDOW: usize = 20;

/// What has happened in a room so far.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Counters {
    /// Frames submitted.
    pub(super) submitted: u64,
    /// Frames answered.
    pub(super) answered: u64,
    /// Frames that ended with an error.
    pub(super) failed: u64,
    /// Times that a frame was sent again because a plan ended or its source left.
    pub(super) replayed: u64,
    /// Answers that nobody waited for.
    pub(super) late: u64,
    /// Times that new plans were made after the first.
    pub(super) replans: u64,
    /// Times that another plan of the same front took over.
    pub(super) switches: u64,
    /// Times that a plan took over from another without a gap.
    pub(super) overlaps: u64,
    /// Times that a plan took over because a device or a line had become slower, or faster again.
    pub(super) drifts: u64,
    /// Times that links were measured again, as bytes waited on one for longer than was to be expected.
    pub(super) looks: u64,
    /// Times that a line, in one direction, was found to have become slow.
    pub(super) slow_lines: u64,
    /// Times that a computing page was silent for so long that it was planned around.
    pub(super) silences: u64,
    /// Tiles that were computed again by others, with a result.
    pub(super) checked: u64,
    /// Those without: slices did not come, or nobody could tell who was right.
    pub(super) unsettled: u64,
    /// Times that a page was quarantined.
    pub(super) quarantines: u64,
    /// Messages of pages that could not be read.
    pub(super) malformed: u64,
    /// Most frames in flight at one time.
    pub(super) frames_in_flight_max: u64,
}

/// Period and latency of the newest answers.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) counters: Counters,
    epoch: Epoch,
    latencies: VecDeque<f64>,
    periods: VecDeque<f64>,
    last: Option<f64>,
}

impl Measured {
    /// A frame was answered under `epoch`; `busy` where another was in flight, so that the time
    /// since the last answer says something of the pipeline's period.
    pub(super) fn answered(&mut self, now: f64, latency: f64, epoch: Epoch, busy: bool) {
        self.counters.answered += 1;
        if epoch < self.epoch {
            // One of the last under the plan before.
            return;
        }
        if self.epoch != epoch {
            let counters = self.counters.clone();
            *self = Self { counters, epoch, ..Self::default() };
        }
        push(&mut self.latencies, WINDOW, latency);
        if let Some(last) = self.last {
            push(&mut self.periods, WINDOW, now - last);
        }
        self.last = busy.then_some(now);
    }

    /// Mean seconds between answers while the pipeline was busy.
    pub(super) fn period(&self) -> Option<f64> {
        mean(&self.periods)
    }

    /// Mean seconds from submission to answer.
    pub(super) fn latency(&self) -> Option<f64> {
        mean(&self.latencies)
    }
}

/// Adds a value to the newest, which are so many at most.
pub(super) fn push(window: &mut VecDeque<f64>, most: usize, value: f64) {
    window.push_back(value);
    if window.len() > most {
        window.pop_front();
    }
}

/// Of the newest values, where there are any.
pub(super) fn mean(window: &VecDeque<f64>) -> Option<f64> {
    (!window.is_empty()).then(|| window.iter().sum::<f64>() / window.len() as f64)
}
