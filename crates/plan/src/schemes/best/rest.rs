//! What the rest of a plan costs at least: by it the exact programme leaves off ways that lead nowhere.

use super::cost::Cost;
use super::lattice::Lattice;
use super::viable::Viable;

/// Lower bounds of what remains, for each subset of the devices that have no part yet and each number
/// of units covered: a table of `states` rows.
pub(super) struct Rest {
    latency: Vec<f64>,
    medium: Vec<f64>,
    states: usize,
    units: usize,
}

impl Rest {
    /// Latency and use of a shared medium each for itself, as if the other did not matter.
    pub(super) fn new(viable: &Viable, lattice: &Lattice) -> Self {
        Self {
            latency: remaining(lattice, viable, |cost| cost.latency(0.0)),
            medium: remaining(lattice, viable, |cost| cost.medium),
            states: lattice.len(),
            units: viable.units,
        }
    }

    /// Least latency of a whole plan, in seconds.
    pub(super) fn soonest(&self) -> f64 {
        self.after(0, 0).0
    }

    /// Least latency and use of the medium, in seconds, after the first `units`, held by `state`.
    pub(super) fn after(&self, units: usize, state: usize) -> (f64, f64) {
        // Subsets are counts in mixed radix, so the others are the difference.
        let others = self.states - 1 - state;
        let place = others * (self.units + 1) + units;
        (self.latency[place], self.medium[place])
    }
}

/// The least sum over stages of `cost`, for each subset and each number of units already covered.
fn remaining(lattice: &Lattice, viable: &Viable, cost: impl Fn(&Cost) -> f64) -> Vec<f64> {
    let (states, units) = (lattice.len(), viable.units);
    let width = units + 1;
    // For each start, for each subset, each end.
    let mut stages = vec![vec![f64::INFINITY; states * width]; units];
    for end in 1..=units {
        for state in 0..states {
            for stage in viable.ending(end, state) {
                let least = &mut stages[stage.start as usize][state * width + end];
                *least = least.min(cost(&stage.cost));
            }
        }
    }
    let mut sums = vec![f64::INFINITY; states * width];
    for state in 0..states {
        sums[state * width + units] = 0.0;
    }
    for start in (0..units).rev() {
        for state in 0..states {
            let mut best = f64::INFINITY;
            for (part, rest) in lattice.parts(state) {
                let ends = |of: usize| of * width + start + 1..(of + 1) * width;
                let stage = &stages[start][ends(*part as usize)];
                let after = &sums[ends(*rest as usize)];
                best = stage.iter().zip(after).fold(best, |best, (a, b)| best.min(a + b));
            }
            sums[state * width + start] = best;
        }
    }
    sums
}
