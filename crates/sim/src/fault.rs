//! What goes wrong, or is wanted otherwise, in the middle of things.

use crate::Room;
use crate::event::{Death, Event, Fault, Up};
use convoy_plan::Link;
use convoy_wire::{ToServer, Via};

impl Room {
    pub(crate) fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Death(device, how) => self.die(device, how),
            Fault::LinkLost(a, b) => self.lose_link(a, b),
            Fault::Garbage(device, garbage) => self.garbage(device, garbage),
            Fault::Model(model) => {
                self.coordinator.set_model(self.now, model);
                self.host();
            }
            Fault::Scheme(scheme) => {
                self.coordinator.set_scheme(self.now, scheme, None);
                self.host();
            }
            Fault::Hidden(device) => self.machines[device].spec.hidden = true,
            Fault::Spoiled(device) => self.machines[device].spec.bad_weights = true,
            Fault::Frozen(device, seconds) => {
                let thaws = &mut self.machines[device].thaws;
                *thaws = thaws.max(self.now + seconds);
            }
            Fault::Speed(device, times) => self.machines[device].worker.pace = times,
            Fault::Line(device, times) => {
                let line = self.network.line(&self.machines[device].spec);
                let line = Link { up: times * line.up, down: times * line.down };
                self.lines.set(device, line);
            }
        }
    }

    /// When a page that stands still will hear of an event, where it is one of those that it has to
    /// hear of itself.
    pub(crate) fn thaws(&self, event: &Event) -> Option<f64> {
        let device = match event {
            Event::ToDevice(device, _)
            | Event::Worker(device, _)
            | Event::Model(device, _)
            | Event::Link(device, ..)
            | Event::Heartbeat(device) => *device,
            Event::Tensor(tensor) => tensor.to,
            _ => return None,
        };
        let thaws = self.machines.get(device)?.thaws;
        (thaws > self.now).then_some(thaws)
    }

    fn die(&mut self, device: usize, how: Death) {
        if self.machines[device].died.is_some() {
            return;
        }
        self.machines[device].died = Some(self.now);
        match how {
            Death::Farewell => {
                self.up(device, Up::Control(ToServer::Leaving));
                self.up(device, Up::Closed);
            }
            Death::Closed => self.up(device, Up::Closed),
            Death::Silent => {}
        }
    }

    fn lose_link(&mut self, a: usize, b: usize) {
        self.broken.insert((a, b));
        let time = self.now + self.network.fallback;
        for (device, peer) in [(a, b), (b, a)] {
            if let Some(peer) = self.machines[peer].id
                && self.machines[device].links.contains_key(&peer)
            {
                self.queue.push(time, Event::Link(device, peer, Via::Relayed));
            }
        }
    }
}
