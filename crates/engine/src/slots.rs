//! Room for the maps that a tile holds while it runs: few buffers, reused within a frame and from
//! frame to frame.

use convoy_kernels::Workspace;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Decides beforehand which buffer every map of a tile lies in.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Values that each buffer has room for.
    lengths: Vec<usize>,
    free: Vec<usize>,
}

impl Layout {
    /// A buffer for `length` values: of the free ones the smallest that is large enough, else the
    /// largest, which then grows.
    pub(crate) fn take(&mut self, length: usize) -> usize {
        let fit =
            |slot: &usize| (self.lengths[*slot] < length, self.lengths[*slot].abs_diff(length));
        let Some(slot) = self.free.iter().copied().min_by_key(fit) else {
            self.lengths.push(length);
            return self.lengths.len() - 1;
        };
        self.free.retain(|other| *other != slot);
        self.lengths[slot] = self.lengths[slot].max(length);
        slot
    }

    /// The map in `slot` is not needed any more.
    pub(crate) fn give_back(&mut self, slot: usize) {
        self.free.push(slot);
    }

    /// The buffers that this asks for.
    pub(crate) fn finish(self) -> Slots {
        Slots { lengths: self.lengths, kept: Mutex::new(None), made: AtomicU64::new(0) }
    }
}

/// What a frame runs in.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// A buffer for each slot.
    pub(crate) slots: Vec<Vec<f32>>,
    /// What kernels need beside.
    pub(crate) workspace: Workspace,
}

/// The buffers, kept between two frames.
#[derive(Debug)]
pub(crate) struct Slots {
    lengths: Vec<usize>,
    kept: Mutex<Option<Buffers>>,
    made: AtomicU64,
}

impl Slots {
    /// The buffers, for one frame: those of the last one where it gave them back.
    pub(crate) fn take(&self) -> Buffers {
        // What a panicking frame left is fit for use: every value is written before it is read.
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        kept.unwrap_or_else(|| {
            self.made.fetch_add(self.lengths.len() as u64, Ordering::Relaxed);
            let slots = self.lengths.iter().map(|length| vec![0.0; *length]).collect();
            Buffers { slots, workspace: Workspace::new() }
        })
    }

    /// Keeps the buffers for the next frame, which grew `grown` times during the last.
    pub(crate) fn keep(&self, buffers: Buffers, grown: u64) {
        self.made.fetch_add(grown, Ordering::Relaxed);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(buffers);
    }

    /// How many buffers were ever allocated.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}
