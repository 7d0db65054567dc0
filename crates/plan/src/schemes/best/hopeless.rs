//! Stages that have no place in any plan worth finding: whatever the other devices do, the plan is no
//! better than one that is known already. What they leave off changes no front.

use super::cost::Cost;
use super::costing::Costing;

/// Plans in which one group does all, and what any stage and the rest of its plan need at least.
pub(super) struct Known {
    /// Period and latency in seconds of each plan that no other beats.
    plans: Vec<(f64, f64)>,
    /// Multiply-accumulates from each unit on that the network's outputs need.
    work: Vec<f64>,
    /// Seconds of a shared medium for what is read at the start of each unit, and for the outputs.
    medium: Vec<f64>,
    /// Of all devices, in multiply-accumulates a second.
    capacity: f64,
}

/// What any plan with a certain stage needs at least, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Least {
    /// The stage's devices, for its work.
    own: f64,
    /// A shared medium, for what the stage reads and gives at its ends.
    medium: f64,
    /// The other devices, for the rest of the work.
    rest: f64,
    /// A shared medium, for that.
    rest_medium: f64,
}

impl Known {
    /// No plan yet, for devices of so much capacity in all.
    pub(super) fn new(costing: &Costing, capacity: f64) -> Self {
        let needs = || costing.units.iter().map(|unit| costing.needs_from(*unit));
        let network = &costing.costs.cluster.network;
        let bytes = if network.shared { 1.0 / network.bandwidth } else { 0.0 };
        Self {
            plans: Vec::new(),
            work: needs().map(|(work, _)| work).collect(),
            medium: needs().map(|(_, read)| read * bytes).collect(),
            capacity,
        }
    }

    /// One more plan: this stage is all of it.
    pub(super) fn add(&mut self, cost: &Cost) {
        let new = (cost.period().max(cost.medium), cost.latency(0.0));
        let beats = |one: (f64, f64), other: (f64, f64)| one.0 <= other.0 && one.1 <= other.1;
        if self.plans.iter().all(|known| !beats(*known, new)) {
            self.plans.retain(|known| !beats(new, *known));
            self.plans.push(new);
        }
    }

    /// What a plan needs at least in which devices of this capacity in all hold units `[start, end)`:
    /// no group works faster than all its devices without a row computed twice, the others have all
    /// that remains to do, and what passes between the two travels.
    pub(super) fn least(&self, (start, end): (usize, usize), capacity: f64) -> Least {
        let units = self.work.len() - 1;
        let own = self.work[start] - self.work[end];
        let rest = self.work[0] - own;
        // What rounding leaves is no work.
        let rest = if rest > 1e-9 * self.work[0] { rest } else { 0.0 };
        let others = (self.capacity - capacity).max(0.0);
        let outer = |is: bool, unit: usize| if is { self.medium[unit] } else { 0.0 };
        // One device that does all may be the source: nothing travels.
        let part = start > 0 || end < units;
        Least {
            own: own / capacity,
            medium: outer(part, start) + outer(part && end == units, units),
            rest: if rest > 0.0 { rest / others } else { 0.0 },
            rest_medium: outer(start > 0, 0) + outer(end < units, end) + outer(end < units, units),
        }
    }

    /// Whether every plan with such a stage is as late and as slow as a known one at least, whatever
    /// the stage costs, where up to `turns` groups like this take turns.
    pub(super) fn beats_any(&self, least: Least, turns: f64) -> bool {
        let Least { own, medium, .. } = least;
        self.is_beaten(least, (own / turns, medium), own + medium)
    }

    /// As [`Known::beats_any`], for one that costs this much.
    pub(super) fn beats(&self, least: Least, turns: f64, cost: &Cost) -> bool {
        self.is_beaten(least, (cost.busy / turns, cost.medium / turns), cost.latency(0.0))
    }

    fn is_beaten(&self, least: Least, (busy, medium): (f64, f64), latency: f64) -> bool {
        let Least { rest, rest_medium, .. } = least;
        let period = busy.max(rest).max(medium.max(least.medium) + rest_medium);
        let latency = latency + rest + rest_medium;
        // Sums differ in their last digits; and no plan is to beat itself.
        let (period, latency) = ((1.0 - 1e-9) * period, (1.0 - 1e-9) * latency);
        self.plans.iter().any(|known| known.0 < period && known.1 < latency)
    }
}
