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
/// stage, as the session's device chooses.
type Urgency = (bool, u32, Reverse<usize>, usize);

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
        self.ready.push(Reverse((!reads, number, Reverse(task), slot)));
    }

    /// The next task, which it begins now; `None` while it is at one, or where there is none.
    pub(super) fn next(&mut self) -> Option<Next> {
        if self.at_work {
            return None;
        }
        let Reverse((_, number, Reverse(task), slot)) = self.ready.pop()?;
        self.at_work = true;
        Some(Next { number, task, slot })
    }

    /// It has done its task.
    pub(super) const fn done(&mut self) {
        self.at_work = false;
    }
}
