//! What a coordinator holds, in numbers: cheap enough to be looked at after every event.

use super::Coordinator;
use convoy_wire::Epoch;

/// What a [`Coordinator`] holds and has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
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
    /// Frames that have none.
    pub waiting: usize,
    /// Frames taken in so far.
    pub submitted: u64,
    /// Frames answered so far.
    pub answered: u64,
    /// Frames that ended with an error so far.
    pub failed: u64,
}

impl Coordinator {
    /// What it holds now.
    #[must_use]
    pub fn audit(&self) -> Audit {
        let counters = &self.measured.counters;
        Audit {
            epoch: self.planning.newest,
            running: self.planning.running,
            credits: self.planning.all_credits(),
            has_problem: self.planning.problem.is_some(),
            in_flight: self.frames.in_flight(),
            waiting: self.frames.waiting(),
            submitted: counters.submitted,
            answered: counters.answered,
            failed: counters.failed,
        }
    }
}
