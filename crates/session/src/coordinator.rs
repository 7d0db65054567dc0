//! The room's coordinator: who is there, which plan runs, which frames are under way.

mod frames;
mod joining;
mod measured;
mod member;
mod planning;
mod state;

use convoy_model::{Answer, Model};
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId, Hello, LinkReport, Role, Signal, ToDevice, ToServer, VERSION};
use frames::Frames;
use measured::Measured;
use member::{Member, Stand};
use planning::Planning;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What the host of a [`Coordinator`] must do.
#[derive(Debug, Clone)]
pub enum CoordinatorAction {
    /// Send a control message to a page.
    Send {
        /// To whom.
        to: DeviceId,
        /// What.
        message: ToDevice,
    },
    /// Send a frame's photograph to a page, which is its source from now on.
    HandImage {
        /// To whom.
        to: DeviceId,
        /// Which picture.
        frame: FrameId,
    },
    /// A frame is over: tell who asked, and forget the photograph.
    Done {
        /// Which picture.
        frame: FrameId,
        /// The answer with the plan it was computed under, or why there is none.
        outcome: Result<FrameAnswer, FrameError>,
    },
    /// End a page's connection (after everything sent so far).
    Close {
        /// Whose.
        device: DeviceId,
    },
}

/// A frame's answer with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameAnswer {
    /// The network's id.
    pub model: String,
    /// The plan it was computed under.
    pub epoch: Epoch,
    /// The page that was its source.
    pub source: DeviceId,
    /// Seconds from submission to answer.
    pub latency: f64,
    /// What the network says.
    pub answer: Answer,
}

/// Why a frame has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Nobody in the room computes.
    #[error("no device is in the room: open {url} on a phone or a laptop")]
    NoDevice {
        /// The room's page; the host fills it in.
        url: String,
    },
    /// No plan could be made or readied in time.
    #[error("no answer within {seconds} s: {state}")]
    Timeout {
        /// How long it was tried.
        seconds: u32,
        /// What the room was waiting for.
        state: String,
    },
    /// Too many frames wait already.
    #[error("{waiting} pictures wait already; try again when some are answered")]
    Busy {
        /// How many.
        waiting: usize,
    },
    /// The source could not read the image.
    #[error("the image cannot be read: {0}")]
    Image(String),
    /// No plan fits, or a device cannot take its part.
    #[error("{0}")]
    Plan(String),
}

/// Most pages in a room.
const MAX_MEMBERS: usize = 32;

/// Seconds of silence after which a page counts as gone.
const SILENCE: f64 = 15.0;

/// Seconds between two states sent to the pages.
const STATE_INTERVAL: f64 = 0.25;

/// The state machine of one room. Times are seconds of any monotonic clock.
#[derive(Debug)]
pub struct Coordinator {
    code: String,
    model: Arc<Model>,
    scheme: String,
    members: BTreeMap<DeviceId, Member>,
    next_id: u32,
    planning: Planning,
    frames: Frames,
    measured: Measured,
    /// Whether pages have not seen the newest state, and when they last saw one.
    stale: bool,
    state_sent: f64,
    actions: VecDeque<CoordinatorAction>,
}

impl Coordinator {
    /// A room without devices.
    #[must_use]
    pub fn new(code: String, model: Arc<Model>, scheme: String) -> Self {
        Self {
            code,
            model,
            scheme,
            members: BTreeMap::new(),
            next_id: 1,
            planning: Planning::default(),
            frames: Frames::default(),
            measured: Measured::default(),
            stale: false,
            state_sent: f64::NEG_INFINITY,
            actions: VecDeque::new(),
        }
    }

    /// A page said hello. `machine` is the same for pages that share a machine (its address): they are
    /// measured one after another. The page's id; a refusal is sent and the page closed by actions.
    pub fn join(&mut self, now: f64, hello: Hello, machine: String) -> DeviceId {
        let id = DeviceId(self.next_id);
        self.next_id += 1;
        if let Err((code, message)) = self.admits(&hello) {
            let refused = ToDevice::Refused { code: code.into(), message };
            self.send(id, refused);
            self.actions.push_back(CoordinatorAction::Close { device: id });
            return id;
        }
        self.send(id, ToDevice::Welcome { id, room: self.code.clone() });
        self.members.insert(id, Member::new(now, hello, machine));
        self.advance(now);
        id
    }

    fn admits(&self, hello: &Hello) -> Result<(), (&'static str, String)> {
        if hello.version != VERSION {
            let text = "this page is of another version than the server: please reload it";
            return Err(("version", text.into()));
        }
        if self.members.len() >= MAX_MEMBERS {
            let text = format!("this room is full: it has {MAX_MEMBERS} pages; start another room");
            return Err(("full", text));
        }
        if hello.role != Role::Watch && !hello.features.simd {
            let text = "this browser lacks WebAssembly SIMD and cannot compute: update it, or open \
                        the page with role=watch";
            return Err(("unsupported", text.into()));
        }
        Ok(())
    }

    /// A control message of a page.
    pub fn message(&mut self, now: f64, from: DeviceId, message: ToServer) {
        let Some(member) = self.members.get_mut(&from) else { return };
        member.last_seen = now;
        let computes = member.computes();
        match message {
            // The host reads the first hello itself.
            ToServer::Hello(_) => {}
            ToServer::Leaving => return self.leave(now, from),
            ToServer::Stats(mut stats) => {
                let links = std::mem::take(&mut stats.links);
                member.stats = stats;
                self.take_links(from, links);
            }
            ToServer::Signal { to, signal } => self.forward(from, to, signal),
            _ if !computes => {}
            // A page that has been measured has no more to say of it.
            ToServer::Benchmarked(_) if member.benchmark.is_some() => {}
            ToServer::Benchmarked(benchmark) => {
                member.benchmark = Some(benchmark);
                member.problem = None;
                member.stand = Stand::Connecting;
                member.measured_at = now;
                self.connect(from);
            }
            ToServer::Link(link) => self.take_links(from, vec![link]),
            ToServer::Loading { epoch, done, total } => {
                self.loading(now, from, epoch, (done, total));
            }
            ToServer::Ready { epoch } => self.ready(now, from, epoch),
            ToServer::Unable { epoch, message } => {
                // A benchmark's failure has no epoch.
                if epoch == Epoch(0) || epoch == self.planning.epoch {
                    member.set_aside(message);
                }
            }
            ToServer::Computed { .. } => {}
            ToServer::FrameFailed { frame, message } => {
                if self.frames.is_source(frame, from) {
                    self.fail(frame, FrameError::Image(message));
                }
            }
        }
        self.advance(now);
    }

    /// Takes in what a page says of its links, as far as they lead to pages of the room.
    fn take_links(&mut self, from: DeviceId, links: Vec<LinkReport>) {
        for link in links.into_iter().filter(|link| link.peer != from) {
            if self.members.contains_key(&link.peer)
                && let Some(member) = self.members.get_mut(&from)
            {
                member.links.insert(link.peer, link);
            }
        }
    }

    fn forward(&mut self, from: DeviceId, to: DeviceId, signal: Signal) {
        if self.may_relay(from, to) {
            self.send(to, ToDevice::Signal { from, signal });
        }
    }

    /// A page's connection ended.
    pub fn leave(&mut self, now: f64, device: DeviceId) {
        if self.members.remove(&device).is_none() {
            return;
        }
        for (id, member) in &mut self.members {
            member.links.remove(&device);
            let gone = ToDevice::Gone { peer: device };
            self.actions.push_back(CoordinatorAction::Send { to: *id, message: gone });
        }
        self.planning.connected.retain(|(a, b)| *a != device && *b != device);
        self.measured.counters.replayed += self.frames.source_left(device);
        self.advance(now);
    }

    /// A photograph to answer; the host keeps its bytes until [`CoordinatorAction::Done`].
    ///
    /// # Errors
    /// [`FrameError::NoDevice`], [`FrameError::Busy`], or [`FrameError::Plan`] while no plan fits.
    pub fn submit(&mut self, now: f64) -> Result<FrameId, FrameError> {
        if !self.members.values().any(Member::computes) {
            return Err(FrameError::NoDevice { url: String::new() });
        }
        if let Some(problem) = &self.planning.problem {
            return Err(FrameError::Plan(problem.clone()));
        }
        let frame = self.frames.submit(now)?;
        self.measured.counters.submitted += 1;
        self.advance(now);
        Ok(frame)
    }

    /// A source's answer; late, foreign or repeated ones are counted and dropped.
    pub fn answer(
        &mut self,
        now: f64,
        from: DeviceId,
        frame: FrameId,
        epoch: Epoch,
        answer: Answer,
    ) {
        // The network of that plan, which may not be the one that is wanted by now.
        let model = self.planning.model(epoch).filter(|_| self.frames.is_source(frame, from));
        let Some(model) = model.map(str::to_owned) else {
            self.measured.counters.late += 1;
            return;
        };
        let busy = self.frames.in_flight() > 1;
        let Some(submitted) = self.frames.end(frame) else { return };
        let latency = now - submitted;
        self.measured.answered(now, latency, epoch, busy);
        let outcome = Ok(FrameAnswer { model, epoch, source: from, latency, answer });
        self.actions.push_back(CoordinatorAction::Done { frame, outcome });
        self.advance(now);
    }

    /// Whoever asked for a frame has gone away: it ends without an answer, and its place goes to
    /// the next.
    pub fn abandon(&mut self, now: f64, frame: FrameId) {
        if self.frames.end(frame).is_some() {
            self.cancel(frame);
            self.advance(now);
        }
    }

    /// Changes the network; frames that are not answered yet are answered by the new one, except
    /// where an answer of the old one is on its way, and says so.
    pub fn set_model(&mut self, now: f64, model: Arc<Model>) {
        self.model = model;
        self.change(now);
    }

    /// Changes the scheme.
    pub fn set_scheme(&mut self, now: f64, scheme: String) {
        self.scheme = scheme;
        self.change(now);
    }

    /// What was asked for is another plan than the one that runs.
    fn change(&mut self, now: f64) {
        self.planning.changed = true;
        self.planning.problem = None;
        for member in self.members.values_mut() {
            member.forgive();
        }
        self.advance(now);
    }

    /// Deadlines and heartbeats; about four times a second.
    pub fn tick(&mut self, now: f64) {
        let silent =
            |(id, member): (&DeviceId, &Member)| (now - member.last_seen > SILENCE).then_some(*id);
        let silent: Vec<DeviceId> = self.members.iter().filter_map(silent).collect();
        for device in silent {
            self.actions.push_back(CoordinatorAction::Close { device });
            self.leave(now, device);
        }
        for frame in self.frames.overdue(now) {
            let seconds = frames::DEADLINE as u32;
            let state = self.status();
            self.fail(frame, FrameError::Timeout { seconds, state });
        }
        self.advance(now);
        if self.stale && now - self.state_sent >= STATE_INTERVAL {
            self.stale = false;
            self.state_sent = now;
            let state = self.state(now);
            for id in self.members.keys() {
                let message = ToDevice::Room { state: state.clone() };
                self.actions.push_back(CoordinatorAction::Send { to: *id, message });
            }
        }
    }

    /// The next thing to do, if any; call until `None` after every event.
    pub fn poll(&mut self) -> Option<CoordinatorAction> {
        self.actions.pop_front()
    }

    /// Whether `a` may send to `b`: both are in the room and not refused.
    #[must_use]
    pub fn may_relay(&self, a: DeviceId, b: DeviceId) -> bool {
        let computes = |id| self.members.get(id).is_some_and(Member::computes);
        a != b && computes(&a) && computes(&b)
    }

    /// Everything that may have become possible by what has just happened.
    fn advance(&mut self, now: f64) {
        self.stale = true;
        self.measure_next(now);
        self.plan_if_needed(now);
        self.start_if_ready();
        self.hand_out();
    }

    fn send(&mut self, to: DeviceId, message: ToDevice) {
        self.actions.push_back(CoordinatorAction::Send { to, message });
    }

    /// Nothing more is wanted of a frame: not of its source, nor of those that hold slices of it.
    fn cancel(&mut self, frame: FrameId) {
        for device in self.planning.devices.clone() {
            self.send(device, ToDevice::Cancel { frame });
        }
    }

    /// Ends a frame without an answer.
    fn fail(&mut self, frame: FrameId, error: FrameError) {
        if self.frames.end(frame).is_none() {
            return;
        }
        self.measured.counters.failed += 1;
        self.cancel(frame);
        self.actions.push_back(CoordinatorAction::Done { frame, outcome: Err(error) });
    }

    /// Hands photographs to sources while the plan's credits last: each to the page that is the
    /// source of the fewest.
    fn hand_out(&mut self) {
        let Some(credits) = self.planning.credits() else { return };
        while self.frames.in_flight() < credits {
            let Some(frame) = self.frames.next() else { return };
            let fewest =
                self.planning.devices.iter().min_by_key(|id| (self.frames.of_source(**id), **id));
            let Some(source) = fewest.copied() else { return };
            self.frames.hand(frame, source);
            let counters = &mut self.measured.counters;
            counters.frames_in_flight_max =
                counters.frames_in_flight_max.max(self.frames.in_flight() as u64);
            self.actions.push_back(CoordinatorAction::HandImage { to: source, frame });
        }
    }
}
