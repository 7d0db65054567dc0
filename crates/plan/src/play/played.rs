//! What came of playing a plan.

use crate::DeviceId;

/// A frame's stay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// Seconds at which the picture came in.
    pub arrived: f64,
    /// Seconds at which its answer was there.
    pub answered: f64,
}

impl Stay {
    /// Seconds from picture to answer.
    #[must_use]
    pub fn latency(&self) -> f64 {
        self.answered - self.arrived
    }
}

/// What a device did, or, without a number, the sources that are no devices of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Use {
    /// Which.
    pub device: Option<DeviceId>,
    /// Seconds of computing.
    pub busy: f64,
    /// Bytes it sent.
    pub sent: f64,
    /// Bytes it received.
    pub received: f64,
}

/// What a device is at during an [`Interval`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Its line down carries a slice.
    Receiving,
    /// It computes a tile.
    Computing,
    /// Its line up carries a slice.
    Sending,
}

/// A time during which a device was at one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Who; `None` for a source that is no device of the plan.
    pub device: Option<DeviceId>,
    /// What it did.
    pub doing: Doing,
    /// For which frame, from 1.
    pub frame: u32,
    /// From these seconds.
    pub start: f64,
    /// To these.
    pub end: f64,
}

/// What came of playing a plan: [`super::play`].
#[derive(Debug, Clone)]
pub struct Played {
    /// Every frame, in the order of arrival.
    pub frames: Vec<Stay>,
    /// Every device of the cluster in its order, and at last the sources apart from them.
    pub uses: Vec<Use>,
    /// Events that were played.
    pub events: u64,
    /// What was done for the frames that were to be recorded, in the order of its beginning to be
    /// known.
    pub intervals: Vec<Interval>,
}

impl Played {
    /// Seconds from the first picture to the last answer.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let begin = self.frames.first().map_or(0.0, |frame| frame.arrived);
        self.frames.iter().map(|frame| frame.answered).fold(begin, f64::max) - begin
    }

    /// Mean seconds from picture to answer; `None` where there was no frame.
    #[must_use]
    pub fn mean_latency(&self) -> Option<f64> {
        let sum: f64 = self.frames.iter().map(Stay::latency).sum();
        (!self.frames.is_empty()).then(|| sum / self.frames.len() as f64)
    }

    /// Seconds within which `share` (0 to 1) of all frames were answered; `None` without frames.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<f64> {
        percentile(self.frames.iter().map(Stay::latency).collect(), share)
    }

    /// Frames answered a second, from the first picture to the last answer.
    #[must_use]
    pub fn throughput(&self) -> Option<f64> {
        let seconds = self.seconds();
        (seconds > 0.0).then(|| self.frames.len() as f64 / seconds)
    }

    /// Mean seconds from one answer to the next, the first quarter left out, in which a pipeline
    /// fills; `None` for fewer than two frames.
    #[must_use]
    pub fn period(&self) -> Option<f64> {
        period(self.frames.iter().map(|frame| frame.answered).collect())
    }

    /// Which part of the time all devices of the cluster together computed.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let devices = self.uses.iter().filter(|of| of.device.is_some());
        let (count, busy) = devices.fold((0, 0.0), |(count, busy), of| (count + 1, busy + of.busy));
        let all = f64::from(count) * self.seconds();
        if all > 0.0 { busy / all } else { 0.0 }
    }
}

/// The value that `share` of these do not exceed.
fn percentile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1).min(values.len().saturating_sub(1))).copied()
}

/// Mean seconds between these times, the first quarter left out; `None` for fewer than two.
#[must_use]
pub fn period(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    let late = times.get(times.len() / 4..).unwrap_or_default();
    match late {
        [first, .., last] => Some((last - first) / (late.len() - 1) as f64),
        _ => None,
    }
}
