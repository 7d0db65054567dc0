//! Stages that keep a limit on the period: ever fewer, as it tightens.

use super::cost::Cost;
use super::lattice::Lattice;
use super::table::Table;

/// A choice of the table for the units that begin at `start`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) start: u32,
    pub(super) choice: u32,
    pub(super) cost: Cost,
}

/// The stages of a period below a limit.
pub(super) struct Viable {
    /// Units in all.
    pub(super) units: usize,
    /// For each end, for each subset that holds it.
    stages: Vec<Vec<Vec<Stage>>>,
}

impl Viable {
    /// All of them.
    pub(super) fn new(table: &Table, lattice: &Lattice) -> Self {
        let of = |end: usize, state: usize| {
            let stages = (0..end).flat_map(|start| {
                let choices = (0..).zip(table.choices(start, end, state));
                choices.map(move |(choice, of)| Stage {
                    start: start as u32,
                    choice,
                    cost: of.cost,
                })
            });
            stages.collect()
        };
        let states = 0..lattice.len();
        let ending = |end| states.clone().map(|state| of(end, state)).collect();
        Self { units: table.units, stages: (0..=table.units).map(ending).collect() }
    }

    /// Drops stages of this period and longer.
    pub(super) fn keep_below(&mut self, limit: f64) {
        for stages in self.stages.iter_mut().flatten() {
            stages.retain(|stage| stage.cost.period() < limit);
        }
    }

    /// Those of a subset that end after so many units.
    pub(super) fn ending(&self, units: usize, state: usize) -> &[Stage] {
        &self.stages[units][state]
    }
}
