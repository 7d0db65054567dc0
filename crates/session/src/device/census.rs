//! What a device holds, in numbers, and how much that may be.

use super::running::Running;
use super::{Device, Task};
use convoy_wire::FrameId;

/// What a [`Device`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Frames of which it holds slices.
    pub frames: usize,
    /// How many these may be under its plans together.
    pub most_frames: usize,
    /// Bytes of their slices, whole or in parts.
    pub bytes: usize,
    /// How many these may be under its plans together.
    pub most_bytes: usize,
    /// Photographs that it is the source of.
    pub images: usize,
    /// Bytes of slices of tiles that it has computed, to account for them.
    pub evidence: usize,
}

impl Device {
    /// What it holds now.
    #[must_use]
    pub fn held(&self) -> Held {
        let evidence = self.evidence.bytes();
        let images = Held { images: self.images.len(), evidence, ..Held::default() };
        self.epochs.iter().map(Running::held).fold(images, |all, of| Held {
            frames: all.frames + of.frames,
            most_frames: all.most_frames + of.most_frames,
            bytes: all.bytes + of.bytes,
            most_bytes: all.most_bytes + of.most_bytes,
            images: all.images,
            evidence: all.evidence,
        })
    }

    /// Frames of which it holds slices now, and how many these may be: as [`Device::held`], without
    /// looking at each.
    #[must_use]
    pub fn frames_held(&self) -> (usize, usize) {
        let held = self.epochs.iter().map(Running::frames_held);
        held.fold((0, 0), |all, of| (all.0 + of.0, all.1 + of.1))
    }

    /// A frame's slices came while an older one's tile is computed.
    pub(super) fn count_overlap(&mut self, arrived: FrameId) {
        if let Some((Task::Plan(Some((_, frame))), _)) = self.busy
            && frame < arrived
        {
            self.stats.received_while_computing += 1;
        }
    }
}
