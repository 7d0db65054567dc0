//! What a device's worker does: carries out the session's jobs with the engine and the picture code.
//! One job at a time, no I/O, no clock of its own; used in the page's Web Worker and natively in
//! tests.

mod alone;
mod check;
mod computing;
mod error;
mod profile;
mod ready;
mod slices;
mod source;
mod store;
mod tile;

pub use alone::Alone;
pub use computing::Computing;
pub use convoy_engine::LayerTime;
pub use error::WorkerError;
pub use slices::dtype;

use convoy_engine::{OneThread, Parallel, TileEngine};
use convoy_model::{Model, WeightFile};
use convoy_plan::{DeviceId, Plan, Stage, Tile};
use convoy_session::{Job, Outcome};
use convoy_wire::{Benchmark, Epoch};
use ready::Ready;
use std::sync::Arc;
use store::Store;

/// Weight files to fetch, each with the index of its piece.
pub type Wanted = Vec<(usize, WeightFile)>;

/// The numbers of one device: weights, tiles, pictures.
#[derive(Debug)]
pub struct Worker {
    memory: u64,
    parallel: Arc<dyn Parallel>,
    store: Store,
    /// The plans that it is ready for, the oldest first: one, or two while one takes over from another.
    ready: Vec<Ready>,
}

impl Worker {
    /// A worker that offers `memory` bytes for weights and maps, and computes on one thread.
    #[must_use]
    pub fn new(memory: u64) -> Self {
        Self::with_threads(memory, Arc::new(OneThread))
    }

    /// As [`Worker::new`], with the threads of `parallel`.
    #[must_use]
    pub fn with_threads(memory: u64, parallel: Arc<dyn Parallel>) -> Self {
        Self { memory, parallel, store: Store::default(), ready: Vec::new() }
    }

    /// The weight files that `device` needs for its tiles of `plan` and that are not held yet, with
    /// the index of their piece; none for tiles that it has from the plan before. Seeded weights are made here and need no file.
    #[must_use]
    pub fn wanted(&self, model: &Model, plan: &Plan, device: DeviceId) -> Wanted {
        let made = |stage: &Stage, tile: &Tile| {
            self.ready
                .iter()
                .any(|ready| ready.has(model, stage.pieces, &tile.regions, plan.kernels))
        };
        self.store.wanted(model, plan, device, made)
    }

    /// The weight files that are needed to check a tile of another device and that are not held, with the
    /// index of their piece, and the network that they are of; `None` for any other job.
    #[must_use]
    pub fn wanted_to_check(&self, job: &Job) -> Option<(Arc<Model>, Wanted)> {
        let Job::Check { epoch, stage, tile, .. } = job else { return None };
        let ready = self.ready(*epoch).ok().filter(|ready| ready.own(*stage, *tile).is_err())?;
        let [first, end] = ready.plan.stages.get(usize::from(*stage))?.pieces;
        Some((Arc::clone(&ready.model), self.store.missing(&ready.model, first..end)))
    }

    /// Takes the weight file of a piece.
    ///
    /// # Errors
    /// A piece that has no file, or content whose hash is not the manifest's.
    pub fn supply(
        &mut self,
        model: &Model,
        piece: usize,
        bytes: Vec<u8>,
    ) -> Result<(), WorkerError> {
        self.store.supply(model, piece, bytes)
    }

    /// Carries out a job. `clock` gives seconds of any monotonic clock. Whatever goes wrong becomes
    /// [`Outcome::Failed`].
    pub fn run(&mut self, job: &Job, clock: &dyn Fn() -> f64) -> Outcome {
        let (epoch, frame) = match job {
            Job::Benchmark => (None, None),
            Job::Load { epoch, .. } => (Some(*epoch), None),
            Job::Cut { epoch, frame, .. }
            | Job::Compute { epoch, frame, .. }
            | Job::Check { epoch, frame, .. }
            | Job::Decode { epoch, frame, .. } => (Some(*epoch), Some(*frame)),
        };
        self.attempt(job, clock).unwrap_or_else(|error| {
            // Only what the photograph or the network itself is to blame for ends its frame; the rest
            // is this device's own trouble, and another can compute the frame.
            let blamed = matches!(error, WorkerError::Picture(_) | WorkerError::Answer(_));
            let frame = frame.filter(|_| blamed);
            Outcome::Failed { lane: job.lane(), epoch, frame, message: error.to_string() }
        })
    }

    /// Carries out [`Job::Benchmark`], and tells how many kinds of layers it has measured, of how many. `clock` as
    /// for [`Worker::run`].
    pub fn benchmark(&self, clock: &dyn Fn() -> f64, tell: &dyn Fn(u64, u64)) -> Outcome {
        let measured = convoy_engine::benchmark(&*self.parallel, clock, tell);
        Outcome::Benchmarked(Benchmark {
            capacity: measured.capacity,
            kinds: measured.kinds,
            memory: self.memory,
        })
    }

    /// Multiply-accumulates that a job computes, for pacing; zero but for [`Job::Compute`].
    #[must_use]
    pub fn macs(&self, job: &Job) -> u64 {
        let Job::Compute { epoch, stage, tile, .. } = job else { return 0 };
        let ready = self.ready(*epoch).ok();
        ready.and_then(|ready| ready.tile(*stage, *tile).ok()).map_or(0, TileEngine::macs)
    }

    /// Measures every layer of the tiles that are ready; none where no plan is. `clock` as for
    /// [`Worker::run`].
    ///
    /// # Errors
    /// None that a sound plan could cause.
    pub fn profile(&self, clock: &dyn Fn() -> f64) -> Result<Vec<LayerTime>, WorkerError> {
        let ready = self.ready.last();
        ready.map_or(Ok(Vec::new()), |ready| profile::profile(ready, &*self.parallel, clock))
    }

    fn attempt(&mut self, job: &Job, clock: &dyn Fn() -> f64) -> Result<Outcome, WorkerError> {
        match job {
            Job::Benchmark => Ok(self.benchmark(clock, &|_, _| {})),
            Job::Load { epoch, model, plan, device, during } => {
                self.load(*epoch, model, plan, *device, *during)?;
                Ok(Outcome::Loaded { epoch: *epoch })
            }
            Job::Cut { epoch, frame, image, edges } => {
                let slices = source::cut(self.ready(*epoch)?, image, edges)?;
                Ok(Outcome::Cut { epoch: *epoch, frame: *frame, slices })
            }
            Job::Compute { epoch, frame, stage, tile, slices, edges } => {
                let place = (*stage, *tile);
                let mut computing =
                    self.compute((*epoch, *frame), place, (slices, edges), clock())?;
                while computing.step() {}
                computing.made(clock)
            }
            Job::Check { check, epoch, frame, stage, tile, taken, made } => {
                let ready = self.ready(*epoch)?;
                let (place, parallel) = ((*stage, *tile), &*self.parallel);
                let compared = ready.any(&self.store, place).and_then(|own| {
                    check::deviation(ready, &own, parallel, (*frame, place), taken, made)
                });
                // What was fetched for the check alone is not kept.
                self.keep_own();
                Ok(Outcome::Checked { check: *check, deviation: compared? })
            }
            Job::Decode { epoch, frame, image, slices } => {
                let answer = source::decode(self.ready(*epoch)?, *frame, image, slices)?;
                Ok(Outcome::Decoded { epoch: *epoch, frame: *frame, answer })
            }
        }
    }

    /// Makes ready for a plan. What the plan `during` has stays; of others what the new one needs too, and
    /// the rest is freed before engines are made. (The new files are fetched before: for a moment they
    /// lie beside the old ones.)
    fn load(
        &mut self,
        epoch: Epoch,
        model: &Arc<Model>,
        plan: &Arc<Plan>,
        device: DeviceId,
        during: Option<Epoch>,
    ) -> Result<(), WorkerError> {
        let (kept, over): (Vec<Ready>, _) =
            std::mem::take(&mut self.ready).into_iter().partition(|of| Some(of.epoch) == during);
        let plans: Vec<&Plan> = kept.iter().map(|kept| &*kept.plan).chain([&**plan]).collect();
        self.store.keep_only(model, &plans, device);
        self.ready = kept;
        let made = Ready::new((epoch, model, plan, device), &self.store, &self.ready, over)?;
        self.ready.push(made);
        self.store.forget_divided(model, plan, device);
        Ok(())
    }

    /// Forgets files of tiles that are not this device's.
    fn keep_own(&mut self) {
        let Some(Ready { model, device, .. }) = self.ready.last() else { return };
        let plans: Vec<&Plan> = self.ready.iter().map(|ready| &*ready.plan).collect();
        self.store.keep_only(model, &plans, *device);
    }

    fn ready(&self, epoch: Epoch) -> Result<&Ready, WorkerError> {
        let ready = self.ready.iter().find(|ready| ready.epoch == epoch);
        ready.ok_or(WorkerError::NotReady { epoch: epoch.0 })
    }
}
