//! Parts of a layer side by side: the kernels cut their work, somebody else has the threads.

use crate::Workspace;
use std::fmt;

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
    /// A part begins at a multiple of so many units.
    pub(crate) together: usize,
    /// Multiply-accumulates of a unit.
    pub(crate) macs: usize,
}

/// Cuts `out` into runs of units, and has `make(first unit, workspace, run)` fill them side by side.
pub(crate) fn split(
    parallel: &dyn Parallel,
    Units { length, together, macs }: Units,
    workspace: &mut Workspace,
    out: &mut [f32],
    make: impl Fn(usize, &mut Workspace, &mut [f32]) + Sync,
) {
    let units = out.len() / length.max(1);
    let most =
        (units.saturating_mul(macs) / parallel.least().max(1)).min(parallel.threads()).max(1);
    let each = units.div_ceil(most).next_multiple_of(together);
    if each >= units {
        return make(0, workspace, out);
    }
    let make = &make;
    let mut others = workspace.take_others(units.div_ceil(each) - 1);
    let workspaces = std::iter::once(&mut *workspace).chain(&mut others);
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (index, (out, workspace)) in out.chunks_mut(each * length).zip(workspaces).enumerate() {
        parts.push(Box::new(move || make(index * each, workspace, out)));
    }
    parallel.run(parts);
    workspace.put_back(others);
}
