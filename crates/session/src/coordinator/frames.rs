//! The room's frames: every one submitted ends exactly once.

use super::FrameError;
use convoy_plan::DeviceId;
use convoy_wire::FrameId;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds after which a frame ends without an answer.
pub(super) const DEADLINE: f64 = 120.0;

/// Most frames that may wait for a source.
const MAX_WAITING: usize = 64;

#[derive(Debug)]
struct Frame {
    submitted: f64,
    source: Option<DeviceId>,
}

/// Frames under way.
#[derive(Debug, Default)]
pub(super) struct Frames {
    next_id: u32,
    frames: BTreeMap<FrameId, Frame>,
}

impl Frames {
    pub(super) fn submit(&mut self, now: f64) -> Result<FrameId, FrameError> {
        let waiting = self.frames.values().filter(|frame| frame.source.is_none()).count();
        if waiting >= MAX_WAITING {
            return Err(FrameError::Busy { waiting });
        }
        self.next_id += 1;
        let id = FrameId(self.next_id);
        self.frames.insert(id, Frame { submitted: now, source: None });
        Ok(id)
    }

    /// Frames that a source has.
    pub(super) fn in_flight(&self) -> usize {
        self.frames.values().filter(|frame| frame.source.is_some()).count()
    }

    /// Frames that this device is the source of.
    pub(super) fn of_source(&self, device: DeviceId) -> usize {
        self.frames.values().filter(|frame| frame.source == Some(device)).count()
    }

    /// The oldest frame without a source.
    pub(super) fn next(&self) -> Option<FrameId> {
        self.frames.iter().find(|(_, frame)| frame.source.is_none()).map(|(id, _)| *id)
    }

    pub(super) fn hand(&mut self, frame: FrameId, source: DeviceId) {
        if let Some(frame) = self.frames.get_mut(&frame) {
            frame.source = Some(source);
        }
    }

    pub(super) fn source(&self, frame: FrameId) -> Option<DeviceId> {
        self.frames.get(&frame)?.source
    }

    pub(super) fn is_source(&self, frame: FrameId, device: DeviceId) -> bool {
        self.source(frame) == Some(device)
    }

    /// A frame is over; when it was submitted, unless it was over before.
    pub(super) fn end(&mut self, frame: FrameId) -> Option<f64> {
        self.frames.remove(&frame).map(|frame| frame.submitted)
    }

    /// A device is gone: its frames want another source. How many.
    pub(super) fn source_left(&mut self, device: DeviceId) -> u64 {
        let mut count = 0;
        for frame in self.frames.values_mut().filter(|frame| frame.source == Some(device)) {
            frame.source = None;
            count += 1;
        }
        count
    }

    /// Frames whose source is not among these want another one. Which, and who the source was.
    pub(super) fn release(&mut self, sources: &BTreeSet<DeviceId>) -> Vec<(FrameId, DeviceId)> {
        let mut released = Vec::new();
        for (id, frame) in &mut self.frames {
            if let Some(source) = frame.source.take_if(|source| !sources.contains(source)) {
                released.push((*id, source));
            }
        }
        released
    }

    /// Frames whose deadline has passed.
    pub(super) fn overdue(&self, now: f64) -> Vec<FrameId> {
        let late = self.frames.iter().filter(|(_, frame)| now - frame.submitted > DEADLINE);
        late.map(|(id, _)| *id).collect()
    }

    /// Every frame under way.
    pub(super) fn all(&self) -> Vec<FrameId> {
        self.frames.keys().copied().collect()
    }
}
