//! The page's hold on a Web Worker: jobs out, outcomes in, a new worker where one dies.

use super::event::Event;
use super::hub::Hub;
use crate::browser::words;
use crate::message::{Packed, pack_job, unpack_outcome};
use convoy_plan::DeviceId;
use convoy_session::{Job, Lane, Outcome};
use convoy_wire::Epoch;
use js_sys::{Array, Object, Reflect, Uint8Array};
use std::collections::VecDeque;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Where the worker's script is.
const SCRIPT: &str = "/worker.js";

/// A device that no plan has a tile for.
const NOBODY: DeviceId = DeviceId(u32::MAX);

/// Asks the worker for its layers' times.
const MEASURE: &str = "layers";

/// A job that the worker has not ended yet, and the plan it belongs to.
struct Pending {
    number: u32,
    epoch: Option<Epoch>,
}

/// A worker, started with the first job.
pub(crate) struct WorkerPort {
    hub: Hub,
    lane: Lane,
    /// The bundle, the device's memory and pace: what the worker is started with.
    settings: Object,
    running: Option<Running>,
    pending: VecDeque<Pending>,
    next_number: u32,
}

/// A worker at work; ended when dropped.
struct Running {
    worker: Worker,
    _message: Closure<dyn Fn(MessageEvent)>,
    _error: Closure<dyn Fn(ErrorEvent)>,
}

impl WorkerPort {
    /// A port whose worker loads `bundle`, offers `memory` bytes and computes at most
    /// `pace` GMAC/s.
    pub(crate) fn new(
        hub: Hub,
        lane: Lane,
        bundle: &JsValue,
        memory: f64,
        pace: Option<f64>,
    ) -> Self {
        let settings = Object::new();
        let fields =
            [("bundle", bundle.clone()), ("memory", memory.into()), ("pace", JsValue::from(pace))];
        for (key, value) in fields {
            set(&settings, key, &value);
        }
        Self { hub, lane, settings, running: None, pending: VecDeque::new(), next_number: 0 }
    }

    /// Has the worker compute at most `pace` GMAC/s after the job that it has begun.
    pub(crate) fn limit(&mut self, pace: Option<f64>) {
        set(&self.settings, "pace", &JsValue::from(pace));
        if let Some(running) = &self.running
            && let Err(error) = running.worker.post_message(&self.settings)
        {
            self.hub.tell(Event::WorkerDied(self.lane, words(&error)));
        }
    }

    /// Gives a job to the worker.
    ///
    /// # Errors
    /// The job's failure as an outcome, where it cannot be given.
    pub(crate) fn submit(&mut self, job: &Job) -> Result<(), Outcome> {
        let (number, epoch, lane) = (self.number(), subject(job), self.lane);
        self.post(number, job).map_err(|message| Outcome::Failed {
            lane,
            epoch,
            frame: None,
            message,
        })?;
        self.pending.push_back(Pending { number, epoch });
        Ok(())
    }

    /// Lets a worker that computes no tiles know of the plan whose photographs it is to cut, in which it is
    /// nobody. Where it cannot take the plan in, the first of those will show it.
    pub(crate) fn tell_of_plan(&mut self, job: &Job) {
        let Job::Load { epoch, model, plan, during, .. } = job else { return };
        let (model, plan, device) = (Arc::clone(model), Arc::clone(plan), NOBODY);
        let job = Job::Load { epoch: *epoch, model, plan, device, during: *during };
        let number = self.number();
        let _ = self.post(number, &job);
    }

    const fn number(&mut self) -> u32 {
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        number
    }

    fn post(&mut self, number: u32, job: &Job) -> Result<(), String> {
        let Packed { head, blocks } = pack_job(number, job).map_err(|error| error.to_string())?;
        let (message, buffers) = (Array::of1(&head.into()), Array::new());
        for block in blocks {
            let copy = Uint8Array::from(block);
            buffers.push(&copy.buffer());
            message.push(&copy);
        }
        if self.running.is_none() {
            let started = Running::start(&self.hub, self.lane, &self.settings);
            let started = started.map_err(|error| {
                format!("this page's worker cannot start ({}); reload the page", words(&error))
            })?;
            self.running = Some(started);
        }
        let Some(running) = &self.running else { return Ok(()) };
        let posted = running.worker.post_message_with_transfer(&message, &buffers);
        posted.map_err(|error| words(&error))
    }

    /// Has the worker give up the job that it is at, where that is a tile, as soon as it can.
    pub(crate) fn give_up(&self) {
        if let (Some(running), Some(pending)) = (&self.running, self.pending.front()) {
            // A number is no job; the worker's script knows it. A worker that cannot be told has died.
            let _ = running.worker.post_message(&pending.number.into());
        }
    }

    /// Has the worker measure its layers after the jobs it has; false where there is no worker yet.
    pub(crate) fn measure_layers(&self) -> bool {
        let Some(running) = &self.running else { return false };
        // A word is no job; the worker's script knows it.
        running.worker.post_message(&MEASURE.into()).is_ok()
    }

    /// What the worker's message says; `None` where it is about a job that is forgotten.
    ///
    /// # Errors
    /// In words, where the message is none.
    pub(crate) fn outcome(&mut self, message: &Array) -> Result<Option<Outcome>, String> {
        let head = message.shift().as_string().unwrap_or_default();
        let blocks = message.iter().map(|block| Uint8Array::new(&block).to_vec()).collect();
        let (number, outcome) = unpack_outcome(&head, blocks).map_err(|error| error.to_string())?;
        let Some(index) = self.pending.iter().position(|pending| pending.number == number) else {
            return Ok(None);
        };
        if outcome.is_end() {
            self.pending.remove(index);
        }
        Ok(Some(outcome))
    }

    /// The worker died: its unfinished jobs have failed for this reason. The next job starts a new one.
    pub(crate) fn died(&mut self, reason: &str) -> Vec<Outcome> {
        self.running = None;
        let lane = self.lane;
        let message = format!("this page's worker stopped: {reason}");
        self.pending
            .drain(..)
            // No frame is to blame: whoever takes this device's place computes them all.
            .map(|Pending { epoch, .. }| Outcome::Failed {
                lane,
                epoch,
                frame: None,
                message: message.clone(),
            })
            .collect()
    }

    /// Nobody waits for the jobs given so far any more.
    pub(crate) fn forget(&mut self) {
        self.pending.clear();
    }
}

/// Sets a property of a plain object, which takes any.
fn set(object: &Object, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &key.into(), value);
}

/// The plan that a job belongs to.
fn subject(job: &Job) -> Option<Epoch> {
    match job {
        Job::Benchmark => None,
        Job::Load { epoch, .. }
        | Job::Cut { epoch, .. }
        | Job::Compute { epoch, .. }
        | Job::Check { epoch, .. }
        | Job::Decode { epoch, .. } => Some(*epoch),
    }
}

impl Running {
    fn start(hub: &Hub, lane: Lane, settings: &JsValue) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(SCRIPT, &options)?;
        let message = Closure::<dyn Fn(MessageEvent)>::new({
            let hub = hub.clone();
            move |event: MessageEvent| match event.data().dyn_into::<Array>() {
                Ok(message) => hub.tell(Event::WorkerSaid(lane, message)),
                Err(other) => {
                    let layers = Reflect::get(&other, &MEASURE.into()).ok();
                    hub.tell(match layers.and_then(|layers| layers.as_string()) {
                        Some(json) => Event::WorkerMeasured(json),
                        None => Event::WorkerDied(lane, words(&other)),
                    });
                }
            }
        });
        let error = Closure::<dyn Fn(ErrorEvent)>::new({
            let hub = hub.clone();
            move |event: ErrorEvent| hub.tell(Event::WorkerDied(lane, event.message()))
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        worker.post_message(settings)?;
        Ok(Self { worker, _message: message, _error: error })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
