//! A device's side of the room: links, plan, slices, jobs.

mod accounting;
mod action;
mod ahead;
mod census;
mod checking;
mod done;
mod evidence;
mod inbox;
mod outcome;
mod part;
mod running;
mod sending;
mod shown;
mod told;
mod waits;

pub use action::DeviceAction;
pub use census::Held;
pub use part::MapPart;
pub use sending::Sending;

use crate::{Job, Slice};
use ahead::Ahead;
use checking::{Checking, Order};
use convoy_model::Model;
use convoy_plan::{DeviceId, Mutant, Plan, Port};
use convoy_wire::{Epoch, Finding, FrameId, Header, LinkReport, Seal, Stats, ToDevice, ToServer};
use done::Untold;
use evidence::Evidence;
use running::Running;
use sending::Sendings;
use shown::Shown;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use told::Told;

/// What the worker for tiles is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Measuring.
    Benchmark,
    /// Making ready for a plan, or computing a tile of a frame.
    Plan(Option<(Epoch, FrameId)>),
    /// Computing again what another has computed.
    Check,
}

/// A photograph, and under which plan it was begun last.
#[derive(Debug)]
struct Photograph {
    bytes: Arc<[u8]>,
    begun: Option<Epoch>,
}

/// The state machine of one device. Times are seconds of any monotonic clock.
#[derive(Debug, Default)]
pub struct Device {
    id: Option<DeviceId>,
    models: BTreeMap<String, Arc<Model>>,
    /// A plan whose network is being fetched.
    awaited: Option<(Epoch, Arc<Plan>)>,
    /// The plans that it takes part in, the oldest first: one, or two while one takes over from another.
    epochs: Vec<Running>,
    /// Photographs that this device is the source of, until their answer is sent.
    images: BTreeMap<FrameId, Photograph>,
    /// Jobs that come before any frame's: measuring, loading.
    errands: VecDeque<Job>,
    /// What the worker for tiles is at, and since when.
    busy: Option<(Task, f64)>,
    /// Whether the worker for photographs and answers is at something.
    sourcing: bool,
    /// Whether the server wants to hear what was taken and made.
    seals: bool,
    /// What the tile that the worker computes is made of, where it may have to account for it.
    taken: Vec<Slice>,
    evidence: Evidence,
    /// A check whose slices are coming: one at a time.
    checking: Option<Checking>,
    /// The check that the worker has or will have, and what was given for it.
    checked: Option<(u16, Seal)>,
    ahead: Ahead,
    stats: Stats,
    told: Told,
    untold: Untold,
    sendings: Sendings,
    shown: Shown,
    actions: VecDeque<DeviceAction>,
}

impl Device {
    /// A device that has just sent its hello.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A control message came from the server.
    pub fn control(&mut self, now: f64, message: ToDevice) {
        match message {
            ToDevice::Welcome { id, .. } => {
                self.id = Some(id);
                // Another socket, perhaps to a server that knows nothing yet.
                self.told = Told::default();
            }
            // The edge keeps it for the next socket.
            ToDevice::Claim { .. } => {}
            ToDevice::Refused { code, message } => {
                self.actions.push_back(DeviceAction::Refused { code, message });
            }
            ToDevice::Benchmark => {
                self.pause_ahead();
                self.errands.push_back(Job::Benchmark);
            }
            ToDevice::Ahead { model, pieces } => self.want_ahead(model, &pieces),
            ToDevice::Connect { peer, offer, relay } => {
                self.actions.push_back(DeviceAction::Connect { peer, offer, relay });
            }
            ToDevice::Measure { peer } => self.actions.push_back(DeviceAction::Measure { peer }),
            ToDevice::Signal { from, signal } => {
                self.actions.push_back(DeviceAction::Signal { from, signal });
            }
            ToDevice::Gone { peer } => self.actions.push_back(DeviceAction::Forget { peer }),
            ToDevice::Prepare { epoch, plan, during } => {
                self.prepare(epoch, plan, during);
                self.forget_evidence(now);
            }
            ToDevice::Start { epoch } => self.start(epoch),
            ToDevice::Over { epoch } => {
                self.epochs.retain(|running| running.epoch != epoch);
                self.forget_evidence(now);
                self.give_up_tile();
                self.begin_frames();
            }
            ToDevice::Dismissed => self.end_all(None),
            ToDevice::Cancel { frame } => {
                self.images.remove(&frame);
                if !Mutant::CreditLeak.is_on() {
                    self.finish(frame);
                }
            }
            ToDevice::Sealing => self.seals = true,
            ToDevice::Account { check, epoch, frame, stage, tile, to } => {
                let port = Port::Tile { stage, tile };
                self.account(now, check, (epoch, frame, port), to);
            }
            ToDevice::Check { check, epoch, frame, stage, tile, from } => {
                self.begin_check(now, Order { check, epoch, frame, stage, tile, from });
            }
            ToDevice::Room { state } => {
                let state = self.shown.whole(state);
                self.actions.push_back(DeviceAction::Room(state));
            }
            ToDevice::Changed { changes } => {
                let state = self.shown.changed(&changes);
                self.actions.extend(state.map(DeviceAction::Room));
            }
        }
        self.next_job(now);
    }

    /// The network asked for by [`DeviceAction::FetchModel`], or why there is none.
    pub fn model(&mut self, now: f64, id: &str, model: Result<Arc<Model>, String>) {
        match model {
            Ok(model) => {
                self.models.insert(id.to_owned(), model);
                if let Some((epoch, plan)) = self.awaited.take_if(|(_, plan)| plan.model == id) {
                    self.load(epoch, plan);
                }
            }
            Err(message) => {
                if let Some((epoch, _)) = self.awaited.take_if(|(_, plan)| plan.model == id) {
                    self.unable(epoch, message);
                }
            }
        }
        self.next_job(now);
    }

    /// A tensor frame came from a peer, directly or through the relay. Anything that the plan does
    /// not expect is refused and counted.
    pub fn frame(&mut self, now: f64, from: DeviceId, bytes: &[u8]) {
        if self.take(now, from, bytes).is_none() {
            self.stats.refused += 1;
        }
        self.next_job(now);
    }

    /// Takes a tensor frame; `None` where it is not expected.
    fn take(&mut self, now: f64, from: DeviceId, bytes: &[u8]) -> Option<()> {
        let (header, payload) = Header::decode(bytes).ok()?;
        if header.check != 0 {
            return self.take_evidence(now, from, &header, payload);
        }
        let is_ours = |epoch: Epoch| epoch == header.epoch || Mutant::IgnoredEpoch.is_on();
        let running = self.epochs.iter_mut().rev().find(|running| is_ours(running.epoch))?;
        let epoch = running.epoch;
        // Outputs are for the frame's source alone, and only while it waits for them under this plan.
        let to = running.edge(header.edge)?.to;
        if to == Port::Source {
            let image = self.images.get(&header.frame)?;
            image.begun.filter(|begun| *begun == epoch)?;
        }
        let slice = running.receive(from, &header, payload)?;
        running.waits.arrived(now, header.frame, to);
        if let Some(slice) = slice {
            self.count_overlap(header.frame);
            self.arrived(now, (epoch, header.frame), header.source, slice);
        }
        Some(())
    }

    /// The server hands this device a photograph as its source.
    pub fn image(&mut self, now: f64, frame: FrameId, bytes: Arc<[u8]>) {
        self.images.insert(frame, Photograph { bytes, begun: None });
        self.begin_frames();
        self.next_job(now);
    }

    /// About twice a second: heartbeat and counters. `links` is the edge's own view.
    pub fn tick(&mut self, now: f64, links: Vec<LinkReport>, hidden: bool) {
        self.tell(now);
        let links = self.told.news(links);
        self.server(ToServer::Stats(Stats { links, hidden, ..self.stats.clone() }));
        self.forget_evidence(now);
        if let Some(late) = self.checking.take_if(|checking| checking.is_late(now)) {
            let (check, finding) = (late.order.check, Finding::Missing);
            self.server(ToServer::Checked { check, finding });
        }
        self.next_job(now);
    }

    /// The next thing to do, if any; call until `None` after every event.
    pub fn poll(&mut self) -> Option<DeviceAction> {
        self.actions.pop_front()
    }

    fn server(&mut self, message: ToServer) {
        self.actions.push_back(DeviceAction::Server(message));
    }

    fn unable(&mut self, epoch: Epoch, message: String) {
        self.server(ToServer::Unable { epoch, message });
    }

    fn is_current(&self, epoch: Epoch) -> bool {
        self.epochs.iter().any(|running| running.epoch == epoch)
    }

    /// Nothing more is wanted of a frame.
    fn finish(&mut self, frame: FrameId) {
        self.epochs.iter_mut().for_each(|running| running.finish(frame));
    }

    /// All epochs are over but for `during`, and nothing is to be made ready.
    fn end_all(&mut self, during: Option<Epoch>) {
        self.epochs.retain(|running| running.loaded && Some(running.epoch) == during);
        self.awaited = None;
        self.errands.retain(|job| !matches!(job, Job::Load { .. }));
        self.stop_ahead();
        self.give_up_tile();
    }

    /// Has the worker give up the tile that it is at, where its plan is over: nobody waits for it, and what is
    /// to be loaded next does.
    fn give_up_tile(&mut self) {
        if let Some((Task::Plan(Some((epoch, _))), _)) = self.busy
            && !self.is_current(epoch)
        {
            self.actions.push_back(DeviceAction::GiveUp);
        }
    }

    /// Older epochs are over but for `during`; gets what the new one needs.
    fn prepare(&mut self, epoch: Epoch, plan: Plan, during: Option<Epoch>) {
        self.end_all(during);
        let plan = Arc::new(plan);
        if self.models.contains_key(&plan.model) {
            self.load(epoch, plan);
        } else {
            let id = plan.model.clone();
            self.awaited = Some((epoch, plan));
            self.actions.push_back(DeviceAction::FetchModel { id });
        }
    }

    fn load(&mut self, epoch: Epoch, plan: Arc<Plan>) {
        let (Some(device), Some(model)) = (self.id, self.models.get(&plan.model).cloned()) else {
            return;
        };
        match Running::new(epoch, &model, plan.clone(), device) {
            Ok(running) => {
                let during = self.epochs.last().map(|running| running.epoch);
                self.epochs.push(running);
                self.errands.push_back(Job::Load { epoch, model, plan, device, during });
            }
            Err(error) => self.unable(epoch, error.to_string()),
        }
    }

    /// Sources may send.
    fn start(&mut self, epoch: Epoch) {
        if let Some(running) = self.epochs.iter_mut().find(|running| running.epoch == epoch) {
            running.started = true;
            self.begin_frames();
        }
    }

    /// Begins photographs under the newest plan that has started, but for those that were begun under one
    /// that goes on.
    fn begin_frames(&mut self) {
        let alive: Vec<Epoch> = self.epochs.iter().map(|running| running.epoch).collect();
        let Some(running) = self.epochs.iter_mut().rev().find(|running| running.started) else {
            return;
        };
        for (frame, image) in &mut self.images {
            if image.begun.is_none_or(|begun| !alive.contains(&begun)) {
                image.begun = Some(running.epoch);
                running.want_cut(*frame);
            }
        }
    }

    /// Sends slices to whoever needs them; those for a tile of our own stay here.
    fn send(
        &mut self,
        now: f64,
        (epoch, frame): (Epoch, FrameId),
        source: DeviceId,
        slices: Vec<Slice>,
    ) -> BTreeSet<DeviceId> {
        let mut others = BTreeSet::new();
        for slice in slices {
            let running = self.epochs.iter().find(|running| running.epoch == epoch);
            let Some(running) = running else { return others };
            let Some(edge) = running.edge(slice.edge) else { continue };
            let to = edge.to.device(&running.plan, source);
            if Some(to) == self.id {
                self.arrived(now, (epoch, frame), source, slice);
                continue;
            }
            let (dtype, edge) = (slice.dtype, slice.edge);
            let header = Header { epoch, frame, source, edge, dtype, part: 0, parts: 0, check: 0 };
            match header.split(&slice.bytes) {
                Ok(frames) => {
                    others.insert(to);
                    let frames = frames.into_iter();
                    self.actions.extend(frames.map(|bytes| DeviceAction::Frame { to, bytes }));
                }
                Err(error) => self.unable(epoch, format!("a slice cannot be sent: {error}")),
            }
        }
        others
    }

    /// A whole slice is here.
    fn arrived(
        &mut self,
        now: f64,
        (epoch, frame): (Epoch, FrameId),
        source: DeviceId,
        slice: Slice,
    ) {
        let running = self.epochs.iter_mut().find(|running| running.epoch == epoch);
        let Some(running) = running else { return };
        let part = running.edge(slice.edge).and_then(|edge| {
            let (model, image) = (self.models.get(&running.plan.model)?, self.images.get(&frame)?);
            MapPart::of(model, &edge, (frame, &image.bytes), &slice)
        });
        match running.arrived(now, frame, source, slice) {
            Some(()) => self.actions.extend(part.map(DeviceAction::Part)),
            None => self.stats.refused += 1,
        }
    }

    /// Gives the workers their next jobs, where they have none: of the older plan first, whose frames are
    /// older.
    fn next_job(&mut self, now: f64) {
        self.stats.frames_held = self.stats.frames_held.max(self.frames_held().0 as u32);
        if !self.sourcing {
            let image = |frame| self.images.get(&frame).map(|image| image.bytes.clone());
            let mut loaded = self.epochs.iter_mut().filter(|running| running.loaded);
            let job = loaded.find_map(|running| running.next_for_source(&image));
            self.sourcing = job.is_some();
            if let Some(Job::Decode { epoch, frame, slices, .. }) = &job {
                // What it reads is known before it has read it.
                self.commit(now, (*epoch, *frame), slices, &[]);
            }
            self.actions.extend(job.map(DeviceAction::Job));
        }
        self.fetch_ahead();
        if self.busy.is_some() {
            return;
        }
        let errand = self.errands.pop_front();
        let job = errand.or_else(|| self.epochs.iter_mut().find_map(Running::next_tile));
        let task = match &job {
            Some(Job::Compute { epoch, frame, slices, .. }) => {
                if self.seals {
                    self.taken.clone_from(slices);
                }
                Task::Plan(Some((*epoch, *frame)))
            }
            Some(Job::Benchmark) => Task::Benchmark,
            Some(Job::Check { .. }) => Task::Check,
            Some(_) => Task::Plan(None),
            None => return,
        };
        self.busy = Some((task, now));
        self.actions.extend(job.map(DeviceAction::Job));
    }
}
