//! The room's coordinator: who is there, which plan runs, which frames are under way.

mod action;
mod adapting;
mod answering;
mod backlog;
mod carried;
mod census;
mod checking;
mod cluster;
mod company;
mod done;
mod drawing;
mod drift;
mod flows;
mod foresight;
mod frames;
mod joining;
mod judging;
mod lines;
mod look;
mod looking;
mod measured;
mod measuring;
mod medium;
mod member;
mod overlapping;
mod passing;
mod planning;
mod preparing;
mod quarantine;
mod showing;
mod sight;
mod silence;
mod speed;
mod starting;
mod state;
mod timeline;

pub use action::{CoordinatorAction, FrameAnswer, FrameError};
pub use census::Census;
pub use drawing::DrawError;
pub use frames::Limits;
pub use quarantine::Verdict;
pub use state::RoomState;

use adapting::Adapting;
use backlog::Backlogs;
use checking::Checks;
use convoy_model::Model;
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, Hello, Ice, LinkReport, Role, Signal, ToDevice, ToServer, VERSION};
use foresight::Foresight;
use frames::Frames;
use lines::Lines;
use looking::Looks;
use measured::Measured;
use measuring::Measuring;
use medium::Medium;
use member::{Member, Stand};
use passing::Passing;
use planning::Planning;
use showing::Showing;
use speed::Drifts;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use timeline::Timeline;

/// Most pages in a room.
const MAX_MEMBERS: usize = 32;

/// The state machine of one room. Times are seconds of any monotonic clock.
#[derive(Debug)]
pub struct Coordinator {
    code: String,
    model: Arc<Model>,
    scheme: String,
    /// Seconds within which each frame is to be answered, where that matters.
    latency_limit: Option<f64>,
    members: BTreeMap<DeviceId, Member>,
    next_id: u32,
    planning: Planning,
    adapting: Adapting,
    foresight: Foresight,
    frames: Frames,
    checks: Checks,
    measured: Measured,
    showing: Showing,
    timeline: Timeline,
    drifts: Drifts,
    passing: Passing,
    lines: Lines,
    measuring: Measuring,
    backlogs: Backlogs,
    looks: Looks,
    medium: Medium,
    /// When the host looked at deadlines last.
    ticked_at: Option<f64>,
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
            latency_limit: None,
            members: BTreeMap::new(),
            next_id: 1,
            planning: Planning::default(),
            adapting: Adapting::default(),
            foresight: Foresight::default(),
            frames: Frames::default(),
            checks: Checks::default(),
            measured: Measured::default(),
            showing: Showing::default(),
            timeline: Timeline::default(),
            drifts: Drifts::default(),
            passing: Passing::default(),
            lines: Lines::default(),
            measuring: Measuring::default(),
            backlogs: Backlogs::default(),
            looks: Looks::default(),
            medium: Medium::default(),
            ticked_at: None,
            actions: VecDeque::new(),
        }
    }

    /// The room bears as much as this from now on; without, as much as [`Limits::default`] says.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.frames.limits = limits;
    }

    /// A page said hello. `machine` is the same for pages that share a machine (its address): they
    /// are measured one after another. The page's id; a refusal is sent and the page closed by
    /// actions.
    pub fn join(&mut self, now: f64, hello: Hello, machine: String) -> DeviceId {
        let id = DeviceId(self.next_id);
        self.next_id += 1;
        if let Err((code, message)) = self.admits(&hello) {
            let refused = ToDevice::Refused { code: code.into(), message };
            self.send(id, refused);
            self.actions.push_back(CoordinatorAction::Close { device: id });
            return id;
        }
        // The host of the room adds who helps with direct links.
        self.send(id, ToDevice::Welcome { id, room: self.code.clone(), ice: Ice::default() });
        if self.wants_seals() && hello.role != Role::Watch {
            self.send(id, ToDevice::Sealing);
        }
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
        member.hearing.heard(now);
        let computes = member.computes();
        match message {
            // The host reads the first hello itself.
            ToServer::Hello(_) => {}
            ToServer::Leaving => return self.leave(now, from),
            ToServer::Stats(mut stats) => {
                let links = std::mem::take(&mut stats.links);
                member.stats = stats;
                self.take_links(now, from, links, false);
                // A heartbeat makes nothing possible that could not wait for the next tick.
                return self.weigh_backlogs(now, from);
            }
            ToServer::Signal { to, signal } => return self.forward(from, to, signal),
            _ if !computes => {}
            ToServer::Benchmarked(benchmark) if member.benchmark.is_some() => {
                self.measured_again(from, &benchmark);
            }
            ToServer::Benchmarked(benchmark) => {
                member.benchmark = Some(benchmark);
                member.forgive();
                member.stand = Stand::Connecting;
                member.measured_at = now;
                self.connect(from);
            }
            ToServer::Link(link) => self.take_links(now, from, vec![link], true),
            ToServer::Loading { epoch, done, total } => {
                self.loading(now, from, epoch, (done, total));
            }
            ToServer::Ready { epoch } => self.ready(now, from, epoch),
            ToServer::Unable { epoch, message } => {
                // A benchmark's failure has no epoch.
                if epoch == Epoch(0) || self.planning.is_carried(epoch) {
                    self.set_aside(from, message);
                }
            }
            ToServer::Done(done) => return self.done(now, from, done),
            ToServer::Awaits { check } => self.awaits(from, check),
            ToServer::Checked { check, finding } => self.checked(from, check, finding),
            ToServer::FrameFailed { frame, message } => {
                if self.frames.is_source(frame, from) {
                    self.fail(frame, FrameError::Image(message));
                }
            }
        }
        self.advance(now);
    }

    /// Takes in what a page says of its links, as far as they lead to pages of the room; whether it says so
    /// because there is news, or repeats it.
    fn take_links(&mut self, now: f64, from: DeviceId, links: Vec<LinkReport>, news: bool) {
        for link in links.into_iter().filter(|link| link.peer != from) {
            if self.members.contains_key(&link.peer) {
                self.line_told(now, from, &link, news);
                if let Some(member) = self.members.get_mut(&from) {
                    member.links.insert(link.peer, link);
                }
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
        self.lines.forget(device);
        self.measuring.forget(device);
        self.medium_without(device);
        self.backlogs.forget(device);
        self.looks.forget(device);
        let left = self.frames.source_left(device);
        self.measured.counters.replayed += left;
        if left > 0 && self.planning.running {
            // Devices know a frame of a plan by its source: it cannot have another under the same.
            let (eligible, _) = self.eligible(now);
            self.interrupt(&eligible);
        }
        self.advance(now);
    }

    /// Changes the network; frames that are not answered yet are answered by the new one, except
    /// where an answer of the old one is on its way, and says so.
    pub fn set_model(&mut self, now: f64, model: Arc<Model>) {
        self.model = model;
        self.change(now);
    }

    /// Changes the scheme, and within how many seconds each frame is to be answered (by the cost
    /// model that the scheme keeps to, at no load), where that matters.
    pub fn set_scheme(&mut self, now: f64, scheme: String, latency_limit: Option<f64>) {
        self.scheme = scheme;
        self.latency_limit = latency_limit;
        self.change(now);
    }

    /// What was asked for is another plan than the one that runs.
    fn change(&mut self, now: f64) {
        self.planning.change();
        for member in self.members.values_mut() {
            member.forgive();
        }
        self.advance(now);
    }

    /// Deadlines and heartbeats; about four times a second.
    pub fn tick(&mut self, now: f64) {
        self.listen(now);
        self.audit(now);
        for frame in self.frames.overdue(now) {
            let seconds = self.frames.limits.deadline as u32;
            let state = self.status();
            self.fail(frame, FrameError::Timeout { seconds, state });
            self.showing.stale = true;
        }
        self.learn_passing(now);
        self.choose_plan(now);
        self.look_ahead(now);
        self.measure_again(now);
        self.look_at_lines(now);
        self.measuring.look();
        self.go_on(now);
        self.show(now);
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

    /// Something has happened that pages are to see: [`Self::go_on`].
    fn advance(&mut self, now: f64) {
        self.showing.stale = true;
        self.go_on(now);
    }

    /// Everything that may have become possible by what has just happened.
    fn go_on(&mut self, now: f64) {
        let before = self.actions.len();
        self.consider(now);
        self.measure_next(now);
        self.measure_lines(now);
        self.look_on(now);
        self.plan_if_needed(now);
        self.forget_if_drained(now);
        self.switch_if_drained(now);
        self.start_if_ready(now);
        self.hand_out();
        self.showing.stale |= self.actions.len() > before;
    }

    fn send(&mut self, to: DeviceId, message: ToDevice) {
        self.actions.push_back(CoordinatorAction::Send { to, message });
    }
}
