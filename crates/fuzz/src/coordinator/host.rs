//! A host of the coordinator that does what it is asked, and holds it to what pages and callers count
//! on.

use crate::planner::{self, network};
use convoy_model::{Answer, Model};
use convoy_plan::{DeviceId, Plan, PlanError};
use convoy_session::{Coordinator, CoordinatorAction, Limits, PlanRequest};
use convoy_wire::{
    Benchmark, Epoch, Features, FrameId, Hello, LinkReport, Role, Stats, ToDevice, ToServer,
    VERSION, Via,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most pages of a room, and most pictures that may wait in this one.
const MEMBERS: usize = 32;
const WAITING: usize = 8;
/// Most pictures that any plan lets be in flight.
const CREDITS: usize = 64;
/// Seconds after which a picture ends without an answer.
const DEADLINE: f64 = 120.0;

/// The newest plan.
struct Prepared {
    epoch: Epoch,
    credits: usize,
    told: BTreeSet<DeviceId>,
}

/// The room's host, with what it knows by what it was asked to do.
pub(super) struct Host {
    coordinator: Coordinator,
    now: f64,
    /// Whether plans are made at once.
    plans: bool,
    asked: Option<PlanRequest>,
    /// Everybody who joined and has not left or been sent away.
    members: BTreeMap<DeviceId, Role>,
    joined: u32,
    /// Pictures that have not ended.
    under_way: BTreeSet<FrameId>,
    submitted: u32,
    /// Their sources, where they have one.
    handed: BTreeMap<FrameId, DeviceId>,
    prepared: Option<Prepared>,
    /// The plans that each page was told of and may still be told to start.
    told: BTreeMap<DeviceId, BTreeSet<Epoch>>,
    /// Pictures that were answered.
    answered: usize,
    /// Whether the room's state was to be shown since it was looked at.
    shown: bool,
}

impl Host {
    /// A room that plans at once or later, and shows its state to its pages or does not.
    pub(super) fn new(plans: bool, shows: bool) -> Self {
        let mut coordinator = Coordinator::new("ABCDEF".into(), network(0), "pico".into());
        let state_interval = if shows { 1.0 } else { f64::INFINITY };
        coordinator.set_limits(Limits { waiting: WAITING, deadline: DEADLINE, state_interval });
        coordinator.set_checks(0.5, 7);
        Self {
            coordinator,
            now: 0.0,
            plans,
            asked: None,
            members: BTreeMap::new(),
            joined: 0,
            under_way: BTreeSet::new(),
            submitted: 0,
            handed: BTreeMap::new(),
            prepared: None,
            told: BTreeMap::new(),
            answered: 0,
            shown: false,
        }
    }

    pub(super) const fn joined(&self) -> u32 {
        self.joined
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.prepared.as_ref().map_or(Epoch(0), |prepared| prepared.epoch)
    }

    pub(super) fn handed(&self) -> impl Iterator<Item = (FrameId, DeviceId)> {
        self.handed.iter().map(|(frame, source)| (*frame, *source))
    }

    pub(super) fn join(&mut self, hello: Hello, machine: &str) -> DeviceId {
        let role = hello.role;
        let id = self.coordinator.join(self.now, hello, machine.to_owned());
        assert!(id.0 > self.joined, "{id} twice");
        self.joined = id.0;
        self.members.insert(id, role);
        self.drain();
        id
    }

    pub(super) fn say(&mut self, from: DeviceId, message: ToServer) {
        if message == ToServer::Leaving {
            self.forget(from);
        }
        self.coordinator.message(self.now, from, message);
        self.drain();
    }

    /// Every page was measured as it was asked to, or says so unasked.
    pub(super) fn all_measured(&mut self) {
        for id in self.ids() {
            let (capacity, kinds, memory) = (1e7, BTreeMap::new(), 1 << 30);
            self.say(id, ToServer::Benchmarked(Benchmark { capacity, kinds, memory }));
        }
    }

    /// Every page of the newest plan is ready for it.
    pub(super) fn all_ready(&mut self) {
        let epoch = self.epoch();
        let told = self.prepared.as_ref().map(|prepared| prepared.told.clone());
        for id in told.unwrap_or_default() {
            self.say(id, ToServer::Ready { epoch });
        }
    }

    /// Every page has a link to every other.
    pub(super) fn all_linked(&mut self) {
        let ids = self.ids();
        for id in &ids {
            let (via, round_trip, bandwidth) = (Via::Direct, Some(0.004), Some(1e7));
            let (sent, received) = (0, 0);
            let link = |peer: &DeviceId| LinkReport {
                peer: *peer,
                via,
                round_trip,
                bandwidth,
                sent,
                received,
                waited: 0.0,
            };
            let links = ids.iter().filter(|peer| *peer > id).map(link).collect();
            self.say(*id, ToServer::Stats(Stats { links, ..Stats::default() }));
        }
    }

    fn ids(&self) -> Vec<DeviceId> {
        self.members.keys().copied().collect()
    }

    pub(super) fn leave(&mut self, device: DeviceId) {
        self.forget(device);
        self.coordinator.leave(self.now, device);
        self.drain();
    }

    fn forget(&mut self, device: DeviceId) {
        self.members.remove(&device);
        self.told.remove(&device);
        self.handed.retain(|_, source| *source != device);
    }

    pub(super) fn submit(&mut self) {
        if let Ok(frame) = self.coordinator.submit(self.now) {
            assert!(frame.0 > self.submitted, "{frame:?} twice");
            self.submitted = frame.0;
            self.under_way.insert(frame);
        }
        self.drain();
    }

    pub(super) fn abandon(&mut self, frame: FrameId) {
        self.under_way.remove(&frame);
        self.handed.remove(&frame);
        self.coordinator.abandon(self.now, frame);
        self.drain();
    }

    pub(super) fn answer(&mut self, from: DeviceId, frame: FrameId, epoch: Epoch, answer: Answer) {
        self.coordinator.answer(self.now, from, frame, epoch, answer);
        self.drain();
    }

    pub(super) fn set_scheme(&mut self, scheme: &str, limit: Option<f64>) {
        self.coordinator.set_scheme(self.now, scheme.to_owned(), limit);
        self.drain();
    }

    pub(super) fn set_model(&mut self, model: Arc<Model>) {
        self.coordinator.set_model(self.now, model);
        self.drain();
    }

    /// Answers the request for plans, if there is one: with plans, or that there are none.
    pub(super) fn plan_now(&mut self, result: Result<(), PlanError>) {
        if let Some(request) = self.asked.take() {
            let planned = result.and_then(|()| planner::plan(&request));
            self.coordinator.planned(self.now, request.id, planned);
            self.drain();
        }
    }

    /// An answer to a request that there may not be.
    pub(super) fn plan_of_nobody(&mut self, id: u64) {
        if self.asked.as_ref().is_none_or(|asked| asked.id != id) {
            self.coordinator.planned(self.now, id, Err(PlanError::NoDevice));
            self.drain();
        }
    }

    /// Time passes; where the pages are `alive` they let hear of themselves.
    pub(super) fn wait(&mut self, seconds: f64, alive: bool) {
        let end = self.now + seconds;
        while self.now < end {
            self.now = (self.now + 1.0).min(end);
            for id in self.ids().into_iter().filter(|_| alive) {
                self.coordinator.heard(self.now, id);
            }
            self.coordinator.tick(self.now);
            self.drain();
        }
        self.check_state();
        self.shown = false;
    }

    /// What the room shows is of those who are there. Once for each event: a state is much text, and a
    /// minute of it would be most of what a script takes.
    pub(super) fn look(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.is_of_members(&self.coordinator.state(self.now));
        }
    }

    /// The room's state says what is so.
    fn check_state(&self) {
        let state = self.coordinator.state(self.now);
        let count = |name: &str| state["counters"][name].as_u64();
        assert_eq!(count("in_flight"), Some(self.handed.len() as u64));
        let waiting = self.under_way.len() - self.handed.len();
        assert_eq!(count("waiting"), Some(waiting as u64));
        self.is_of_members(&state);
    }

    /// A state is of those who are there.
    fn is_of_members(&self, state: &serde_json::Value) {
        assert_eq!(state["devices"].as_array().map(Vec::len), Some(self.members.len()));
    }

    /// Does all that the coordinator wants done.
    fn drain(&mut self) {
        let (members, frames) = (self.members.len() + 2, self.under_way.len() + 2);
        let most = 4 * members * (members + frames);
        let mut count = 0;
        while let Some(action) = self.coordinator.poll() {
            count += 1;
            assert!(count <= most, "more than {most} actions, now {action:?}");
            match action {
                CoordinatorAction::Send { to, message } => self.sent(to, message),
                CoordinatorAction::Show => self.shown = true,
                CoordinatorAction::HandImage { to, frame } => {
                    self.is_computing(to);
                    assert!(self.under_way.contains(&frame), "{frame:?} has ended");
                    assert_eq!(self.handed.insert(frame, to), None, "{frame:?} has a source");
                }
                CoordinatorAction::Done { frame, outcome } => {
                    assert!(self.under_way.remove(&frame), "{frame:?} ends twice");
                    let source = self.handed.remove(&frame);
                    if let Ok(answer) = outcome {
                        assert_eq!(source, Some(answer.source));
                        assert!(answer.latency >= 0.0 && answer.epoch <= self.epoch());
                        self.answered += 1;
                    }
                }
                CoordinatorAction::Plan(request) => {
                    assert!(self.asked.is_none(), "two requests at a time");
                    let mut devices = request.cluster.devices.iter();
                    assert!(devices.all(|device| self.members.contains_key(&device.id)));
                    self.asked = Some(request);
                }
                CoordinatorAction::Verdict(verdict) => {
                    let guilty = verdict.guilty.into_iter().flatten();
                    for id in guilty.filter(|id| self.members.contains_key(id)) {
                        assert!(self.coordinator.is_quarantined(id), "{id} is guilty");
                    }
                }
                CoordinatorAction::Close { device } => {
                    assert!(self.members.contains_key(&device), "{device} is gone");
                    self.forget(device);
                }
            }
            if self.plans
                && let Some(request) = self.asked.take()
            {
                let planned = planner::plan(&request);
                self.coordinator.planned(self.now, request.id, planned);
            }
        }
        let credits = self.prepared.as_ref().map_or(0, |prepared| prepared.credits);
        assert!(self.handed.len() <= credits, "{} of {credits}", self.handed.len());
        // Those of a source that is gone wait again, whatever else does.
        assert!(self.under_way.len() - self.handed.len() <= WAITING + CREDITS);
        assert!(self.members.len() <= MEMBERS);
    }

    fn is_computing(&self, id: DeviceId) {
        let role = self.members.get(&id);
        assert!(role.is_some_and(|role| *role != Role::Watch), "{id} is {role:?}");
    }

    fn sent(&mut self, to: DeviceId, message: ToDevice) {
        assert!(self.members.contains_key(&to), "{to} is not there, for {message:?}");
        match message {
            ToDevice::Welcome { id, .. } => assert_eq!(id, to),
            ToDevice::Refused { .. } => {}
            ToDevice::Claim { .. } | ToDevice::Room { .. } | ToDevice::Changed { .. } => {
                panic!("the server's affair")
            }
            ToDevice::Benchmark => self.is_computing(to),
            ToDevice::Dismissed => {
                self.is_computing(to);
                self.told.remove(&to);
            }
            ToDevice::Connect { peer, .. }
            | ToDevice::Measure { peer }
            | ToDevice::Signal { from: peer, .. } => {
                self.is_computing(to);
                self.is_computing(peer);
                assert_ne!(to, peer);
            }
            ToDevice::Sealing | ToDevice::Ahead { .. } => self.is_computing(to),
            ToDevice::Account { check, to: peer, .. }
            | ToDevice::Check { check, from: peer, .. } => {
                self.is_computing(to);
                self.is_computing(peer);
                assert!(to != peer && check != 0);
            }
            ToDevice::Gone { peer } => assert!(!self.members.contains_key(&peer)),
            ToDevice::Prepare { epoch, plan, during } => self.prepare(to, epoch, &plan, during),
            ToDevice::Over { epoch } => assert!(epoch < self.epoch(), "{epoch:?} is not over"),
            ToDevice::Start { epoch } => {
                let told = self.told.get(&to).is_some_and(|told| told.contains(&epoch));
                assert!(told, "{to} does not know {epoch:?}");
            }
            ToDevice::Cancel { frame } => {
                self.is_computing(to);
                if self.handed.get(&frame) == Some(&to) {
                    self.handed.remove(&frame);
                }
            }
        }
    }

    fn prepare(&mut self, to: DeviceId, epoch: Epoch, plan: &Plan, during: Option<Epoch>) {
        self.is_computing(to);
        if epoch > self.epoch() {
            let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
            tiles.for_each(|tile| self.is_computing(tile.device));
            // Under the old plan and the new one together no more than under one of them.
            let before = self.prepared.as_ref().filter(|_| during.is_some());
            let before = before.map_or(0, |before| before.credits);
            let (credits, told) = (plan.credits().max(before), BTreeSet::new());
            self.prepared = Some(Prepared { epoch, credits, told });
        }
        let known = self.told.entry(to).or_default();
        known.retain(|known| Some(*known) == during);
        known.insert(epoch);
        let told = self.prepared.as_mut().filter(|prepared| prepared.epoch == epoch);
        assert!(told.is_some_and(|prepared| prepared.told.insert(to)), "an epoch that is over");
    }

    /// Everybody leaves; then no picture waits longer than its deadline.
    pub(super) fn everybody_leaves(&mut self) {
        for id in self.ids() {
            self.leave(id);
        }
        self.now += DEADLINE + 1.0;
        self.coordinator.tick(self.now);
        self.drain();
        self.check_state();
        assert!(self.under_way.is_empty(), "{:?} have not ended", self.under_way);
    }

    /// A sound page comes into the room and answers a picture alone.
    pub(super) fn recovers(&mut self) {
        self.plan_now(Ok(()));
        self.plans = true;
        self.set_model(network(0));
        self.set_scheme("single", None);
        let browser = String::new();
        let features =
            Features { simd: true, webrtc: true, threads: 4, engine: browser.clone(), browser };
        let (name, role, relay_only) = ("page".into(), Role::Device, false);
        let hello = Hello { version: VERSION, name, role, features, relay_only, ahead: true };
        let id = self.join(hello, "a sound machine");
        self.all_measured();
        self.all_ready();
        let answered = self.answered;
        self.submit();
        let handed: Vec<_> = self.handed().collect();
        assert!(matches!(handed[..], [(_, source)] if source == id), "{handed:?}");
        self.answer(id, handed[0].0, self.epoch(), super::answer());
        assert_eq!(self.answered, answered + 1);
    }
}
