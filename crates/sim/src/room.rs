//! The room: what it consists of, what is asked of it, and its clock.

use crate::event::{Death, Event, Fault};
use crate::machine::Machine;
use crate::queue::Queue;
use crate::report::Asked;
use crate::spec::{DeviceSpec, NetworkSpec, Noise};
use crate::traffic::Traffic;
use crate::{Garbage, Rng};
use convoy_model::Model;
use convoy_plan::{DeviceId, Plan};
use convoy_session::Coordinator;
use convoy_wire::{Epoch, FrameId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Seconds between two ticks of the coordinator.
pub(crate) const CLOCK: f64 = 0.5;

/// A room in virtual time. Devices go by their index, in the order in which they were added.
#[derive(Debug)]
pub struct Room {
    pub(crate) now: f64,
    pub(crate) queue: Queue<Event>,
    pub(crate) rng: Rng,
    pub(crate) coordinator: Coordinator,
    pub(crate) models: BTreeMap<String, Arc<Model>>,
    pub(crate) network: NetworkSpec,
    pub(crate) noise: Noise,
    pub(crate) traffic: Traffic,
    pub(crate) machines: Vec<Machine>,
    pub(crate) by_id: BTreeMap<DeviceId, usize>,
    /// Pairs, lower index first, whose direct link is broken.
    pub(crate) broken: BTreeSet<(usize, usize)>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) by_frame: BTreeMap<FrameId, usize>,
    pub(crate) plans: BTreeMap<Epoch, Plan>,
    pub(crate) violations: Vec<String>,
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
            queue: Queue::new(),
            rng: Rng::new(seed),
            coordinator,
            models: BTreeMap::from([(model.id.clone(), Arc::clone(model))]),
            network,
            noise: Noise::default(),
            traffic: Traffic::default(),
            machines: Vec::new(),
            by_id: BTreeMap::new(),
            broken: BTreeSet::new(),
            asked: Vec::new(),
            by_frame: BTreeMap::new(),
            plans: BTreeMap::new(),
            violations: Vec::new(),
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

    /// A device opens the room's page; its index.
    pub fn join_at(&mut self, time: f64, device: DeviceSpec) -> usize {
        let index = self.machines.len();
        self.machines.push(Machine::new(device));
        self.traffic.add_device();
        self.queue.push(time, Event::Open(index));
        index
    }

    /// A photograph comes in; the index of its entry in [`crate::Report::asked`].
    pub fn submit_at(&mut self, time: f64) -> usize {
        self.asked.push(Asked { time, ..Asked::default() });
        self.queue.push(time, Event::Submit(self.asked.len() - 1));
        self.asked.len() - 1
    }

    /// A device dies: its worker, its links and its socket, whose end the server sees.
    pub fn kill_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Death(device, Death::Closed)));
    }

    /// A device dies and nobody is told: its silence must show it.
    pub fn vanish_at(&mut self, time: f64, device: usize) {
        self.queue.push(time, Event::Fault(Fault::Death(device, Death::Silent)));
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
            self.happen(event);
        }
        self.now = self.now.max(time);
    }

    /// Runs until every frame asked for has ended, and then a second for what is under way; not
    /// past `limit`. Whether all have ended.
    pub fn settle(&mut self, limit: f64) -> bool {
        let ended = |asked: &Asked| asked.ends > 0 || asked.refused.is_some();
        while !self.asked.iter().all(ended) && self.now < limit {
            self.run_until((self.now + CLOCK).min(limit));
        }
        self.run_until(self.now + 1.0);
        self.asked.iter().all(ended)
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
        match event {
            Event::Open(device) => self.open(device),
            Event::ToServer(device, up) => self.server_hears(device, up),
            Event::Clock => {
                self.coordinator.tick(self.now);
                self.host();
                self.queue.push(self.now + CLOCK, Event::Clock);
            }
            Event::Submit(asked) => self.submit(asked),
            Event::Fault(fault) => self.fault(fault),
            Event::Tensor(tensor) => self.tensor(tensor),
            Event::ToDevice(device, down) => self.device_hears(device, down),
            Event::Worker(device, outcome) => self.worker(device, outcome),
            Event::Model(device, id) => self.model(device, &id),
            Event::Link(device, peer, via) => self.linked(device, peer, via),
            Event::Heartbeat(device) => self.heartbeat(device),
        }
    }
}
