//! Memory that kernels use while they run, kept from one call to the next.

/// Room for what a kernel holds beside its input and output. It grows to what the largest layer
/// needs and then stays, so that one that is kept allocates nothing more. With several threads chance
/// says which of them has the largest part, so that each may grow once more in later frames.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(crate) values: Vec<f32>,
    pub(crate) runs: Vec<Run>,
    grown: u64,
    /// Of the other threads.
    others: Vec<Workspace>,
}

/// Where a run of values begins: in the input, or among the values of the workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// This far from the first value of the view.
    Input(usize),
    /// This far from the first value of the workspace.
    Spare(usize),
}

impl Workspace {
    /// No memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often memory was allocated since it was made.
    #[must_use]
    pub fn grown(&self) -> u64 {
        self.grown + self.others.iter().map(Self::grown).sum::<u64>()
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let own =
            self.values.capacity() * size_of::<f32>() + self.runs.capacity() * size_of::<Run>();
        own + self.others.iter().map(Self::bytes).sum::<usize>()
    }

    /// Takes those of `count` other threads out, kept or new; [`Workspace::put_back`] keeps them.
    pub(crate) fn take_others(&mut self, count: usize) -> Vec<Self> {
        let mut others = std::mem::take(&mut self.others);
        others.resize_with(others.len().max(count), Self::new);
        others
    }

    /// Keeps the workspaces of other threads for the next layer.
    pub(crate) fn put_back(&mut self, others: Vec<Self>) {
        self.others = others;
    }

    /// Makes room for `values` values, of whatever content, and `runs` runs.
    pub(crate) fn reserve(&mut self, values: usize, runs: usize) {
        if self.values.len() < values {
            self.grown += 1;
            // Nothing of the old content is needed: let go of it before there is more.
            self.values = Vec::new();
            self.values = vec![0.0; values];
        }
        if self.runs.len() < runs {
            self.grown += 1;
            self.runs = vec![Run::Spare(0); runs];
        }
    }
}
