//! Parts of a layer side by side: the kernels cut their work, somebody else has the threads.

use crate::Workspace;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A part of a layer's work, with the values that it makes.
pub type Part<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Whoever can run parts of a layer at the same time.
pub trait Parallel: fmt::Debug + Send + Sync {
    /// How many parts run at once.
    fn threads(&self) -> usize;

    /// Multiply-accumulates below which a part is not worth another thread: it costs some ten
    /// microseconds to hand one over.
    fn least(&self) -> usize {
        200_000
    }

    /// Runs every part, and comes back when the last has ended.
    fn run<'a>(&self, parts: Vec<Part<'a>>);
}

/// One thread, the caller's.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneThread;

impl Parallel for OneThread {
    fn threads(&self) -> usize {
        1
    }

    fn run<'a>(&self, parts: Vec<Part<'a>>) {
        parts.into_iter().for_each(|part| part());
    }
}

/// What an output is made of, for cutting it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Units {
    /// Values of a unit.
    pub(crate) length: usize,
    /// A cut is at a multiple of so many units.
    pub(crate) together: usize,
    /// Multiply-accumulates of a unit.
    pub(crate) macs: usize,
    /// Outputs of a unit for which the same weights are read; `None` where each has its own, or none.
    pub(crate) sharing: Option<usize>,
}

/// Outputs for which weights should be read at once: fewer take longer to read them than to compute.
const WORTH_READING: usize = 400;

/// Cuts `out` into runs of units, and has `make(first unit, workspace, run)` fill them side by side.
///
/// Whoever is free takes the next run, so that a slow thread holds nobody up: a part of what is left,
/// less and less ("guided self-scheduling", Polychronopoulos and Kuck, 1987).
pub(crate) fn split(
    parallel: &dyn Parallel,
    units: Units,
    workspace: &mut Workspace,
    out: &mut [f32],
    make: impl Fn(usize, &mut Workspace, &mut [f32]) + Sync,
) {
    let count = out.len() / units.length.max(1);
    let least = parallel.least().max(1);
    let threads = (count.saturating_mul(units.macs) / least).min(parallel.threads()).max(1);
    let share = count.div_ceil(threads).next_multiple_of(units.together);
    if share >= count {
        return make(0, workspace, out);
    }
    let worth = units.sharing.map_or(1, |sharing| WORTH_READING.div_ceil(sharing.max(1)));
    let fewest = worth.max(least.div_ceil(units.macs.max(1))).min(share);
    let left = Mutex::new(Left { units, threads, fewest, first: 0, out });
    let (left, make) = (&left, &make);
    let mut others = workspace.take_others(threads - 1);
    let workspaces = std::iter::once(&mut *workspace).chain(&mut others).take(threads);
    let mut parts: Vec<Part<'_>> = Vec::new();
    for workspace in workspaces {
        parts.push(Box::new(move || {
            // Not in the loop's head, where the lock would be held while the run is made.
            let next = || left.lock().unwrap_or_else(PoisonError::into_inner).take();
            while let Some((first, run)) = next() {
                make(first, workspace, run);
            }
        }));
    }
    parallel.run(parts);
    workspace.put_back(others);
}

/// What nobody has taken yet of an output.
struct Left<'a> {
    units: Units,
    threads: usize,
    /// Units that are worth taking.
    fewest: usize,
    /// The first unit of `out`.
    first: usize,
    out: &'a mut [f32],
}

impl<'a> Left<'a> {
    /// The next run and its first unit: half of what each thread could still have.
    fn take(&mut self) -> Option<(usize, &'a mut [f32])> {
        let Units { length, together, .. } = self.units;
        let left = self.out.len() / length;
        let taken = left.div_ceil(2 * self.threads).max(self.fewest).next_multiple_of(together);
        let (taken, first) = (taken.min(left), self.first);
        let (run, rest) = std::mem::take(&mut self.out).split_at_mut(taken * length);
        (self.first, self.out) = (first + taken, rest);
        (taken > 0).then_some((first, run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The runs that an output is taken in.
    fn runs(units: Units, threads: usize, fewest: usize, count: usize) -> Vec<(usize, usize)> {
        let mut out = vec![0.0; count * units.length];
        let mut left = Left { units, threads, fewest, first: 0, out: &mut out };
        let runs = std::iter::from_fn(|| left.take());
        runs.map(|(first, run)| (first, run.len() / units.length)).collect()
    }

    #[test]
    fn runs_get_shorter_and_cover_all_once() {
        let rows = Units { length: 3, together: 4, macs: 1, sharing: None };
        let taken = runs(rows, 2, 8, 56);
        assert_eq!(taken, [(0, 16), (16, 12), (28, 8), (36, 8), (44, 8), (52, 4)]);
        // What is left after the last whole run of four is taken too.
        assert_eq!(runs(rows, 2, 16, 30), [(0, 16), (16, 14)]);
    }
}
