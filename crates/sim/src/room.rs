//! The room: what it consists of, what is asked of it, and its clock.

use crate::event::{Death, Event, Fault, Weather};
use crate::machine::Machine;
use crate::oracle::Oracle;
use crate::report::Asked;
use crate::spec::{DeviceSpec, NetworkSpec, Noise};
use crate::values::{Lie, Right};
use crate::weather::Mishap;
use crate::worker::Worker;
use crate::{Garbage, Rng};
use convoy_model::Model;
use convoy_plan::play::{Lines, Queue};
use convoy_plan::{DeviceId, Drawing, Drawn, Plan};
use convoy_session::{Coordinator, DrawError, Limits};
use convoy_wire::{Epoch, FrameId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Seconds between two ticks of the coordinator, as of a real server.
pub(crate) const CLOCK: f64 = 0.25;

/// A room in virtual time. Devices go by their index, in the order in which they were added.
#[derive(Debug)]
pub struct Room {
    pub(crate) now: f64,
    events: u64,
    pub(crate) queue: Queue<Event>,
    pub(crate) rng: Rng,
    pub(crate) coordinator: Coordinator,
    pub(crate) models: BTreeMap<String, Arc<Model>>,
    pub(crate) network: NetworkSpec,
    pub(crate) noise: Noise,
    /// Seconds that planning takes.
    pub(crate) planning: f64,
    pub(crate) lines: Lines,
    pub(crate) machines: Vec<Machine>,
    pub(crate) by_id: BTreeMap<DeviceId, usize>,
    /// Pairs, lower index first, whose direct link is broken.
    pub(crate) broken: BTreeSet<(usize, usize)>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) by_frame: BTreeMap<FrameId, usize>,
    pub(crate) plans: BTreeMap<Epoch, Plan>,
    /// What is right under each of them.
    pub(crate) right: BTreeMap<Epoch, Right>,
    pub(crate) violations: Vec<String>,
    /// Whether messages go through the wire's codecs and slices carry check values.
    pub(crate) checks: bool,
    /// What is wanted: network, scheme and latency limit.
    pub(crate) wanted: (Arc<Model>, String, Option<f64>),
    pub(crate) limits: Limits,
    /// Of this part of all frames a tile is checked.
    pub(crate) share: f64,
    /// How many servers there have been before this one, and when it was there.
    pub(crate) servers: u32,
    pub(crate) server_back: f64,
    pub(crate) weather: Vec<Weather>,
    /// Where devices have lied, and frames whose slices were lost or changed on their way.
    pub(crate) lies: BTreeSet<(Epoch, FrameId, Lie)>,
    pub(crate) spoilt: BTreeSet<FrameId>,
    /// Frames whose photograph cannot be read.
    pub(crate) unreadable: BTreeSet<FrameId>,
    /// Whose answer the server hears.
    pub(crate) answers_from: Option<DeviceId>,
    /// Frames that a source has: since when, and which.
    pub(crate) handed: BTreeMap<FrameId, (f64, DeviceId)>,
    /// Seconds that pass with each look of the planner at its clock.
    pub(crate) look: f64,
    pub(crate) oracle: Option<Box<Oracle>>,
    /// How often what has happened.
    pub(crate) happened: BTreeMap<&'static str, u64>,
}

impl Room {
    /// A room whose devices open its page at time 0.
    #[must_use]
    pub fn new(
        seed: u64,
        model: &Arc<Model>,
        scheme: &str,
        devices: impl IntoIterator<Item = DeviceSpec>,
        network: NetworkSpec,
    ) -> Self {
        let coordinator = Coordinator::new("SIMROM".into(), Arc::clone(model), scheme.to_owned());
        let mut room = Self {
            now: 0.0,
            events: 0,
            queue: Queue::default(),
            rng: Rng::new(seed),
            coordinator,
            models: BTreeMap::from([(model.id.clone(), Arc::clone(model))]),
            network,
            noise: Noise::default(),
            planning: 0.0,
            lines: Lines::new(network.shared.then_some(network.bandwidth)),
            machines: Vec::new(),
            by_id: BTreeMap::new(),
            broken: BTreeSet::new(),
            asked: Vec::new(),
            by_frame: BTreeMap::new(),
            plans: BTreeMap::new(),
            right: BTreeMap::new(),
            violations: Vec::new(),
            checks: true,
            wanted: (Arc::clone(model), scheme.to_owned(), None),
            limits: Limits::default(),
            share: 0.0,
            servers: 0,
            server_back: 0.0,
            weather: Vec::new(),
            lies: BTreeSet::new(),
            spoilt: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            answers_from: None,
            handed: BTreeMap::new(),
            look: 0.0,
            oracle: None,
            happened: BTreeMap::new(),
        };
        for device in devices {
            room.join_at(0.0, device);
        }
        room.queue.push(CLOCK, Event::Clock);
        room
    }

    /// Control messages travel as badly as this from now on.
    pub const fn set_noise(&mut self, noise: Noise) {
        self.noise = noise;
    }

    /// Planning takes so many seconds from now on; none at first.
    pub const fn set_planning(&mut self, seconds: f64) {
        self.planning = seconds;
    }

    /// The room bears as much as this from now on.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.coordinator.set_limits(limits);
    }

    /// Of this part of all frames a tile is checked, of none at first; to be called before anybody joins.
    pub fn set_checks(&mut self, share: f64) {
        self.share = share;
        self.check_tiles();
    }

    /// So many seconds pass with each look of the planner at its clock, so that it keeps to its
    /// budget, and on every machine alike; none at first.
    pub const fn set_look(&mut self, seconds: f64) {
        self.look = seconds;
    }

    /// From now on everything is looked at that must hold, whatever happens; what does not stands in
    /// [`crate::Report::violations`].
    pub fn watch(&mut self) {
        self.oracle = Some(Box::default());
    }

    /// From `time` on somebody is there who can answer, and each frame within so many seconds.
    pub(crate) fn expect_answers(&mut self, time: f64, seconds: f64) {
        if let Some(oracle) = &mut self.oracle {
            oracle.expects = (time, seconds);
        }
    }

    /// Whether a plan runs.
    pub(crate) fn is_running(&self) -> bool {
        self.coordinator.census().running
    }

    /// Whether every frame asked for has ended.
    pub(crate) fn all_ended(&self) -> bool {
        self.asked.iter().all(|asked| asked.ends > 0 || asked.refused.is_some())
    }

    /// Makes it a room for measuring: any number of pictures may wait for any time, nobody looks
    /// at the room's state, and, for speed, control messages pass without the wire's codecs, slices
    /// are zeros and answers are not checked. To be called before anything happens.
    pub fn measure(&mut self) {
        self.set_limits(Limits::none());
        self.checks = false;
        for machine in &mut self.machines {
            machine.worker = Worker::new(false);
        }
    }

    /// A device opens the room's page; its index.
    pub fn join_at(&mut self, time: f64, device: DeviceSpec) -> usize {
        let index = self.machines.len();
        self.lines.add(self.network.line(&device));
        self.machines.push(Machine::new(device, self.checks));
        self.queue.push(time, Event::Open(index));
        index
    }

    /// A photograph comes in; the index of its entry in [`crate::Report::asked`].
    pub fn submit_at(&mut self, time: f64) -> usize {
        self.asked.push(Asked { time, ..Asked::default() });
        self.queue.push(time, Event::Submit(self.asked.len() - 1));
        self.asked.len() - 1
    }

    /// Photographs come in at these times after `start`.
    pub fn submit_all(&mut self, start: f64, arrivals: impl IntoIterator<Item = f64>) {
        for time in arrivals {
            self.submit_at(start + time);
        }
    }

    /// A device dies: its worker, its links and its socket, whose end the server sees.
    pub fn kill_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Death(device, Death::Closed)));
    }

    /// A device dies and nobody is told: its silence must show it.
    pub fn vanish_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Death(device, Death::Silent)));
    }

    /// A device's line carries so many times as much as it was measured to.
    pub fn line_at(&mut self, time: f64, device: usize, times: f64) {
        self.queue.push(time, Event::Fault(Fault::Line(device, times)));
    }

    /// A device's page is closed, and says so.
    pub fn leave_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Death(device, Death::Farewell)));
    }

    /// The direct link of a pair breaks for good.
    pub fn lose_link_at(&mut self, time: f64, a: usize, b: usize) {
        self.queue.push(time, Event::Fault(Fault::LinkLost(a.min(b), a.max(b))));
    }

    /// A device sends garbage.
    pub fn garbage_at(&mut self, time: f64, device: usize, garbage: Garbage) {
        self.queue.push(time, Event::Fault(Fault::Garbage(device, garbage)));
    }

    /// The room is to run another network.
    pub fn set_model_at(&mut self, time: f64, model: &Arc<Model>) {
        self.models.insert(model.id.clone(), Arc::clone(model));
        self.queue.push(time, Event::Fault(Fault::Model(Arc::clone(model))));
    }

    /// The room is to plan by another scheme.
    pub fn set_scheme_at(&mut self, time: f64, scheme: &str) {
        self.set_scheme_within_at(time, scheme, None);
    }

    /// The room is to plan by another scheme, each frame to be answered within `limit` seconds.
    pub fn set_scheme_within_at(&mut self, time: f64, scheme: &str, limit: Option<f64>) {
        self.queue.push(time, Event::Fault(Fault::Scheme(scheme.to_owned(), limit)));
    }

    /// A device's page goes into the background.
    pub fn hide_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Hidden(device)));
    }

    /// Every weight file that a device fetches from now on is wrong.
    pub fn spoil_weights_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Spoiled(device)));
    }

    /// A page stands still from `time` on for so many seconds; all that comes meanwhile it notices
    /// after them. Where the server has given it up it joins again.
    pub fn freeze_at(&mut self, time: f64, device: usize, seconds: f64) {
        self.queue.push(time, Event::Fault(Fault::Frozen(device)));
        self.queue.push(time + seconds, Event::Fault(Fault::Thawed(device)));
    }

    /// Nothing passes between a page and the server for so many seconds; all of it does later.
    pub fn cut_off_at(&mut self, time: f64, device: usize, seconds: f64) {
        self.queue.push(time, Event::Fault(Fault::CutOff(device)));
        self.queue.push(time + seconds, Event::Fault(Fault::Healed(device)));
    }

    /// A page is loaded anew, which takes so many seconds.
    pub fn reload_at(&mut self, time: f64, device: usize, seconds: f64) {
        self.queue.push(time, Event::Fault(Fault::Reload(device, seconds)));
    }

    /// The server ends and is there again after so many seconds. Pages join again and whoever waits
    /// for an answer asks again.
    pub fn restart_at(&mut self, time: f64, seconds: f64) {
        self.queue.push(time, Event::Fault(Fault::Restart(seconds)));
    }

    /// A device takes so many times as long for its work as it was measured to.
    pub fn slow_down_at(&mut self, time: f64, device: usize, times: f64) {
        self.queue.push(time, Event::Fault(Fault::Slower(device, times)));
    }

    /// A device's clock is so many seconds ahead and goes so many times as fast.
    pub fn set_clock_at(&mut self, time: f64, device: usize, ahead: f64, times: f64) {
        self.queue.push(time, Event::Fault(Fault::Clock(device, ahead, times)));
    }

    /// All that a device computes is wrong for so many seconds.
    pub fn lie_at(&mut self, time: f64, device: usize, seconds: f64) {
        self.queue.push(time, Event::Fault(Fault::Lies(device, true)));
        self.queue.push(time + seconds, Event::Fault(Fault::Lies(device, false)));
    }

    /// The device that is the source of most frames then dies, and its socket with it.
    pub fn kill_source_at(&mut self, time: f64) {
        self.queue.push(time, Event::Fault(Fault::SourceGone));
    }

    /// For so many seconds this happens with a probability of `chance` to each tensor frame of a
    /// pair; from or to anybody where nobody is named.
    pub fn mishap_at(
        &mut self,
        time: f64,
        (from, to): (Option<usize>, Option<usize>),
        what: Mishap,
        (chance, seconds): (f64, f64),
    ) {
        let weather = Weather { from, to, what, chance, until: time + seconds };
        self.queue.push(time, Event::Fault(Fault::Weather(weather)));
    }

    /// Whoever asked for a picture goes away.
    pub fn hang_up_at(&mut self, time: f64, asked: usize) {
        self.queue.push(time, Event::Fault(Fault::HangUp(asked)));
    }

    /// What comes in at this entry of [`crate::Report::asked`] is no picture.
    pub fn spoil_picture(&mut self, asked: usize) {
        self.asked[asked].unreadable = true;
    }

    /// Lets everything happen up to this time.
    pub fn run_until(&mut self, time: f64) {
        while let Some((at, event)) = self.queue.pop(time) {
            self.now = at;
            self.events += 1;
            if let Some(event) = self.held_up(event) {
                self.happen(event);
            }
        }
        self.now = self.now.max(time);
    }

    /// Runs until every frame asked for has ended, and then a second for what is under way; not
    /// past `limit`. Whether all have ended.
    pub fn settle(&mut self, limit: f64) -> bool {
        let ended = |asked: &Asked| asked.ends > 0 || asked.refused.is_some();
        // Frames end about in the order of their coming: each is looked at about once.
        let mut over = 0;
        loop {
            over += self.asked.iter().skip(over).take_while(|asked| ended(asked)).count();
            if over == self.asked.len() || self.now >= limit {
                break;
            }
            self.run_until((self.now + CLOCK).min(limit));
        }
        self.run_until(self.now + 1.0);
        self.asked.iter().all(ended)
    }

    /// Whether the photograph of this entry of [`crate::Report::asked`] has ended, with an answer or
    /// without.
    #[must_use]
    pub fn has_ended(&self, asked: usize) -> bool {
        self.asked.get(asked).is_none_or(|asked| asked.ends > 0 || asked.refused.is_some())
    }

    /// How many events have happened.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> f64 {
        self.now
    }

    /// The room's state as the server's API shows it.
    #[must_use]
    pub fn state(&self) -> serde_json::Value {
        self.coordinator.state(self.now)
    }

    /// The plan that runs and its number, where somebody may draw on it.
    #[must_use]
    pub fn drawing(&self) -> Option<(Epoch, Drawing)> {
        self.coordinator.drawing(self.now)
    }

    /// The room is to run plan `epoch` as it was changed by hand.
    ///
    /// # Errors
    /// Where that plan runs no more, or what was drawn is no plan.
    pub fn draw(&mut self, epoch: Epoch, drawn: &Drawn) -> Result<(), DrawError> {
        let done = self.coordinator.draw(self.now, epoch, drawn);
        self.host();
        done
    }

    /// The number of a device in the room, once it has said hello.
    #[must_use]
    pub fn id(&self, device: usize) -> Option<DeviceId> {
        self.machines.get(device)?.id
    }

    /// Every plan so far.
    #[must_use]
    pub const fn plans(&self) -> &BTreeMap<Epoch, Plan> {
        &self.plans
    }

    /// Tells a new coordinator of which part of all frames a tile is checked.
    pub(crate) fn check_tiles(&mut self) {
        if self.share > 0.0 {
            self.coordinator.set_checks(self.share, self.rng.next());
        }
    }

    /// How often this has happened, by the name that coverage has for it.
    #[must_use]
    pub fn coverage(&self, what: &str) -> u64 {
        self.happened.get(what).copied().unwrap_or_default()
    }

    /// Counts what has happened.
    pub(crate) fn happened(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Open(device) => self.open(device),
            Event::ProbeBegun(probe, soonest) => self.probe_begun(probe, soonest),
            Event::Echo(probe) => self.echoed(probe),
            Event::Measured(probe) => self.measured(probe),
            Event::ToServer(device, up) => self.server_hears(device, up),
            Event::Clock => {
                self.coordinator.tick(self.now);
                self.host();
                self.queue.push(self.now + CLOCK, Event::Clock);
            }
            // The planner ends with its server.
            Event::Plan(server, request) if server == self.servers => self.planned(&request),
            Event::Plan(..) => {}
            Event::Submit(asked) => self.submit(asked),
            Event::Fault(fault) => self.fault(fault),
            Event::Begun(tensor, soonest) => self.begun(tensor, soonest),
            Event::Tensor(tensor) => self.tensor(tensor),
            Event::ToDevice(device, down) => self.device_hears(device, down),
            Event::Worker(device, job, outcome) => self.worker(device, job, outcome),
            Event::FetchedAhead(device, number) => self.fetched_ahead(device, number),
            Event::Model(device, id) => self.model(device, &id),
            Event::Sent(device, peer, sending) => self.sent(device, peer, sending),
            Event::Link(device, peer, via) => self.linked(device, peer, via),
            Event::Heartbeat(device) => self.heartbeat(device),
        }
    }
}
