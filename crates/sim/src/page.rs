//! Pages that stand still, lose the server or are loaded anew, and the server that is started anew. A
//! page that comes back joins as another device: it is a new machine here, with the old one's name,
//! address and measurement.

use crate::Room;
use crate::event::{Death, Event};
use crate::machine::Machine;
use convoy_session::Coordinator;

impl Room {
    /// The machine that a page is by now, of the machine that it was at first.
    pub(crate) fn newest(&self, mut machine: usize) -> usize {
        while let Some(successor) = self.machines[machine].successor {
            machine = successor;
        }
        machine
    }

    /// Keeps an event for later where its page stands still, or where it would pass between a page
    /// and the server and cannot.
    pub(crate) fn held_up(&mut self, event: Event) -> Option<Event> {
        let page = match &event {
            Event::ToDevice(device, _)
            | Event::Worker(device, ..)
            | Event::FetchedAhead(device, _)
            | Event::Model(device, _)
            | Event::Link(device, ..)
            | Event::Sent(device, ..)
            | Event::Heartbeat(device) => Some(*device),
            Event::Tensor(tensor) => Some(tensor.to),
            Event::ProbeBegun(probe, _) => Some(probe.to),
            Event::Echo(probe) | Event::Measured(probe) => Some(probe.from),
            _ => None,
        };
        let socket = match &event {
            Event::ToServer(device, _) | Event::ToDevice(device, _) => Some(*device),
            _ => None,
        };
        if let Some(waiting) = socket.and_then(|socket| self.machines[socket].cut_off.as_mut()) {
            waiting.push(event);
            return None;
        }
        if let Some(unnoticed) = page.and_then(|page| self.machines[page].frozen.as_mut()) {
            unnoticed.push(event);
            return None;
        }
        Some(event)
    }

    pub(crate) fn freeze(&mut self, device: usize) {
        let machine = &mut self.machines[device];
        if machine.died.is_none() {
            machine.frozen.get_or_insert_default();
        }
    }

    pub(crate) fn thaw(&mut self, device: usize) {
        let unnoticed = self.machines[device].frozen.take();
        self.go_on(device, unnoticed);
    }

    pub(crate) fn cut_off(&mut self, device: usize) {
        let machine = &mut self.machines[device];
        if machine.died.is_none() {
            machine.cut_off.get_or_insert_default();
        }
    }

    pub(crate) fn heal(&mut self, device: usize) {
        let waiting = self.machines[device].cut_off.take();
        self.go_on(device, waiting);
    }

    /// What was held up happens now, in its order.
    fn go_on(&mut self, device: usize, held: Option<Vec<Event>>) {
        for event in held.into_iter().flatten() {
            self.queue.push(self.now, event);
        }
        self.return_if_it_can(device);
    }

    /// The server has ended the socket of a page, which does not know yet.
    pub(crate) fn lose_socket(&mut self, device: usize) {
        let machine = &mut self.machines[device];
        if machine.died.is_none() {
            machine.died = Some(self.now);
            machine.returns = !machine.refused;
            self.return_if_it_can(device);
        }
    }

    fn return_if_it_can(&mut self, device: usize) {
        let machine = &self.machines[device];
        if machine.returns && machine.frozen.is_none() && machine.cut_off.is_none() {
            let seconds = self.rng.between(0.5, 3.0) + (self.server_back - self.now).max(0.0);
            self.come_back(device, seconds);
        }
    }

    /// The page of a machine that died opens again.
    fn come_back(&mut self, device: usize, seconds: f64) {
        let Machine { spec, measured, clock, .. } = &self.machines[device];
        let (mut spec, clock) = (spec.clone(), *clock);
        // Its address and what it has measured stay the same.
        spec.machine.get_or_insert_with(|| format!("machine {device}"));
        if *measured {
            spec.benchmark = Some(0.0);
        }
        let Machine { has_lied, quarantined, .. } = self.machines[device];
        let lies = self.machines[device].worker.lies;
        let index = self.join_at(self.now + seconds, spec);
        self.machines[index].worker.lies = lies;
        self.machines[index].has_lied = has_lied;
        self.machines[index].quarantined = quarantined;
        self.machines[index].clock = clock;
        // A browser keeps what it has fetched.
        self.machines[index].kept = self.machines[device].kept.clone();
        self.machines[device].returns = false;
        self.machines[device].successor = Some(index);
    }

    pub(crate) fn reload(&mut self, device: usize, seconds: f64) {
        if self.machines[device].died.is_none() {
            self.die(device, Death::Closed);
            self.come_back(device, seconds);
        }
    }

    /// The server ends: sockets close, and of the room nothing is left. Its pages make it again, and
    /// whoever waits for an answer asks again.
    pub(crate) fn restart(&mut self, seconds: f64) {
        let (model, scheme) = (self.wanted.0.clone(), self.wanted.1.clone());
        self.coordinator = Coordinator::new("SIMROM".into(), model, scheme.clone());
        self.coordinator.set_limits(self.limits);
        self.check_tiles();
        if let Some(limit) = self.wanted.2 {
            self.coordinator.set_scheme(self.now, scheme, Some(limit));
        }
        self.servers += 1;
        self.server_back = self.now + seconds;
        self.by_id.clear();
        self.plans.clear();
        self.right.clear();
        self.lies.clear();
        self.spoilt.clear();
        self.unreadable.clear();
        self.handed.clear();
        if let Some(oracle) = &mut self.oracle {
            oracle.restarted();
        }
        for (_, asked) in std::mem::take(&mut self.by_frame) {
            if self.asked[asked].ends == 0 {
                self.asked[asked].frame = None;
                self.queue.push(self.server_back, Event::Submit(asked));
            }
        }
        for device in 0..self.machines.len() {
            self.lose_socket(device);
        }
    }
}
