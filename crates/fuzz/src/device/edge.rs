//! The edge around a device: a sound worker and links, which hold the device to what the server and
//! its peers count on.

use super::device;
use crate::script::Script;
use convoy_model::{Answer, Model};
use convoy_plan::{DeviceId, Plan, Port, edges};
use convoy_session::{Device, DeviceAction, Job, Lane, Outcome, Slice};
use convoy_wire::{Benchmark, DType, Epoch, FrameId, HEADER, Header, PART, ToDevice, ToServer};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Most actions that one event may lead to: a slice of a small network is one part.
const ACTIONS: usize = 64;

/// What the device was told of a plan.
struct Told {
    epoch: Epoch,
    plan: Plan,
    model: Arc<Model>,
}

/// A device's surroundings.
pub(super) struct Edge {
    device: Device,
    now: f64,
    id: Option<DeviceId>,
    /// The plan that was told last.
    newest: Option<Epoch>,
    /// The plans that the worker was made ready for, the newest last.
    loaded: Vec<Told>,
    jobs: VecDeque<Job>,
    /// Photographs that want an answer.
    images: BTreeSet<FrameId>,
    /// The weight file that is fetched ahead.
    ahead: Option<String>,
    refused: u64,
}

impl Edge {
    pub(super) fn new() -> Self {
        Self {
            device: Device::new(),
            now: 0.0,
            id: None,
            newest: None,
            loaded: Vec::new(),
            jobs: VecDeque::new(),
            images: BTreeSet::new(),
            ahead: None,
            refused: 0,
        }
    }

    /// Of the plan that was told last.
    pub(super) fn epoch(&self) -> Epoch {
        self.newest.unwrap_or_default()
    }

    pub(super) fn control(&mut self, message: ToDevice) {
        match &message {
            ToDevice::Welcome { id, .. } => self.id = Some(*id),
            ToDevice::Cancel { frame } => {
                self.images.remove(frame);
            }
            ToDevice::Prepare { epoch, .. } => self.newest = Some(*epoch),
            _ => {}
        }
        self.device.control(self.now, message);
        self.drain();
    }

    pub(super) fn model(&mut self, id: &str, model: Result<Arc<Model>, String>) {
        self.device.model(self.now, id, model);
        self.drain();
    }

    pub(super) fn image(&mut self, frame: FrameId) {
        self.images.insert(frame);
        self.device.image(self.now, frame, Arc::from([1_u8, 2, 3]));
        self.drain();
    }

    pub(super) fn frame(&mut self, from: DeviceId, bytes: &[u8]) {
        self.device.frame(self.now, from, bytes);
        self.drain();
    }

    pub(super) fn tick(&mut self) {
        self.now += 1.0;
        self.device.tick(self.now, Vec::new(), false);
        self.drain();
    }

    /// A part that the loaded plan expects, or nearly.
    pub(super) fn expected_frame(&mut self, script: &mut Script) {
        let which = script.below(self.loaded.len() as u32 + 1) as usize;
        let told = self.loaded.get(which).or(self.loaded.last());
        let Some(Told { epoch, plan, model }) = told else { return };
        let Ok(edges) = edges(model, plan) else { return };
        let Some(own) = self.id else { return };
        let source = device(script);
        let into = |(_, edge): &(usize, &convoy_plan::Edge)| edge.to.device(plan, source) == own;
        let expected: Vec<_> = edges.iter().enumerate().filter(into).collect();
        if expected.is_empty() {
            return;
        }
        let (index, edge) = expected[script.below(expected.len() as u32) as usize];
        let dtype = dtype(edge);
        let header = Header {
            epoch: *epoch,
            frame: FrameId(script.below(8)),
            source,
            edge: index as u16,
            dtype,
            part: 0,
            parts: 1,
            check: 0,
        };
        let length = bytes(model, edge) + script.of(&[0, 0, 0, 1]);
        let from = edge.from.device(plan, source);
        let frame = header.encode(&vec![7; length]);
        self.frame(from, &frame);
    }

    /// The worker that was given a job first does it, if there is one.
    pub(super) fn work(&mut self) {
        self.now += 0.1;
        let Some(job) = self.jobs.pop_front() else { return };
        let outcome = match job {
            Job::Benchmark => {
                let (capacity, kinds, memory) = (1e7, BTreeMap::new(), 1 << 30);
                Outcome::Benchmarked(Benchmark { capacity, kinds, memory })
            }
            Job::Load { epoch, plan, model, during, .. } => {
                self.device.finished(self.now, Outcome::Loading { epoch, done: 1, total: 2 });
                self.loaded.retain(|told| Some(told.epoch) == during);
                assert!(self.loaded.len() < 2, "three plans at a time");
                self.loaded.push(Told { epoch, plan: (*plan).clone(), model });
                Outcome::Loaded { epoch }
            }
            Job::Cut { epoch, frame, edges, .. } => {
                Outcome::Cut { epoch, frame, slices: self.slices(epoch, &edges) }
            }
            Job::Compute { epoch, frame, stage, tile, slices, edges } => {
                self.check(epoch, Port::Tile { stage, tile }, &slices);
                let slices = self.slices(epoch, &edges);
                Outcome::Computed { epoch, frame, stage, tile, slices, seconds: 0.1 }
            }
            Job::Check { check, epoch, stage, tile, taken, .. } => {
                self.check(epoch, Port::Tile { stage, tile }, &taken);
                Outcome::Checked { check, deviation: 0.5 }
            }
            Job::Decode { epoch, frame, slices, .. } => {
                self.check(epoch, Port::Source, &slices);
                Outcome::Decoded { epoch, frame, answer: Answer::Raw { outputs: Vec::new() } }
            }
        };
        self.device.finished(self.now, outcome);
        self.drain();
    }

    /// The worker cannot do its job.
    pub(super) fn fail(&mut self) {
        let Some(job) = self.jobs.pop_front() else { return };
        let lane = job.lane();
        let (epoch, frame) = match job {
            Job::Benchmark => (None, None),
            Job::Load { epoch, .. } => (Some(epoch), None),
            Job::Cut { epoch, frame, .. }
            | Job::Compute { epoch, frame, .. }
            | Job::Check { epoch, frame, .. }
            | Job::Decode { epoch, frame, .. } => (Some(epoch), Some(frame)),
        };
        let message = "out of memory".to_owned();
        self.device.finished(self.now, Outcome::Failed { lane, epoch, frame, message });
        self.drain();
    }

    fn told(&self, epoch: Epoch) -> &Told {
        let told = self.loaded.iter().find(|told| told.epoch == epoch);
        let Some(told) = told else { panic!("a job of {epoch:?}, which is not loaded") };
        told
    }

    /// Slices are of the lengths that the plan says, and lead where they are.
    fn check(&self, epoch: Epoch, port: Port, slices: &[Slice]) {
        let Told { plan, model, .. } = self.told(epoch);
        let Ok(edges) = edges(model, plan) else { panic!("a job of a plan that cannot be") };
        assert!(!slices.is_empty());
        for slice in slices {
            let edge = &edges[usize::from(slice.edge)];
            assert_eq!((edge.to, dtype(edge)), (port, slice.dtype));
            assert_eq!(slice.bytes.len(), bytes(model, edge));
        }
    }

    /// What the worker makes for these edges.
    fn slices(&self, epoch: Epoch, wanted: &[u16]) -> Vec<Slice> {
        let Told { plan, model, .. } = self.told(epoch);
        let Ok(edges) = edges(model, plan) else { panic!("a job of a plan that cannot be") };
        let slice = |index: &u16| {
            let edge = &edges[usize::from(*index)];
            Slice { edge: *index, dtype: dtype(edge), bytes: vec![7; bytes(model, edge)] }
        };
        wanted.iter().map(slice).collect()
    }

    /// Does all that the device wants done.
    fn drain(&mut self) {
        let mut count = 0;
        while let Some(action) = self.device.poll() {
            count += 1;
            assert!(count <= ACTIONS, "more than {ACTIONS} actions, now {action:?}");
            match action {
                DeviceAction::Job(job) => {
                    let busy = self.jobs.iter().any(|given| given.lane() == job.lane());
                    assert!(!busy, "a second job");
                    self.jobs.push_back(job);
                }
                DeviceAction::GiveUp => {
                    let at = self.jobs.iter().position(|job| job.lane() == Lane::Tiles);
                    let Some(Job::Compute { epoch, frame, .. }) = at.map(|at| &self.jobs[at])
                    else {
                        panic!("there is no tile to give up");
                    };
                    // Every other time it is too late.
                    if frame.0 % 2 == 0 {
                        let outcome = Outcome::GivenUp { epoch: *epoch, frame: *frame };
                        self.jobs.retain(|job| job.lane() != Lane::Tiles);
                        self.device.finished(self.now, outcome);
                    }
                }
                DeviceAction::FetchAhead { file, .. } => {
                    assert!(self.ahead.replace(file.file).is_none(), "two fetches at once");
                }
                DeviceAction::StopAhead => {
                    assert!(self.ahead.take().is_some(), "no fetch to give up");
                }
                DeviceAction::Frame { to, bytes } => {
                    assert!(bytes.len() <= HEADER + PART);
                    assert_ne!(Some(to), self.id, "a link to itself");
                    assert!(Header::decode(&bytes).is_ok());
                }
                DeviceAction::Answer { frame, .. } => {
                    assert!(self.images.remove(&frame), "{frame:?} wants no answer");
                }
                // Every other time it never leaves.
                DeviceAction::WhenSent { to, sending } if self.now.to_bits().is_multiple_of(2) => {
                    self.device.sent(self.now, to, sending);
                }
                DeviceAction::Server(message) => self.said(message),
                _ => {}
            }
        }
    }

    fn said(&mut self, message: ToServer) {
        match message {
            ToServer::Ready { epoch } => {
                assert_eq!(epoch, self.epoch(), "ready for a plan that is over");
            }
            ToServer::FrameFailed { frame, .. } => {
                assert!(self.images.remove(&frame), "{frame:?} wants no answer");
            }
            ToServer::Stats(stats) => {
                assert!(stats.refused >= self.refused && stats.busy >= 0.0);
                self.refused = stats.refused;
                // Twice the credits of each plan, of which there are never more than 64.
                assert!(stats.frames_held <= 256);
            }
            _ => {}
        }
    }
}

/// Number format of a slice of this edge.
const fn dtype(edge: &convoy_plan::Edge) -> DType {
    match (edge.from, edge.to) {
        (Port::Source, _) => DType::U8,
        (_, Port::Source) => DType::F32,
        _ => DType::F16,
    }
}

/// Bytes of a slice of this edge.
fn bytes(model: &Model, edge: &convoy_plan::Edge) -> usize {
    let values = u64::from(model.graph.shape(edge.tensor).channels) * edge.region.area();
    values as usize * dtype(edge).bytes()
}
