//! The room's frames: every one submitted ends exactly once.

use super::FrameError;
use convoy_plan::{DeviceId, Mutant};
use convoy_wire::{Epoch, FrameId};
use std::collections::{BTreeMap, BTreeSet};

/// What a room bears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most frames that may wait for a source.
    pub waiting: usize,
    /// Seconds after which a frame ends without an answer.
    pub deadline: f64,
    /// Least seconds between two states shown to the pages; infinite where nobody looks at them.
    pub state_interval: f64,
}

impl Default for Limits {
    /// Those of a real room: 64 frames, two minutes, at most four states a second.
    fn default() -> Self {
        Self { waiting: 64, deadline: 120.0, state_interval: 0.25 }
    }
}

impl Limits {
    /// Any number of frames may wait for any time, and nobody looks at the room's state.
    #[must_use]
    pub const fn none() -> Self {
        Self { waiting: usize::MAX, deadline: f64::INFINITY, state_interval: f64::INFINITY }
    }
}

/// A frame that a source has.
#[derive(Debug, Clone, Copy)]
struct Flight {
    submitted: f64,
    source: DeviceId,
    /// Under which plan it was begun last.
    epoch: Epoch,
}

/// Frames under way; when each was submitted.
#[derive(Debug, Default)]
pub(super) struct Frames {
    pub(super) limits: Limits,
    next_id: u32,
    waiting: BTreeMap<FrameId, f64>,
    in_flight: BTreeMap<FrameId, Flight>,
}

impl Frames {
    pub(super) fn submit(&mut self, now: f64) -> Result<FrameId, FrameError> {
        let waiting = self.waiting.len();
        if waiting >= self.limits.waiting {
            return Err(FrameError::Busy { waiting });
        }
        self.next_id += 1;
        let id = FrameId(self.next_id);
        self.waiting.insert(id, now);
        Ok(id)
    }

    /// How many frames a source has.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// How many frames of a plan a source has.
    pub(super) fn of_epoch(&self, epoch: Epoch) -> usize {
        self.in_flight.values().filter(|flight| flight.epoch == epoch).count()
    }

    /// Frames that a source has begin anew under this plan: all, or those of the plan `of`. How many.
    pub(super) fn begin_anew(&mut self, of: Option<Epoch>, epoch: Epoch) -> u64 {
        let flights = self.in_flight.values_mut();
        let flights = flights.filter(|flight| of.is_none_or(|of| of == flight.epoch));
        flights.map(|flight| flight.epoch = epoch).count() as u64
    }

    /// The sources of the frames that have one, that of the oldest first.
    pub(super) fn sources(&self) -> Vec<DeviceId> {
        let mut sources = Vec::new();
        for flight in self.in_flight.values() {
            if !sources.contains(&flight.source) {
                sources.push(flight.source);
            }
        }
        sources
    }

    /// How many frames have no source.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Frames that this device is the source of.
    pub(super) fn of_source(&self, device: DeviceId) -> usize {
        self.in_flight.values().filter(|flight| flight.source == device).count()
    }

    /// The oldest frame without a source.
    pub(super) fn next(&self) -> Option<FrameId> {
        self.waiting.keys().next().copied()
    }

    pub(super) fn hand(&mut self, frame: FrameId, source: DeviceId, epoch: Epoch) {
        if let Some(submitted) = self.waiting.remove(&frame) {
            self.in_flight.insert(frame, Flight { submitted, source, epoch });
        }
    }

    pub(super) fn source(&self, frame: FrameId) -> Option<DeviceId> {
        self.in_flight.get(&frame).map(|flight| flight.source)
    }

    pub(super) fn is_source(&self, frame: FrameId, device: DeviceId) -> bool {
        self.source(frame) == Some(device)
    }

    /// A frame is over; when it was submitted, unless it was over before.
    pub(super) fn end(&mut self, frame: FrameId) -> Option<f64> {
        let in_flight = self.in_flight.remove(&frame).map(|flight| flight.submitted);
        in_flight.or_else(|| self.waiting.remove(&frame))
    }

    /// A device is gone: its frames want another source. How many.
    pub(super) fn source_left(&mut self, device: DeviceId) -> u64 {
        if Mutant::SourceDeathIgnored.is_on() {
            return 0;
        }
        let released = self.release_unless(|source| source != device);
        if Mutant::DroppedReplay.is_on() {
            self.waiting.retain(|frame, _| !released.iter().any(|(gone, _)| gone == frame));
        }
        released.len() as u64
    }

    /// Frames whose source is not among these want another one, as do all but the oldest `most`.
    /// Which, and who the source was.
    pub(super) fn release(
        &mut self,
        sources: &BTreeSet<DeviceId>,
        most: usize,
    ) -> Vec<(FrameId, DeviceId)> {
        let mut kept = 0;
        self.release_unless(|source| {
            let there = sources.contains(&source) || Mutant::SourceDeathIgnored.is_on();
            let stays = kept < most && there;
            kept += usize::from(stays);
            stays
        })
    }

    /// Takes frames back, the oldest first asked, from sources with which they do not stay.
    fn release_unless(
        &mut self,
        mut stays: impl FnMut(DeviceId) -> bool,
    ) -> Vec<(FrameId, DeviceId)> {
        let mut released = Vec::new();
        self.in_flight.retain(|frame, flight| {
            let stays = stays(flight.source);
            if !stays {
                self.waiting.insert(*frame, flight.submitted);
                released.push((*frame, flight.source));
            }
            stays
        });
        released
    }

    /// Frames whose deadline has passed: the oldest.
    pub(super) fn overdue(&self, now: f64) -> Vec<FrameId> {
        let late = |submitted: f64| now - submitted > self.limits.deadline;
        let waiting = self.waiting.iter().take_while(|(_, submitted)| late(**submitted));
        let ends = |submitted: f64| late(submitted) && !Mutant::DeadlineIgnored.is_on();
        let in_flight = self.in_flight.iter().take_while(|(_, flight)| ends(flight.submitted));
        let ids = waiting.map(|(id, _)| *id).chain(in_flight.map(|(id, _)| *id));
        ids.collect()
    }

    /// Every frame under way.
    pub(super) fn all(&self) -> Vec<FrameId> {
        let all: BTreeSet<&FrameId> = self.waiting.keys().chain(self.in_flight.keys()).collect();
        all.into_iter().copied().collect()
    }
}
