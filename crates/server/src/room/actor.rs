//! The room's task: it alone has the coordinator, feeds it what comes in and does what it says.

use super::keeping::{Keeping, RequestKey};
use super::planner::{Planner, Planning};
use super::shown::Shown;
use super::{Command, Outbox, Outcome, Shared};
use crate::access::Guard;
use crate::claim::{self, Claim, Key};
use crate::config::Limits;
use crate::metrics::{Seen, Share};
use crate::stock::Held;
use convoy_model::Model;
use convoy_plan::DeviceId;
use convoy_session::{Coordinator, CoordinatorAction, FrameAnswer, FrameError, RoomState};
use convoy_wire::{FrameId, Ice, ToDevice, ToServer};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;
use tokio_websockets::Message;

/// Time between two looks at deadlines.
const TICK: Duration = Duration::from_millis(250);

/// After how long pages get a claim anew, which holds longer.
const RENEWED: Duration = Duration::from_secs(3600);

/// How long pictures under way may take once the server is to stop.
const DRAIN: Duration = Duration::from_secs(3);

/// The room's state, with what only its host knows.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    room: RoomState<'a>,
    url: &'a str,
    log: &'a str,
    locked: bool,
    private: bool,
    pin: bool,
}

/// The room's task.
#[derive(Debug)]
pub(crate) struct Actor {
    /// What the room is called in logs, and by those who ask what went wrong.
    alias: String,
    /// What pages are to remember of the room, and what it is signed by.
    pub(super) claim: Claim,
    /// What everybody else reads of it.
    pub(super) access: Shared,
    key: Key,
    /// Who helps pages with direct links.
    ice: Arc<Ice>,
    /// When all pages got it last.
    claimed: Instant,
    commands: mpsc::Receiver<Command>,
    pub(super) coordinator: Coordinator,
    planner: Planner,
    /// What is being planned.
    planning: Planning,
    pub(super) outboxes: HashMap<DeviceId, Outbox>,
    keeping: Keeping,
    /// What pages have seen.
    shown: Shown,
    started: Instant,
    /// When the room ends though pictures are under way, once the server stops.
    ends: Option<Instant>,
    share: Share,
}

impl Actor {
    /// An empty room, as the claim says, of which `model` is the network.
    pub(crate) fn new(
        alias: String,
        (mut claim, key, access): (Claim, Key, Shared),
        ice: Arc<Ice>,
        model: Arc<Model>,
        planner: Planner,
        commands: mpsc::Receiver<Command>,
        share: Share,
    ) -> Self {
        let mut coordinator = Coordinator::new(claim.code.clone(), model, claim.scheme.clone());
        // It may have been a page's that was quarantined.
        claim.quarantined = false;
        coordinator.set_scheme(0.0, claim.scheme.clone(), claim.latency_limit);
        Self {
            alias,
            claim,
            access,
            key,
            ice,
            claimed: Instant::now(),
            commands,
            coordinator,
            planner,
            planning: Planning::default(),
            outboxes: HashMap::new(),
            keeping: Keeping::default(),
            shown: Shown::default(),
            started: Instant::now(),
            ends: None,
            share,
        }
    }

    /// Runs until the server stops, or nobody has been in the room or asked for it for long. For ever
    /// asking does not keep an empty room.
    pub(crate) async fn run(mut self, mut stopping: watch::Receiver<bool>, limits: &Limits) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut used, empty_room, room_life) =
            (Instant::now(), limits.empty_room, limits.room_life);
        let deadline = limits.answer.as_secs_f64();
        self.coordinator.set_limits(convoy_session::Limits { deadline, ..Default::default() });
        match getrandom::u64() {
            Ok(seed) => self.coordinator.set_checks(limits.checks, seed),
            Err(error) => tracing::warn!(%error, "no tiles are checked: there is no randomness"),
        }
        tracing::info!("a room was started");
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping), if self.ends.is_none() => {
                    self.ends = Some(Instant::now() + DRAIN);
                }
                command = self.commands.recv() => {
                    let Some(command) = command else { break };
                    used = Instant::now();
                    self.handle(command);
                }
                (id, planned) = self.planning.done() => {
                    self.coordinator.planned(self.now(), id, planned);
                }
                _ = ticks.tick() => self.tick(),
            }
            self.act();
            if self.is_over() {
                break;
            }
            let unused = used.elapsed() > empty_room || self.started.elapsed() > room_life;
            if self.outboxes.is_empty() && unused {
                break;
            }
        }
        tracing::info!("a room has ended");
    }

    /// Whether the server stops, and no picture is under way or all had their time.
    fn is_over(&self) -> bool {
        let Some(end) = self.ends else { return false };
        let census = self.coordinator.census();
        census.waiting + census.in_flight == 0 || Instant::now() >= end
    }

    /// Seconds since the room was started.
    pub(super) fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn handle(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Join { hello, machine, quarantined, outbox, reply } => {
                let device = self.coordinator.join(now, hello, machine);
                if quarantined {
                    self.coordinator.recognise(now, device);
                }
                self.outboxes.insert(device, outbox);
                // After the welcome.
                self.act();
                self.send_claim(device);
                // Whoever asked may be gone already; then its connection is closed below.
                if reply.send(device).is_err() {
                    self.leave(device);
                }
            }
            Command::Message { from, message, at } => {
                let leaving = message == ToServer::Leaving;
                let signal = matches!(message, ToServer::Signal { .. });
                self.coordinator.message(now, from, message);
                if signal {
                    // It is put into the other page's queue here.
                    self.act();
                    self.share.metrics().signals.observe(at.elapsed().as_secs_f64());
                }
                if leaving {
                    self.outboxes.remove(&from);
                }
            }
            Command::Answer { from, frame, epoch, answer } => {
                self.coordinator.answer(now, from, frame, epoch, answer);
            }
            Command::AnswerRefused { from, frame, reason } => {
                self.coordinator.refuse_answer(now, from, frame, reason);
            }
            Command::Malformed => self.coordinator.malformed(),
            Command::Route { from, to, reply } => {
                // Who is busy sending has not fallen silent.
                self.coordinator.heard(now, from);
                let outbox =
                    self.outboxes.get(&to).filter(|_| self.coordinator.may_relay(from, to));
                // Nobody listens where the sender is gone.
                let _ = reply.send(outbox.map(Outbox::relayed));
            }
            Command::Waits { device } => self.coordinator.heard(now, device),
            Command::Stalled { device } => self.end(device),
            Command::Leave { device } => self.leave(device),
            Command::Submit { image, key, held, reply } => self.submit((&image, held), key, reply),
            Command::SetModel { model, reply } => {
                self.set_model(model);
                self.changed();
                self.reply_state(reply);
            }
            Command::SetScheme { scheme, latency_limit, reply } => {
                self.set_scheme(scheme, latency_limit);
                self.changed();
                self.reply_state(reply);
            }
            Command::Drawing { reply } => {
                // Nobody listens where the caller is gone.
                let _ = reply.send(self.coordinator.drawing(now));
            }
            Command::Draw { epoch, drawn, reply } => {
                let done = self.coordinator.draw(now, epoch, &drawn);
                // Nobody listens where the caller is gone.
                let _ = reply.send(done.map(|()| self.state()));
            }
            Command::Remember { claim, model } => {
                if claim.changed > self.claim.changed {
                    self.set_scheme(claim.scheme.clone(), claim.latency_limit);
                    self.set_model(model);
                    self.follow(&claim.access);
                    self.claim = Claim { quarantined: false, ..claim };
                    self.send_claim_to_all();
                }
            }
            Command::SetAccess { locked, guard, reply } => {
                self.set_access(locked, guard);
                // Nobody listens where the caller is gone.
                let _ = reply.send(());
            }
            Command::Remove { device, reply } => {
                let state = self.remove(device).then(|| self.state());
                // Nobody listens where the caller is gone.
                let _ = reply.send(state);
            }
            Command::Pardon { device, reply } => {
                let state = self.pardon(device).then(|| self.state());
                // Nobody listens where the caller is gone.
                let _ = reply.send(state);
            }
            Command::State { reply } => self.reply_state(reply),
        }
    }

    fn set_model(&mut self, model: Arc<Model>) {
        self.claim.model.clone_from(&model.id);
        self.coordinator.set_model(self.now(), model);
    }

    fn set_scheme(&mut self, scheme: String, latency_limit: Option<f64>) {
        self.claim.scheme.clone_from(&scheme);
        self.claim.latency_limit = latency_limit;
        self.coordinator.set_scheme(self.now(), scheme, latency_limit);
    }

    /// The room is not any more what pages remember.
    pub(super) fn changed(&mut self) {
        self.claim.changed = claim::now().max(self.claim.changed + 1);
        self.send_claim_to_all();
    }

    fn send_claim_to_all(&mut self) {
        self.claimed = Instant::now();
        let all: Vec<DeviceId> = self.outboxes.keys().copied().collect();
        all.into_iter().for_each(|device| self.send_claim(device));
    }

    /// What a page is to remember of the room; of itself, whether it is quarantined.
    pub(super) fn send_claim(&mut self, device: DeviceId) {
        self.claim.until = claim::until();
        let quarantined = self.coordinator.is_quarantined(device);
        let claim = Claim { quarantined, ..self.claim.clone() };
        if let Some(claim) = self.key.sign(&claim) {
            self.send(device, ToDevice::Claim { claim });
        }
    }

    fn submit(
        &mut self,
        photograph: (&[u8], Held),
        key: Option<RequestKey>,
        reply: oneshot::Sender<Outcome>,
    ) {
        let reply = match key {
            Some(key) => self.keeping.repeats(key, reply),
            None => Some(reply),
        };
        let Some(reply) = reply else { return };
        if self.ends.is_some() {
            // Dropping the reply tells the caller that the server stops.
            return;
        }
        match self.coordinator.submit(self.now()) {
            Ok(frame) => {
                self.keeping.keep(frame, photograph, key, reply);
                self.keeping.span(frame).in_scope(|| tracing::debug!("a picture has come"));
            }
            Err(error) => {
                // Nobody listens where the caller is gone.
                let _ = reply.send(Err(self.explain(error)));
            }
        }
    }

    fn tick(&mut self) {
        let now = self.now();
        if self.claimed.elapsed() > RENEWED {
            self.send_claim_to_all();
        }
        for frame in self.keeping.tidy(Instant::now()) {
            self.coordinator.abandon(now, frame);
        }
        self.coordinator.tick(now);
        let unsent = self.outboxes.values().map(|outbox| outbox.unsent() as u64).sum();
        let (census, stands) = (self.coordinator.census(), self.coordinator.stands(now));
        let commands = self.commands.len() as u64;
        self.share.update(Seen { census, stands, commands, unsent });
    }

    fn act(&mut self) {
        while let Some(action) = self.coordinator.poll() {
            match action {
                CoordinatorAction::Send { to, message } => self.send(to, message),
                CoordinatorAction::Show => self.show(),
                CoordinatorAction::HandImage { to, frame } => {
                    let says = || tracing::debug!(device = to.0, "a page is its source");
                    self.keeping.span(frame).in_scope(says);
                    let (outbox, envelope) = (self.outboxes.get(&to), self.keeping.envelope(frame));
                    if let (Some(outbox), Some(envelope)) = (outbox, envelope)
                        && outbox.image(envelope).is_err()
                    {
                        self.end(to);
                    }
                }
                CoordinatorAction::Done { frame, outcome } => self.done(frame, outcome),
                CoordinatorAction::Plan(request) => self.planning = self.planner.start(request),
                CoordinatorAction::Verdict(verdict) => self.verdict(&verdict),
                CoordinatorAction::Close { device } => {
                    self.outboxes.remove(&device);
                }
            }
        }
    }

    pub(super) fn send(&mut self, to: DeviceId, mut message: ToDevice) {
        // The coordinator knows nothing of addresses.
        if let ToDevice::Welcome { ice, .. } = &mut message {
            ice.clone_from(&self.ice);
        }
        if let Some(text) = self.write(&message) {
            self.put(to, text);
        }
    }

    /// The same text for several; how many bytes that is for all together.
    fn put_to<'a>(&mut self, to: impl Iterator<Item = &'a DeviceId>, text: &Message) -> usize {
        let mut bytes = 0;
        for device in to {
            self.put(*device, text.clone());
            bytes += text.as_payload().len();
        }
        bytes
    }

    fn write(&self, message: &ToDevice) -> Option<Message> {
        let text = serde_json::to_string(message)
            .inspect_err(|error| tracing::error!(%error, "a message cannot be written"));
        text.ok().map(Message::text)
    }

    fn put(&mut self, to: DeviceId, text: Message) {
        let stalled = self.outboxes.get(&to).is_some_and(|outbox| outbox.text(text).is_err());
        if stalled {
            self.end(to);
        }
    }

    fn show(&mut self) {
        let state = match serde_json::to_string(&self.described()) {
            Ok(state) => state,
            Err(error) => return tracing::error!(%error, "the state cannot be written"),
        };
        let all: Vec<DeviceId> = self.outboxes.keys().copied().collect();
        let (changes, newcomers) = self.shown.next(state, &all);
        let mut told = 0;
        if !changes.is_empty()
            && let Some(text) = self.write(&ToDevice::Changed { changes })
        {
            let others = all.iter().filter(|device| !newcomers.contains(device));
            told += self.put_to(others, &text);
        }
        if !newcomers.is_empty() {
            let whole = self.shown.whole();
            told += self.put_to(newcomers.iter(), &whole);
        }
        self.coordinator.told(told);
    }

    fn done(&mut self, frame: FrameId, outcome: Result<FrameAnswer, FrameError>) {
        self.keeping.span(frame).in_scope(|| match &outcome {
            Ok(answer) => tracing::debug!(seconds = answer.latency, "a picture is answered"),
            Err(error) => tracing::debug!(%error, "a picture has no answer"),
        });
        let outcome = outcome.map(|answer| (frame, answer)).map_err(|error| self.explain(error));
        self.keeping.done(frame, &outcome);
    }

    /// The room's state.
    fn described(&self) -> Described<'_> {
        let access = &self.claim.access;
        Described {
            room: self.coordinator.describe(self.now()),
            url: &self.claim.url,
            log: &self.alias,
            locked: access.locked,
            private: access.guard.is_some(),
            pin: access.guard.as_ref().is_some_and(Guard::has_pin),
        }
    }

    fn reply_state(&self, reply: oneshot::Sender<Value>) {
        // Nobody listens where the caller is gone.
        let _ = reply.send(self.state());
    }

    /// The same as a value.
    fn state(&self) -> Value {
        // Its members have names, and none fails to be written.
        serde_json::to_value(self.described()).unwrap_or_default()
    }

    fn explain(&self, error: FrameError) -> FrameError {
        match error {
            FrameError::NoDevice { .. } => FrameError::NoDevice { url: self.claim.url.clone() },
            other => other,
        }
    }

    /// Ends the connection of a page that does not read.
    fn end(&mut self, device: DeviceId) {
        if self.outboxes.contains_key(&device) {
            tracing::warn!(device = device.0, "a page does not read: closed");
        }
        self.leave(device);
    }

    pub(super) fn leave(&mut self, device: DeviceId) {
        self.outboxes.remove(&device);
        self.coordinator.leave(self.now(), device);
    }
}
