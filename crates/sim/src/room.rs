//! The room: what it consists of, what is asked of it, and its clock.

use crate::event::{Death, Event, Fault};
use crate::machine::Machine;
use crate::report::Asked;
use crate::spec::{DeviceSpec, NetworkSpec, Noise};
use crate::values::Right;
use crate::worker::Worker;
use crate::{Garbage, Rng};
use convoy_model::Model;
use convoy_plan::play::{Lines, Queue};
use convoy_plan::{DeviceId, Plan};
use convoy_session::{Coordinator, Limits};
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
        self.coordinator.set_limits(limits);
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

    /// A device's page stands still for so many seconds, then goes on where it was: what came meanwhile
    /// it hears then.
    pub fn freeze_at(&mut self, time: f64, device: usize, seconds: f64) {
        self.queue.push(time, Event::Fault(Fault::Frozen(device, seconds)));
    }

    /// A device computes so many times as fast as it measured itself to, from its next job on.
    pub fn speed_up_at(&mut self, time: f64, device: usize, times: f64) {
        self.queue.push(time, Event::Fault(Fault::Speed(device, times)));
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
        self.queue.push(time, Event::Fault(Fault::Scheme(scheme.to_owned())));
    }

    /// A device's page goes into the background.
    pub fn hide_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Hidden(device)));
    }

    /// Every weight file that a device fetches from now on is wrong.
    pub fn spoil_weights_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Spoiled(device)));
    }

    /// Lets everything happen up to this time.
    pub fn run_until(&mut self, time: f64) {
        while let Some((at, event)) = self.queue.pop(time) {
            self.now = at;
            self.events += 1;
            self.happen(event);
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

    fn happen(&mut self, event: Event) {
        if let Some(thaws) = self.thaws(&event) {
            return self.queue.push(thaws, event);
        }
        match event {
            Event::Open(device) => self.open(device),
            Event::ToServer(device, up) => self.server_hears(device, up),
            Event::Clock => {
                self.coordinator.tick(self.now);
                self.host();
                self.queue.push(self.now + CLOCK, Event::Clock);
            }
            Event::Plan(request) => self.planned(&request),
            Event::Submit(asked) => self.submit(asked),
            Event::Fault(fault) => self.fault(fault),
            Event::Begun(tensor, soonest) => self.begun(tensor, soonest),
            Event::Tensor(tensor) => self.tensor(tensor),
            Event::ToDevice(device, down) => self.device_hears(device, down),
            Event::Worker(device, outcome) => self.worker(device, outcome),
            Event::Model(device, id) => self.model(device, &id),
            Event::Link(device, peer, via) => self.linked(device, peer, via),
            Event::Heartbeat(device) => self.heartbeat(device),
        }
    }
}
