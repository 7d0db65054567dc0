//! A device's workers: one for tiles, one for photographs and answers, each at one task at a time, the most
//! urgent first.

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

/// What one worker has to do.
#[derive(Debug, Default)]
struct Lane {
    ready: BinaryHeap<Reverse<Urgency>>,
    at_work: bool,
}

/// One device's workers. Which of them is told by whether a task is a source's.
#[derive(Debug, Default)]
pub(super) struct Worker {
    tiles: Lane,
    sourcing: Lane,
    /// Seconds of computing.
    pub(super) busy: f64,
    /// Of how many frames in flight the device is the source.
    pub(super) source_of: u32,
}

impl Worker {
    const fn lane(&mut self, source: bool) -> &mut Lane {
        if source { &mut self.sourcing } else { &mut self.tiles }
    }

    /// A task has all that it needs; `reads` where it is to read an answer.
    pub(super) fn take(&mut self, source: bool, reads: bool, next: Next) {
        let Next { number, task, slot } = next;
        let depth = (1 << TASK) - 1 - (task as u64);
        let urgency = (u64::from(!reads) << 63) | (u64::from(number) << TASK) | depth;
        self.lane(source).ready.push(Reverse((urgency, slot)));
    }

    /// The next task of one of them, which it begins now; `None` while it is at one, or where there is none.
    pub(super) fn next(&mut self, source: bool) -> Option<Next> {
        let lane = self.lane(source);
        if lane.at_work {
            return None;
        }
        let Reverse((urgency, slot)) = lane.ready.pop()?;
        lane.at_work = true;
        let depth = (1 << TASK) - 1;
        let task = (depth - (urgency & depth)) as usize;
        Some(Next { number: (urgency >> TASK) as u32, task, slot })
    }

    /// It has done its task.
    pub(super) const fn done(&mut self, source: bool) {
        self.lane(source).at_work = false;
    }
}
