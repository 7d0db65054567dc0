//! What the rest of a plan costs at least: by it the exact programme leaves off ways that lead nowhere.

use super::lattice::Lattice;
use super::viable::{Stage, Viable};

/// Lower bounds of what remains, for each subset of the devices that have no part yet and each number
/// of units covered: tables of `states` rows.
pub(super) struct Rest {
    latency: Table,
    /// Where there is a shared medium.
    medium: Option<Table>,
    /// Of how many stages they are.
    stages: usize,
    states: usize,
    units: usize,
}

/// The least of one kind of cost.
struct Table {
    /// Of a stage: for each start, for each subset, each end.
    stages: Vec<Vec<f64>>,
    /// Ends at which a subset has stages from a start: the first, and one past the last.
    ends: Vec<Vec<(u32, u32)>>,
    /// Of all that remains.
    sums: Vec<f64>,
}

impl Rest {
    /// Bounds for nothing yet, see [`Rest::update`].
    pub(super) fn new(viable: &Viable, lattice: &Lattice) -> Self {
        let (states, units) = (lattice.len(), viable.units);
        let table = || Table {
            stages: vec![vec![f64::INFINITY; states * (units + 1)]; units],
            ends: vec![vec![(0, 0); states]; units],
            sums: vec![f64::INFINITY; states * (units + 1)],
        };
        let medium = viable.share_a_medium().then(table);
        Self { latency: table(), medium, stages: usize::MAX, states, units }
    }

    /// Which part of the stages that these bounds are of is still there. Those of more stages hold too,
    /// though others may be closer.
    pub(super) fn part(&self, viable: &Viable) -> f64 {
        viable.count as f64 / self.stages as f64
    }

    /// Latency and use of a shared medium each for itself, as if the other did not matter, of these
    /// stages.
    pub(super) fn update(&mut self, viable: &Viable, lattice: &Lattice) {
        self.stages = viable.count;
        self.latency.update(viable, lattice, |stage| stage.cost.latency(0.0));
        if let Some(medium) = &mut self.medium {
            medium.update(viable, lattice, |stage| stage.cost.medium);
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
        let medium = self.medium.as_ref().map_or(0.0, |medium| medium.sums[place]);
        (self.latency.sums[place], medium)
    }
}

impl Table {
    /// The least sum over stages of `cost`, for each subset and each number of units already covered.
    fn update(&mut self, viable: &Viable, lattice: &Lattice, cost: impl Fn(&Stage) -> f64) {
        let (states, units) = (lattice.len(), viable.units);
        let width = units + 1;
        for start in 0..units {
            let (stages, ends) = (&mut self.stages[start], &mut self.ends[start]);
            stages.fill(f64::INFINITY);
            for state in 0..states {
                let starting = viable.starting(start, state);
                let first = starting.first().map_or(0, |stage| stage.end);
                ends[state] = (first, starting.last().map_or(0, |stage| stage.end + 1));
                for stage in starting {
                    let least = &mut stages[state * width + stage.end as usize];
                    *least = least.min(cost(stage));
                }
            }
        }
        let sums = &mut self.sums;
        for state in 0..states {
            sums[state * width + units] = 0.0;
        }
        for start in (0..units).rev() {
            let (stages, ends) = (&self.stages[start], &self.ends[start]);
            for state in 0..states {
                let mut best = f64::INFINITY;
                for (part, rest) in lattice.parts(state) {
                    let (first, past) = ends[*part as usize];
                    if past == 0 {
                        continue;
                    }
                    let ends = |of: u32| {
                        let row = of as usize * width;
                        row + first as usize..row + past as usize
                    };
                    let stage = &stages[ends(*part)];
                    let after = &sums[ends(*rest)];
                    for (stage, after) in stage.iter().zip(after) {
                        // Quicker than `min`, which minds what is no number.
                        let sum = stage + after;
                        best = if sum < best { sum } else { best };
                    }
                }
                sums[state * width + start] = best;
            }
        }
    }
}
