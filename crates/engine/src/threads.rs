//! Threads that take parts of a layer: rayon's, natively or helping workers of a page.

use convoy_kernels::{Parallel, Part};
use rayon_core::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};
use std::io;

/// A pool of threads, of which the one that made it is the first.
#[derive(Debug)]
pub struct Threads(ThreadPool);

/// Why there are no threads.
#[derive(Debug, thiserror::Error)]
#[error("no threads to compute with: {0}")]
pub struct ThreadsError(#[from] rayon_core::ThreadPoolBuildError);

impl Threads {
    /// `count` threads of the system, the caller's among them.
    ///
    /// # Errors
    /// Where the system has none, or the caller's is of a pool already.
    pub fn new(count: usize) -> Result<Self, ThreadsError> {
        Ok(Self(ThreadPoolBuilder::new().num_threads(count.max(1)).use_current_thread().build()?))
    }

    /// `count` threads, the caller's among them; each of the others is where somebody calls the function
    /// that `invite` gets, which comes back when the pool ends.
    ///
    /// # Errors
    /// Where the caller's thread is of a pool already.
    pub fn invited(
        count: usize,
        mut invite: impl FnMut(Box<dyn FnOnce() + Send>),
    ) -> Result<Self, ThreadsError> {
        let spawn = |thread: ThreadBuilder| -> io::Result<()> {
            invite(Box::new(move || thread.run()));
            Ok(())
        };
        let builder = ThreadPoolBuilder::new().num_threads(count.max(1)).use_current_thread();
        Ok(Self(builder.spawn_handler(spawn).build()?))
    }
}

impl Parallel for Threads {
    fn threads(&self) -> usize {
        self.0.current_num_threads()
    }

    fn run<'a>(&self, parts: Vec<Part<'a>>) {
        if self.threads() == 1 {
            // Whoever is not the pool's only thread, its maker's, would wait for it in vain.
            return parts.into_iter().for_each(|part| part());
        }
        self.0.scope(|scope| parts.into_iter().for_each(|part| scope.spawn(move |_| part())));
    }
}
