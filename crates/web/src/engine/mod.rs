//! The worker's side: takes jobs one at a time, fetches the weights they need, has
//! [`convoy_worker::Worker`] carry them out, and hands the outcomes back.

mod load;
mod pause;
mod threads;
mod trial;

#[cfg(feature = "threads")]
pub use threads::{help, invite};
pub use trial::Trial;

use crate::browser::{now, sleep};
use crate::message::{Packed, layers, pack_outcome, unpack_job};
use crate::pace::ComputePace;
use convoy_session::{Job, Outcome};
use convoy_worker::Worker;
use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;

/// Seconds of computing after which the worker looks whether the tile is still wanted: a look costs some ten
/// microseconds.
const LOOK: f64 = 0.05;

/// The numbers of one device, within its Web Worker.
#[wasm_bindgen]
pub struct Engine {
    worker: Worker,
    /// What the device is held down to.
    pace: ComputePace,
    /// `(message, buffers to transfer)`: posts to the page.
    post: Function,
}

#[wasm_bindgen]
impl Engine {
    /// An engine with all threads that were invited, that offers `memory` bytes and computes at most
    /// `pace` GMAC/s (where given).
    /// `post(message, buffers)` hands a message to the page.
    #[wasm_bindgen(constructor)]
    pub fn new(memory: f64, pace: Option<f64>, post: Function) -> Self {
        let pace = ComputePace::from_gmacs(pace);
        // A float keeps whole bytes far beyond what a browser can hold.
        Self { worker: Worker::with_threads(memory as u64, threads::all()), pace, post }
    }

    /// Carries out the job in `message` (its head, then blocks of bytes) and posts what came of it.
    /// One at a time: the caller waits for the promise before the next call.
    ///
    /// # Errors
    /// Where the message is none, or the page cannot be told; everything else is an outcome.
    pub async fn perform(&mut self, message: Array) -> Result<(), JsError> {
        let head = message.shift().as_string().unwrap_or_default();
        let blocks = message.iter().map(|block| Uint8Array::new(&block).to_vec()).collect();
        let (number, job) = unpack_job(&head, blocks)?;
        let outcome = self.outcome(number, &job).await;
        report(&self.post, number, &outcome)
    }

    /// The tile of the job in message `number` is not wanted any more; to be called while it is performed.
    #[wasm_bindgen(js_name = giveUp)]
    pub fn give_up(number: u32) {
        pause::give_up(number);
    }

    /// Computes at most `pace` GMAC/s (where given) from the next job on; between two jobs.
    pub fn limit(&mut self, pace: Option<f64>) {
        self.pace = ComputePace::from_gmacs(pace);
    }

    /// Every layer of the device's tiles as JSON, `[{name, op, kernel, macs, seconds}]`; between two jobs.
    ///
    /// # Errors
    /// None that a sound plan could cause.
    pub fn layers(&self) -> Result<String, JsError> {
        Ok(layers(&self.worker.profile(&now)?)?)
    }

    async fn outcome(&mut self, number: u32, job: &Job) -> Outcome {
        if let Job::Load { epoch, model, plan, device, .. } = job {
            let post = self.post.clone();
            let progress = |done, total| {
                // A page that cannot be told of progress will not hear of the end either.
                let _ = report(&post, number, &Outcome::Loading { epoch: *epoch, done, total });
            };
            let fetched = load::fetch_missing(&mut self.worker, model, plan, *device, progress);
            if let Err(message) = fetched.await {
                let (lane, epoch) = (job.lane(), Some(*epoch));
                return Outcome::Failed { lane, epoch, frame: None, message };
            }
        }
        if let (Job::Check { epoch, .. }, Err(message)) =
            (job, load::fetch_to_check(&mut self.worker, job).await)
        {
            let (lane, epoch) = (job.lane(), Some(*epoch));
            return Outcome::Failed { lane, epoch, frame: None, message };
        }
        if let Some(outcome) = self.compute(number, job).await {
            return outcome;
        }
        let mut outcome = match job {
            Job::Benchmark => {
                let post = self.post.clone();
                self.worker.benchmark(&now, &|done, total| {
                    let _ = report(&post, number, &Outcome::Measuring { done, total });
                })
            }
            _ => self.worker.run(job, &now),
        };
        if let (Outcome::Benchmarked(benchmark), Some(limit)) = (&mut outcome, self.pace.limit()) {
            benchmark.capacity = benchmark.capacity.min(limit);
            for rate in benchmark.kinds.values_mut() {
                *rate = rate.min(limit);
            }
        }
        outcome
    }

    /// Computes a tile layer by layer, and looks in between whether it is to be given up; `None` for any
    /// other job.
    async fn compute(&mut self, number: u32, job: &Job) -> Option<Outcome> {
        let start = now();
        let mut looked = start;
        let mut computing = match self.worker.begin(job, &now)? {
            Ok(computing) => computing,
            Err(failed) => return Some(failed),
        };
        while computing.step() {
            if now() - looked >= LOOK {
                pause::look().await;
                looked = now();
                if pause::is_given_up(number) {
                    return Some(computing.given_up());
                }
            }
        }
        let given_up = computing.given_up();
        let mut outcome = computing.finish(&now);
        if let Outcome::Computed { seconds, .. } = &mut outcome {
            let (macs, taken) = (self.worker.macs(job), now() - start);
            let until = start + taken + self.pace.rest(macs, taken);
            while now() < until {
                sleep((until - now()).min(LOOK)).await;
                if pause::is_given_up(number) {
                    return Some(given_up);
                }
            }
            if self.pace.limit().is_some() {
                *seconds = self.pace.done(macs, taken, now() - start);
            }
        }
        Some(outcome)
    }
}

/// Posts an outcome of job `number`: its head, then its blocks as transferred buffers.
fn report(post: &Function, number: u32, outcome: &Outcome) -> Result<(), JsError> {
    let Packed { head, blocks } = pack_outcome(number, outcome)?;
    let (message, buffers) = (Array::of1(&head.into()), Array::new());
    for block in blocks {
        let copy = Uint8Array::from(block);
        buffers.push(&copy.buffer());
        message.push(&copy);
    }
    let posted = post.call2(&JsValue::UNDEFINED, &message, &buffers);
    posted.map(drop).map_err(|error| JsError::new(&crate::browser::words(&error)))
}
