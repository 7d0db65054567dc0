//! A device's worker: one task at a time, the most urgent first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A task that can be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    /// The frame's number.
    pub(super) number: u32,
    /// Index into its route.
    pub(super) task: usize,
    /// Where the frame is kept.
    pub(super) slot: usize,
}

/// The least is done first: reading answers before all, then the oldest frame, of that the deepest
/// stage, as the session's device chooses. All in one number, as nothing is compared more often: from
/// the highest bit on whether it does not read, the frame's number, and the task counted down. The
/// frame's slot stands beside it.
type Urgency = (u64, usize);

/// Bits of a task's index: more than a plan's tiles can be.
const TASK: u32 = 31;

/// One device's worker.
#[derive(Debug, Default)]
pub(super) struct Worker {
    ready: BinaryHeap<Reverse<Urgency>>,
    at_work: bool,
    /// Seconds of computing.
    pub(super) busy: f64,
    /// Of how many frames in flight the device is the source.
    pub(super) source_of: u32,
}

impl Worker {
    /// A task has all that it needs; `reads` where it is to read an answer.
    pub(super) fn take(&mut self, reads: bool, next: Next) {
        let Next { number, task, slot } = next;
        let depth = (1 << TASK) - 1 - (task as u64);
        let urgency = (u64::from(!reads) << 63) | (u64::from(number) << TASK) | depth;
        self.ready.push(Reverse((urgency, slot)));
    }

    /// The next task, which it begins now; `None` while it is at one, or where there is none.
    pub(super) fn next(&mut self) -> Option<Next> {
        if self.at_work {
            return None;
        }
        let Reverse((urgency, slot)) = self.ready.pop()?;
        self.at_work = true;
        let depth = (1 << TASK) - 1;
        let task = (depth - (urgency & depth)) as usize;
        Some(Next { number: (urgency >> TASK) as u32, task, slot })
    }

    /// It has done its task.
    pub(super) const fn done(&mut self) {
        self.at_work = false;
    }
}
