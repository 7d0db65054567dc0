//! The room's task: it alone has the coordinator, feeds it what comes in and does what it says.

use super::keeping::{Keeping, RequestKey};
use super::planner::{Planner, Planning};
use super::{Command, Outbox, Outcome, Shared, Stalled};
use crate::claim::{self, Claim, Key};
use crate::code::RoomCode;
use crate::config::Limits;
use crate::stock::Held;
use convoy_model::Model;
use convoy_plan::DeviceId;
use convoy_session::{Coordinator, CoordinatorAction, FrameAnswer, FrameError};
use convoy_wire::{FrameId, ToDevice, ToServer};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

/// Time between two looks at deadlines.
const TICK: Duration = Duration::from_millis(250);

/// After how long pages get a claim anew, which holds longer.
const RENEWED: Duration = Duration::from_secs(3600);

/// The room's task.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(super) code: RoomCode,
    /// What pages are to remember of the room, and what it is signed by.
    pub(super) claim: Claim,
    /// What everybody else reads of it.
    pub(super) access: Shared,
    key: Key,
    /// When all pages got it last.
    claimed: Instant,
    commands: mpsc::Receiver<Command>,
    coordinator: Coordinator,
    planner: Planner,
    /// What is being planned.
    planning: Planning,
    pub(super) outboxes: HashMap<DeviceId, Outbox>,
    keeping: Keeping,
    /// Messages that could not be read.
    malformed: u64,
    started: Instant,
}

impl Actor {
    /// An empty room, as the claim says, of which `model` is the network.
    pub(crate) fn new(
        code: RoomCode,
        (claim, key, access): (Claim, Key, Shared),
        model: Arc<Model>,
        planner: Planner,
        commands: mpsc::Receiver<Command>,
    ) -> Self {
        let mut coordinator = Coordinator::new(code.to_string(), model, claim.scheme.clone());
        coordinator.set_scheme(0.0, claim.scheme.clone(), claim.latency_limit);
        Self {
            code,
            claim,
            access,
            key,
            claimed: Instant::now(),
            commands,
            coordinator,
            planner,
            planning: Planning::default(),
            outboxes: HashMap::new(),
            keeping: Keeping::default(),
            malformed: 0,
            started: Instant::now(),
        }
    }

    /// Runs until the server stops, or nobody has been in the room or asked for it for long. For ever
    /// asking does not keep an empty room.
    pub(crate) async fn run(mut self, mut stopping: watch::Receiver<bool>, limits: &Limits) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut used, empty_room, room_life) =
            (Instant::now(), limits.empty_room, limits.room_life);
        tracing::info!(room = %self.code, "a room was started");
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => break,
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
            let unused = used.elapsed() > empty_room || self.started.elapsed() > room_life;
            if self.outboxes.is_empty() && unused {
                break;
            }
        }
        tracing::info!(room = %self.code, "a room has ended");
    }

    /// Seconds since the room was started.
    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn handle(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Join { hello, machine, outbox, reply } => {
                let device = self.coordinator.join(now, hello, machine);
                self.outboxes.insert(device, outbox);
                // After the welcome.
                self.act();
                self.send_claim(&[device]);
                // Whoever asked may be gone already; then its connection is closed below.
                if reply.send(device).is_err() {
                    self.leave(device);
                }
            }
            Command::Message { from, message } => {
                let leaving = message == ToServer::Leaving;
                self.coordinator.message(now, from, message);
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
            Command::Malformed => self.malformed += 1,
            Command::Route { from, to, reply } => {
                // Who is busy sending has not fallen silent.
                self.coordinator.heard(now, from);
                let outbox =
                    self.outboxes.get(&to).filter(|_| self.coordinator.may_relay(from, to));
                // Nobody listens where the sender is gone.
                let _ = reply.send(outbox.map(Outbox::relayed));
            }
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
            Command::Remember { claim, model } => {
                if claim.changed > self.claim.changed {
                    self.set_scheme(claim.scheme.clone(), claim.latency_limit);
                    self.set_model(model);
                    self.follow(&claim.access);
                    self.claim = claim;
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
        self.send_claim(&all);
    }

    fn send_claim(&mut self, to: &[DeviceId]) {
        self.claim.until = claim::until();
        let Some(claim) = self.key.sign(&self.claim) else { return };
        for device in to {
            self.send(*device, ToDevice::Claim { claim: claim.clone() });
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
        match self.coordinator.submit(self.now()) {
            Ok(frame) => self.keeping.keep(frame, photograph, key, reply),
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
    }

    fn act(&mut self) {
        while let Some(action) = self.coordinator.poll() {
            match action {
                CoordinatorAction::Send { to, message } => self.send(to, message),
                CoordinatorAction::HandImage { to, frame } => {
                    let (outbox, envelope) = (self.outboxes.get(&to), self.keeping.envelope(frame));
                    if let (Some(outbox), Some(envelope)) = (outbox, envelope)
                        && outbox.image(envelope).is_err()
                    {
                        self.end(to);
                    }
                }
                CoordinatorAction::Done { frame, outcome } => self.done(frame, outcome),
                CoordinatorAction::Plan(request) => self.planning = self.planner.start(request),
                CoordinatorAction::Close { device } => {
                    self.outboxes.remove(&device);
                }
            }
        }
    }

    pub(super) fn send(&mut self, to: DeviceId, mut message: ToDevice) {
        if let ToDevice::Room { state } = &mut message {
            self.complete(state);
        }
        let Some(outbox) = self.outboxes.get(&to) else { return };
        let sent = match serde_json::to_string(&message) {
            Ok(text) => outbox.text(text),
            Err(error) => {
                tracing::error!(room = %self.code, %error, "a message cannot be written");
                Ok(())
            }
        };
        if let Err(Stalled) = sent {
            self.end(to);
        }
    }

    fn done(&mut self, frame: FrameId, outcome: Result<FrameAnswer, FrameError>) {
        let outcome = outcome.map(|answer| (frame, answer)).map_err(|error| self.explain(error));
        self.keeping.done(frame, &outcome);
    }

    /// Adds to a state what only the host of the room knows.
    fn complete(&self, state: &mut Value) {
        state["url"] = self.claim.url.clone().into();
        state["counters"]["malformed"] = self.malformed.into();
        self.describe_access(state);
    }

    fn reply_state(&self, reply: oneshot::Sender<Value>) {
        // Nobody listens where the caller is gone.
        let _ = reply.send(self.state());
    }

    fn state(&self) -> Value {
        let mut state = self.coordinator.state(self.now());
        self.complete(&mut state);
        state
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
            tracing::warn!(room = %self.code, device = device.0, "a page does not read: closed");
        }
        self.leave(device);
    }

    pub(super) fn leave(&mut self, device: DeviceId) {
        self.outboxes.remove(&device);
        self.coordinator.leave(self.now(), device);
    }
}
