//! A room in numbers: for whoever watches many, and cheap enough to be looked at after every event.

use super::Coordinator;
use convoy_plan::DeviceId;
use convoy_wire::Epoch;
use std::collections::{BTreeMap, BTreeSet};

/// What a [`Coordinator`] holds and has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Of the newest plan.
    pub epoch: Epoch,
    /// Whether a plan runs.
    pub running: bool,
    /// How many frames may be in flight, under the plan that runs or is made ready and the one before it
    /// together; `None` where there is no plan.
    pub credits: Option<usize>,
    /// Whether it is known why there is no plan.
    pub has_problem: bool,
    /// Frames that a source has.
    pub in_flight: usize,
    /// Frames that have no source yet.
    pub waiting: usize,
    /// Frames that were submitted since the room began.
    pub submitted: u64,
    /// Of those, how many were answered.
    pub answered: u64,
    /// How many ended with an error.
    pub failed: u64,
    /// Times that a frame was begun again because a plan ended or its source left.
    pub replayed: u64,
    /// Times that links were measured again, as bytes waited on one for longer than was to be expected.
    pub looks: u64,
    /// Times that a line, in one direction, was found to have become slow.
    pub slow_lines: u64,
}

impl Coordinator {
    /// The room in numbers.
    #[must_use]
    pub fn census(&self) -> Census {
        let counters = &self.measured.counters;
        Census {
            epoch: self.planning.newest,
            running: self.planning.running,
            credits: self.planning.all_credits(),
            has_problem: self.planning.problem.is_some(),
            in_flight: self.frames.in_flight(),
            waiting: self.frames.waiting(),
            submitted: counters.submitted,
            answered: counters.answered,
            failed: counters.failed,
            replayed: counters.replayed,
            looks: counters.looks,
            slow_lines: counters.slow_lines,
        }
    }

    /// Pages whose lines are known to have become slow; where nobody could bear witness for one of two pages, none
    /// is.
    #[must_use]
    pub fn slow_lines(&self) -> BTreeSet<DeviceId> {
        self.looks.slow_pages().collect()
    }

    /// Pages by the word for how far they are, as the state has it (`computing`, `idle`, ...).
    #[must_use]
    pub fn stands(&self, now: f64) -> BTreeMap<&'static str, u64> {
        let mut stands = BTreeMap::new();
        for (id, member) in &self.members {
            *stands.entry(self.stand(now, *id, member).0).or_default() += 1;
        }
        stands
    }
}
