//! What goes wrong, or is wanted otherwise, in the middle of things.

use crate::Room;
use crate::event::{Death, Event, Fault, Up};
use convoy_plan::Link;
use convoy_wire::{ToServer, Via};
use std::sync::Arc;

impl Room {
    pub(crate) fn fault(&mut self, fault: Fault) {
        let fault = self.now_of(fault);
        self.happened(name(&fault));
        match fault {
            Fault::Death(device, how) => self.die(device, how),
            Fault::LinkLost(a, b) => self.lose_link(a, b),
            Fault::Garbage(device, garbage) => self.garbage(device, garbage),
            Fault::Model(model) => {
                self.wanted.0 = Arc::clone(&model);
                self.coordinator.set_model(self.now, model);
                self.host();
            }
            Fault::Scheme(scheme, limit) => {
                (self.wanted.1, self.wanted.2) = (scheme.clone(), limit);
                self.coordinator.set_scheme(self.now, scheme, limit);
                self.host();
            }
            Fault::Hidden(device) => self.machines[device].spec.hidden = true,
            Fault::Spoiled(device) => self.machines[device].spec.bad_weights = true,
            Fault::Frozen(device) => self.freeze(device),
            Fault::Thawed(device) => self.thaw(device),
            Fault::CutOff(device) => self.cut_off(device),
            Fault::Healed(device) => self.heal(device),
            Fault::Reload(device, seconds) => self.reload(device, seconds),
            Fault::Restart(seconds) => self.restart(seconds),
            Fault::Slower(device, times) => self.machines[device].spec.slower = times,
            Fault::Line(device, times) => {
                let line = self.network.line(&self.machines[device].spec);
                let line = Link { up: times * line.up, down: times * line.down };
                self.machines[device].thinned |= times < 1.0;
                self.lines.set(device, line);
            }
            Fault::Clock(device, ahead, times) => self.machines[device].clock = (ahead, times),
            Fault::Lies(device, lies) => {
                self.machines[device].worker.lies = lies;
                self.machines[device].has_lied |= lies;
            }
            Fault::SourceGone => self.kill_source(),
            Fault::Weather(weather) => self.weather.push(weather),
            Fault::HangUp(asked) => self.hang_up(asked),
        }
    }

    /// As faults name a page by the machine that it was at first.
    fn now_of(&self, fault: Fault) -> Fault {
        let now = |device| self.newest(device);
        match fault {
            Fault::Death(device, how) => Fault::Death(now(device), how),
            Fault::LinkLost(a, b) => {
                let (a, b) = (now(a), now(b));
                Fault::LinkLost(a.min(b), a.max(b))
            }
            Fault::Garbage(device, garbage) => Fault::Garbage(now(device), garbage),
            Fault::Hidden(device) => Fault::Hidden(now(device)),
            Fault::Spoiled(device) => Fault::Spoiled(now(device)),
            Fault::Frozen(device) => Fault::Frozen(now(device)),
            Fault::Thawed(device) => Fault::Thawed(now(device)),
            Fault::CutOff(device) => Fault::CutOff(now(device)),
            Fault::Healed(device) => Fault::Healed(now(device)),
            Fault::Reload(device, seconds) => Fault::Reload(now(device), seconds),
            Fault::Slower(device, times) => Fault::Slower(now(device), times),
            Fault::Line(device, times) => Fault::Line(now(device), times),
            Fault::Clock(device, ahead, times) => Fault::Clock(now(device), ahead, times),
            Fault::Lies(device, lies) => Fault::Lies(now(device), lies),
            // Of nobody, or of pages as they were at first.
            Fault::Model(_)
            | Fault::Scheme(..)
            | Fault::Restart(_)
            | Fault::SourceGone
            | Fault::Weather(_)
            | Fault::HangUp(_) => fault,
        }
    }

    fn kill_source(&mut self) {
        let mut frames = vec![0; self.machines.len()];
        for (_, device) in self.handed.values() {
            if let Some(index) = self.by_id.get(device) {
                frames[*index] += 1;
            }
        }
        let most = (0..frames.len()).filter(|index| frames[*index] > 0);
        if let Some(source) = most.max_by_key(|index| frames[*index]) {
            self.die(source, Death::Closed);
        }
    }

    fn hang_up(&mut self, index: usize) {
        let asked = &mut self.asked[index];
        let Some(frame) = asked.frame.filter(|_| asked.ends == 0) else { return };
        asked.ends = 1;
        asked.ended = Some(self.now);
        self.handed.remove(&frame);
        if let Some(oracle) = &mut self.oracle {
            oracle.abandoned(frame);
        }
        self.coordinator.abandon(self.now, frame);
        self.host();
    }

    pub(crate) fn die(&mut self, device: usize, how: Death) {
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

/// What a fault is counted as.
const fn name(fault: &Fault) -> &'static str {
    match fault {
        Fault::Death(_, Death::Farewell) => "page leaves",
        Fault::Death(_, Death::Closed) => "page dies",
        Fault::Death(_, Death::Silent) => "page vanishes",
        Fault::LinkLost(..) => "link breaks",
        Fault::Garbage(..) => "garbage",
        Fault::Model(_) => "network changed",
        Fault::Scheme(..) => "scheme changed",
        Fault::Hidden(_) => "page hidden",
        Fault::Spoiled(_) => "weights spoiled",
        Fault::Frozen(_) => "page freezes",
        Fault::Thawed(_) => "page thaws",
        Fault::CutOff(_) => "server out of reach",
        Fault::Healed(_) => "server within reach",
        Fault::Reload(..) => "page reloads",
        Fault::Restart(_) => "server restarts",
        Fault::Slower(..) => "device slows down",
        Fault::Line(..) => "line changes",
        Fault::Clock(..) => "clock set",
        Fault::Lies(_, true) => "device lies",
        Fault::Lies(_, false) => "device is honest again",
        Fault::SourceGone => "source dies",
        Fault::Weather(_) => "bad weather",
        Fault::HangUp(_) => "caller hangs up",
    }
}
