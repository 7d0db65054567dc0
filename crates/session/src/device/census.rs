//! What a device holds, in numbers, and how much that may be.

use super::Device;

/// What a [`Device`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Frames of which it holds slices.
    pub frames: usize,
    /// How many these may be under its plan.
    pub most_frames: usize,
    /// Bytes of their slices, whole or in parts.
    pub bytes: usize,
    /// How many these may be under its plan.
    pub most_bytes: usize,
    /// Photographs that it is the source of.
    pub images: usize,
}

impl Device {
    /// What it holds now.
    #[must_use]
    pub fn held(&self) -> Held {
        let held = self.running.as_ref().map(super::running::Running::held);
        Held { images: self.images.len(), ..held.unwrap_or_default() }
    }

    /// Frames of which it holds slices now, and how many these may be: as [`Device::held`], without
    /// looking at each.
    #[must_use]
    pub fn frames_held(&self) -> (usize, usize) {
        self.running.as_ref().map_or((0, 0), super::running::Running::frames_held)
    }
}
