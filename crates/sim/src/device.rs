//! The edge around each device: worker, links, socket.

use crate::Room;
use crate::ahead::Tile;
use crate::event::{Down, Event, Tensor, Up};
use crate::host::BEAT;
use crate::machine::Link;
use convoy_plan::DeviceId;
use convoy_plan::play::Passage;
use convoy_session::{DeviceAction, Job, Lane, Outcome, Sending};
use convoy_wire::{LinkReport, ToServer, Via};

impl Room {
    fn alive(&self, device: usize) -> bool {
        self.machines[device].died.is_none()
    }

    /// A device hears from the server.
    pub(crate) fn device_hears(&mut self, device: usize, down: Down) {
        if !self.alive(device) {
            return;
        }
        let machine = &mut self.machines[device];
        let now = machine.clock(self.now);
        match down {
            Down::Control(message) => machine.device.control(now, message),
            Down::Image(frame, bytes) => machine.device.image(now, frame, bytes),
        }
        self.act(device);
    }

    /// A worker says something.
    pub(crate) fn worker(&mut self, device: usize, job: u64, outcome: Outcome) {
        if !self.alive(device) {
            return;
        }
        let machine = &mut self.machines[device];
        if outcome.lane() == Lane::Tiles {
            if job != machine.jobs {
                return;
            }
            machine.tile = None;
        }
        if outcome.is_end() {
            machine.busy.remove(&outcome.lane());
        }
        machine.measured |= matches!(outcome, Outcome::Benchmarked(_));
        if let Outcome::Computed { epoch, .. } = outcome {
            let (plan, slower, count) = machine.alike;
            let same = (plan, slower) == (epoch, machine.spec.slower);
            machine.alike = (epoch, machine.spec.slower, if same { count + 1 } else { 1 });
        }
        machine.device.finished(machine.clock(self.now), outcome);
        self.act(device);
    }

    /// A device has fetched a network.
    pub(crate) fn model(&mut self, device: usize, id: &str) {
        let model = self.models.get(id).cloned().ok_or_else(|| format!("there is no {id}"));
        let now = self.machines[device].clock(self.now);
        self.machines[device].device.model(now, id, model);
        self.act(device);
    }

    /// A device's heartbeat.
    pub(crate) fn heartbeat(&mut self, device: usize) {
        if !self.alive(device) {
            return;
        }
        let peers = self.machines[device].links.keys();
        let reports = peers.filter_map(|peer| self.link_report(device, *peer)).collect();
        let machine = &mut self.machines[device];
        machine.device.tick(machine.clock(self.now), reports, machine.spec.hidden);
        self.act(device);
        self.queue.push(self.now + BEAT, Event::Heartbeat(device));
        self.look_at_device(device, true);
    }

    /// Does what a device wants done.
    pub(crate) fn act(&mut self, device: usize) {
        while let Some(action) = self.machines[device].device.poll() {
            match action {
                DeviceAction::Server(message) => self.up(device, Up::Control(message)),
                DeviceAction::Answer { frame, epoch, answer } => {
                    self.up(device, Up::Answer(frame, epoch, answer));
                }
                DeviceAction::Frame { to, bytes } => self.send(device, to, bytes),
                DeviceAction::WhenSent { to, sending } => {
                    let left = self.machines[device].left.max(self.now);
                    self.queue.push(left, Event::Sent(device, to, sending));
                }
                DeviceAction::Job(job) => self.job(device, job),
                DeviceAction::GiveUp => self.give_up(device),
                DeviceAction::FetchAhead { file, .. } => self.fetch_ahead(device, file),
                DeviceAction::StopAhead => self.stop_ahead(device),
                DeviceAction::FetchModel { id } => {
                    let time = self.now + 2.0 * self.network.latency;
                    self.queue.push(time, Event::Model(device, id));
                }
                DeviceAction::Connect { peer, relay, .. } => self.connect(device, peer, relay),
                DeviceAction::Measure { peer } => self.measure_link(device, peer),
                DeviceAction::Forget { peer } => {
                    self.machines[device].links.remove(&peer);
                }
                // A simulated link needs no signals, and nobody looks at the page.
                DeviceAction::Signal { .. }
                | DeviceAction::Refused { .. }
                | DeviceAction::Room(_)
                | DeviceAction::Part(_) => {}
            }
        }
        self.look_at_device(device, false);
    }

    fn job(&mut self, device: usize, job: Job) {
        let fetching = self.fetching(device, &job);
        let machine = &mut self.machines[device];
        if !machine.busy.insert(job.lane()) {
            self.violations.push(format!("device {device} was given a job while it has one"));
        }
        if let Job::Cut { epoch, frame, .. } = job
            && self.unreadable.contains(&frame)
        {
            let message = "it is no picture".into();
            let (lane, epoch, frame) = (Lane::Source, Some(epoch), Some(frame));
            let failed = Outcome::Failed { lane, epoch, frame, message };
            let time = self.now + machine.spec.source;
            return self.queue.push(time, Event::Worker(device, machine.jobs, failed));
        }
        machine.jobs += u64::from(job.lane() == Lane::Tiles);
        let place = match job {
            Job::Compute { epoch, frame, stage, tile, .. } => Some((epoch, frame, (stage, tile))),
            _ => None,
        };
        let work = machine.worker.run(&machine.spec, job, fetching);
        self.violations.extend(work.violations);
        self.lies.extend(work.lies);
        for (seconds, outcome) in work.outcomes {
            if let (Outcome::Computed { .. }, Some((epoch, frame, place))) = (&outcome, place) {
                machine.computed += seconds;
                machine.tile = Some(Tile { begun: self.now, seconds, epoch, frame, place });
            }
            self.queue.push(self.now + seconds, Event::Worker(device, machine.jobs, outcome));
        }
    }

    fn pair(&self, device: usize, peer: DeviceId) -> Option<(usize, usize)> {
        let peer = self.by_id.get(&peer).copied()?;
        Some((device.min(peer), device.max(peer)))
    }

    fn connect(&mut self, device: usize, peer: DeviceId, relay: bool) {
        let Some(pair) = self.pair(device, peer) else { return };
        let (via, seconds) = match (relay, self.broken.contains(&pair)) {
            (true, _) => (Via::Relayed, 2.0 * self.network.latency),
            (false, true) => (Via::Relayed, self.network.fallback),
            (false, false) => (Via::Direct, self.network.connect),
        };
        self.queue.push(self.now + seconds, Event::Link(device, peer, via));
    }

    /// A device's link to a peer stands, one way or the other.
    pub(crate) fn linked(&mut self, device: usize, peer: DeviceId, via: Via) {
        if !self.alive(device) || !self.by_id.contains_key(&peer) {
            return;
        }
        if via == Via::Direct
            && self.pair(device, peer).is_some_and(|pair| self.broken.contains(&pair))
        {
            // It broke before it stood.
            let time = self.now + self.network.fallback;
            return self.queue.push(time, Event::Link(device, peer, Via::Relayed));
        }
        let machine = &mut self.machines[device];
        let link = machine.links.entry(peer).or_insert(Link::new(via));
        if link.via != via {
            (link.via, link.measured) = (via, None);
        }
        if let Some(report) = self.link_report(device, peer) {
            self.up(device, Up::Control(ToServer::Link(report)));
        }
    }

    /// The link of a device to a peer as the device knows it.
    pub(crate) fn link_report(&self, device: usize, peer: DeviceId) -> Option<LinkReport> {
        let link = self.machines[device].links.get(&peer)?;
        Some(LinkReport {
            peer,
            via: link.via,
            round_trip: link.measured.map(|(round_trip, _)| round_trip),
            bandwidth: link.measured.map(|(_, rate)| rate),
            sent: link.sent,
            received: link.received,
            // As its own clock has it.
            waited: self.machines[device].clock.1 * link.waits.by(self.now),
        })
    }

    /// Sends a tensor frame by the link there is, by way of the server where there is none.
    pub(crate) fn send(&mut self, from: usize, to: DeviceId, bytes: Vec<u8>) {
        let Some(peer) = self.by_id.get(&to).copied() else { return };
        let via = match self.machines[from].links.get_mut(&to) {
            Some(link) => {
                link.sent += bytes.len() as u64;
                link.waits.begin(self.now);
                link.via
            }
            None => Via::Relayed,
        };
        let hops = if via == Via::Direct { 1.0 } else { 2.0 };
        let away = hops * self.network.latency;
        let Passage { begins, left } = self.lines.send(self.now, from, bytes.len() as f64);
        self.machines[from].left = left;
        let tensor = Tensor { from, to: peer, left, via, bytes };
        self.travel(tensor, begins + away, left + away);
    }

    /// All that a device gave for a peer has left.
    pub(crate) fn sent(&mut self, device: usize, peer: DeviceId, sending: Sending) {
        if self.alive(device) {
            let machine = &mut self.machines[device];
            machine.device.sent(machine.clock(self.now), peer, sending);
            self.act(device);
        }
    }

    /// The first byte of a tensor frame has come: it takes its turn on the receiver's line.
    pub(crate) fn begun(&mut self, tensor: Tensor, soonest: f64) {
        let bytes = tensor.bytes.len() as f64;
        let (_, arrives) = self.lines.receive(self.now, tensor.to, bytes, soonest);
        let peer = self.machines[tensor.to].id;
        let hops = if tensor.via == Via::Direct { 1.0 } else { 2.0 };
        let (now, until) = (self.now, arrives - hops * self.network.latency);
        if let Some(link) = peer.and_then(|peer| self.machines[tensor.from].links.get_mut(&peer)) {
            link.waits.end(now, until);
        }
        self.queue.push(arrives, Event::Tensor(tensor));
    }

    /// A tensor frame arrives, unless its sender died before it had left.
    pub(crate) fn tensor(&mut self, mut tensor: Tensor) {
        let (from, to) = (tensor.from, tensor.to);
        if !self.alive(to) || !self.machines[from].alive_at(tensor.left) {
            return;
        }
        let (Some(sender), Some(receiver)) = (self.machines[from].id, self.machines[to].id) else {
            return;
        };
        if tensor.via == Via::Direct && self.broken.contains(&(from.min(to), from.max(to))) {
            // Links confirm what arrived: the sender gives the rest to the relay.
            tensor.via = Via::Relayed;
            tensor.left = self.now + self.network.fallback;
            let time = tensor.left + 2.0 * self.network.latency;
            return self.queue.push(time, Event::Tensor(tensor));
        }
        if tensor.via == Via::Relayed && !self.coordinator.may_relay(sender, receiver) {
            return;
        }
        let machine = &mut self.machines[to];
        if let Some(link) = machine.links.get_mut(&sender) {
            link.received += tensor.bytes.len() as u64;
        }
        machine.device.frame(machine.clock(self.now), sender, &tensor.bytes);
        self.act(to);
    }
}
