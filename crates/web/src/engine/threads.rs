//! The threads of the threaded bundle: workers that share this worker's memory. The page's scripts make
//! them (`www/engine.js`): the worker invites, every helper comes and takes a place in the pool.

#[cfg(not(feature = "threads"))]
pub(super) use alone::all;
#[cfg(feature = "threads")]
pub(super) use pool::all;
#[cfg(feature = "threads")]
pub use pool::{help, invite};

#[cfg(not(feature = "threads"))]
mod alone {
    use convoy_engine::{OneThread, Parallel};
    use std::sync::Arc;

    /// The caller's thread.
    pub(in crate::engine) fn all() -> Arc<dyn Parallel> {
        Arc::new(OneThread)
    }
}

#[cfg(feature = "threads")]
mod pool {
    use convoy_engine::{OneThread, Parallel, Threads};
    use std::sync::{Arc, Mutex, OnceLock, PoisonError};
    use wasm_bindgen::prelude::*;

    /// What a helper does until the pool ends.
    type Place = Box<dyn FnOnce() + Send>;

    /// Places that no helper has taken yet.
    static PLACES: Mutex<Vec<Place>> = Mutex::new(Vec::new());

    static POOL: OnceLock<Arc<Threads>> = OnceLock::new();

    /// The threads that were invited; else the caller's alone.
    pub(in crate::engine) fn all() -> Arc<dyn Parallel> {
        match POOL.get() {
            Some(pool) => Arc::<Threads>::clone(pool),
            None => Arc::new(OneThread),
        }
    }

    /// Makes a pool of `threads`, this worker the first of them. Each of the others is a worker with the
    /// same module and memory that calls [`help`]; a second call changes nothing.
    ///
    /// # Errors
    /// Where there can be no pool.
    #[wasm_bindgen]
    pub fn invite(threads: usize) -> Result<(), JsError> {
        if POOL.get().is_none() {
            let pool = Threads::invited(threads, |place| {
                PLACES.lock().unwrap_or_else(PoisonError::into_inner).push(place);
            })?;
            // Nobody else invites: only this worker has the page's scripts.
            let _ = POOL.set(Arc::new(pool));
        }
        Ok(())
    }

    /// Takes a place in the pool and works there for good; comes back at once where none is free.
    #[wasm_bindgen]
    pub fn help() {
        let place = PLACES.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(place) = place {
            place();
        }
    }
}
