//! Stages that keep a limit on the period: ever fewer, as it tightens.

use super::cost::Cost;
use super::lattice::Lattice;
use super::table::Table;

/// A choice of the table for the units that end at `end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) end: u32,
    pub(super) choice: u32,
    pub(super) cost: Cost,
}

/// The stages of a period below a limit.
pub(super) struct Viable {
    /// Units in all.
    pub(super) units: usize,
    /// How many stages there are.
    pub(super) count: usize,
    /// For each start, for each subset that holds it, by ascending end.
    stages: Vec<Vec<Vec<Stage>>>,
}

impl Viable {
    /// All of them.
    pub(super) fn new(table: &Table, lattice: &Lattice) -> Self {
        let of = |start: usize, state: usize| {
            let stages = (start + 1..=table.units).flat_map(|end| {
                let choices = (0..).zip(table.choices(start, end, state));
                let stage = move |(choice, of): (u32, &super::table::Choice)| Stage {
                    end: end as u32,
                    choice,
                    cost: of.cost,
                };
                choices.map(stage)
            });
            stages.collect()
        };
        let states = 0..lattice.len();
        let starting = |start| states.clone().map(|state| of(start, state)).collect();
        let mut viable =
            Self { units: table.units, count: 0, stages: (0..table.units).map(starting).collect() };
        viable.keep_below(f64::INFINITY);
        viable
    }

    /// Whether any of them uses a medium that all share.
    pub(super) fn share_a_medium(&self) -> bool {
        self.stages.iter().flatten().flatten().any(|stage| stage.cost.medium > 0.0)
    }

    /// Drops stages of this period and longer.
    pub(super) fn keep_below(&mut self, limit: f64) {
        self.count = 0;
        for stages in self.stages.iter_mut().flatten() {
            stages.retain(|stage| stage.cost.period() < limit);
            self.count += stages.len();
        }
    }

    /// Those of a subset that begin after so many units.
    pub(super) fn starting(&self, units: usize, state: usize) -> &[Stage] {
        &self.stages[units][state]
    }
}
