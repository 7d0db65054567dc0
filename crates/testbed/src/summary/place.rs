//! The cells of one network on one cluster, whatever their motion: what each scheme does there, in the cluster's own
//! seconds.

use crate::cell::{Cell, GMACS_PER_GHZ};
use crate::outcome::{Outcome, SchemeOutcome};

/// One network on one cluster.
pub(super) struct Place<'a> {
    cells: Vec<&'a Outcome>,
}

/// A scheme there, with the cell that it was measured in.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    pub(super) cell: &'a Outcome,
    pub(super) scheme: &'a SchemeOutcome,
}

/// Outcomes by their place, in the order in which each is met first.
pub(super) fn all(outcomes: &[Outcome]) -> Vec<Place<'_>> {
    let mut places: Vec<Place> = Vec::new();
    for outcome in outcomes {
        let same = |place: &&mut Place| {
            place.model() == outcome.cell.model && place.cell().cluster() == outcome.cluster()
        };
        match places.iter_mut().find(same) {
            Some(place) => place.cells.push(outcome),
            None => places.push(Place { cells: vec![outcome] }),
        }
    }
    places
}

impl<'a> Place<'a> {
    /// Any cell of it, for what all of them share.
    pub(super) fn cell(&self) -> &'a Outcome {
        self.cells[0]
    }

    pub(super) fn model(&self) -> &'a str {
        &self.cell().cell.model
    }

    pub(super) fn devices(&self) -> usize {
        self.cell().cell.pace.len()
    }

    /// GHz of its devices, where all have the same.
    pub(super) fn ghz(&self) -> Option<f64> {
        let Cell { pace, slower, .. } = &self.cell().cell;
        let ghz = |pace: f64| rounded(pace * slower / GMACS_PER_GHZ);
        let first = ghz(*pace.first()?);
        pace.iter().all(|pace| ghz(*pace) == first).then_some(first)
    }

    /// Mbit/s of its medium or of each line, where devices have all the processor that they want.
    fn mbit(&self) -> Option<f64> {
        let Cell { mbit, slower, cpu, .. } = &self.cell().cell;
        cpu.is_empty().then(|| rounded(mbit * slower))
    }

    pub(super) fn is_shared(&self) -> bool {
        self.cell().cell.shared
    }

    /// The same of its lines, where each device has one.
    pub(super) fn line_each(&self) -> Option<f64> {
        self.mbit().filter(|_| !self.is_shared())
    }

    /// Whether its devices are all of 1.0 GHz, at 50 Mbit/s, with all the processor they want.
    pub(super) fn is_plain(&self) -> bool {
        self.ghz() == Some(1.0) && self.mbit() == Some(50.0)
    }

    /// A scheme by its name, where it was measured. Of several times that in the slowest motion counts: the machine weighs
    /// least there.
    pub(super) fn of(&self, asked: &str) -> Option<Measured<'a>> {
        let measured = self.measured().filter(|it| it.scheme.scheme == asked);
        measured.max_by(|a, b| a.cell.cell.slower.total_cmp(&b.cell.cell.slower))
    }

    /// Each scheme once.
    pub(super) fn schemes(&self) -> Vec<Measured<'a>> {
        let mut names: Vec<&str> = self.measured().map(|it| it.scheme.scheme.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter_map(|name| self.of(name)).collect()
    }

    fn measured(&self) -> impl Iterator<Item = Measured<'a>> {
        let all = self.cells.iter().flat_map(|cell| cell.schemes.iter().map(|it| (*cell, it)));
        let all = all.map(|(cell, scheme)| Measured { cell, scheme });
        all.filter(|it| it.scheme.saturated.is_some())
    }
}

/// As it was before it was divided by how many times slower it runs.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

impl Measured<'_> {
    /// Seconds from one answer to the next where pictures wait.
    pub(super) fn period(&self) -> Option<f64> {
        Some(self.cell.own(self.scheme.period()?))
    }

    /// Mean seconds of pictures one after another.
    pub(super) fn latency(&self) -> Option<f64> {
        Some(self.cell.own(self.scheme.latency()?))
    }

    /// The latency limit, where it has one.
    pub(super) fn limit(&self) -> Option<f64> {
        Some(self.cell.own(self.scheme.limit?))
    }
}
