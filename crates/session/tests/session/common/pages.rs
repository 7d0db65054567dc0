//! Pages that measure their links when they are told to.

use super::{Hall, benchmark, hello, link};
use convoy_plan::{DeviceId, Link};
use convoy_wire::{Epoch, LinkReport, Stats, ToDevice, ToServer};
use std::collections::{BTreeMap, BTreeSet};

/// A link that stands and was not measured.
fn stands(peer: DeviceId) -> ToServer {
    ToServer::Link(LinkReport { round_trip: None, bandwidth: None, ..link(peer) })
}

/// Pages that measure as they are told to, each over a line of its own.
pub(crate) struct Pages {
    pub(crate) hall: Hall,
    pub(crate) ids: Vec<DeviceId>,
    pub(crate) lines: BTreeMap<DeviceId, Link>,
    /// What all share beside their lines, in bytes a second.
    pub(crate) medium: f64,
    /// Who measures the link to whom, and until when.
    pub(crate) turns: BTreeMap<(DeviceId, DeviceId), f64>,
    /// Seconds that a measurement takes.
    pub(crate) seconds: f64,
    /// Links that were measured, in their order, and when.
    pub(crate) measured: Vec<(f64, (DeviceId, DeviceId))>,
    pub(crate) heard: usize,
    /// Links that slices pass by: bytes a second, and the part of the time for which bytes wait.
    pub(crate) flows: BTreeMap<(DeviceId, DeviceId), (f64, f64)>,
    /// What has passed so far: bytes, and seconds of waiting.
    pub(crate) passed: BTreeMap<(DeviceId, DeviceId), (f64, f64)>,
    pub(crate) hidden: BTreeSet<DeviceId>,
}

impl Pages {
    /// Pages of these lines that are all connected now; nothing is measured.
    pub(crate) fn new(lines: &[(f64, f64)], seconds: f64) -> Self {
        let mut hall = Hall::new();
        let ids: Vec<DeviceId> =
            (0..lines.len()).map(|index| hall.join(hello(), &format!("machine {index}"))).collect();
        ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
        for id in &ids {
            for peer in ids.iter().filter(|peer| *peer != id) {
                hall.say(*id, stands(*peer));
            }
        }
        let lines = lines.iter().map(|(up, down)| Link { up: *up, down: *down });
        let lines = ids.iter().copied().zip(lines).collect();
        let (turns, measured, hidden) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        let (flows, passed) = (BTreeMap::new(), BTreeMap::new());
        let (medium, heard) = (f64::INFINITY, 0);
        Self { hall, ids, lines, medium, turns, seconds, measured, heard, flows, passed, hidden }
    }

    /// Takes in what pages were told: nobody measures two links at once, but for the two directions of one.
    pub(crate) fn hear(&mut self) {
        // The room waits for nobody longer than three seconds.
        let (now, seconds) = (self.hall.now, self.seconds);
        self.turns.retain(|_, ends| now - (*ends - seconds) <= 3.0);
        let told = self.hall.sent[self.heard..].iter();
        let told = told.filter_map(|(from, message)| match message {
            ToDevice::Measure { peer } => Some((*from, *peer)),
            _ => None,
        });
        for (from, to) in told.collect::<Vec<_>>() {
            let others = self.turns.keys().filter(|way| **way != (to, from));
            let mut busy: BTreeSet<DeviceId> = others.flat_map(|(from, to)| [*from, *to]).collect();
            assert!(busy.insert(from) && busy.insert(to), "{from} and {to}: {:?}", self.turns);
            self.turns.insert((from, to), self.hall.now + self.seconds);
        }
        self.heard = self.hall.sent.len();
    }

    /// What a page tells of itself; of its links only where something has passed.
    fn stats(&self, id: DeviceId) -> Stats {
        let passed = |from, to| self.passed.get(&(from, to)).copied().unwrap_or_default();
        let report = |peer: &DeviceId| {
            let ((sent, waited), (received, _)) = (passed(id, *peer), passed(*peer, id));
            let (sent, received) = (sent as u64, received as u64);
            LinkReport { sent, received, waited, ..link(*peer) }
        };
        let peers = self.ids.iter().filter(|peer| **peer != id && !self.passed.is_empty());
        let (links, hidden) = (peers.map(report).collect(), self.hidden.contains(&id));
        Stats { links, hidden, ..Stats::default() }
    }

    /// Lets time pass up to `end`, or until a plan is there.
    pub(crate) fn run(&mut self, end: f64, until_a_plan: bool) {
        while self.hall.now < end && !(until_a_plan && self.has_plan()) {
            self.hear();
            let next = self.turns.iter().min_by(|a, b| a.1.total_cmp(b.1));
            let next = next.map(|(way, at)| (*way, *at));
            let tick = (self.hall.now / 0.25).floor().mul_add(0.25, 0.25);
            match next.filter(|(_, at)| *at <= tick) {
                Some(((from, to), at)) => {
                    self.hall.now = at.max(self.hall.now);
                    let rate = self.lines[&from].up.min(self.lines[&to].down);
                    let beside = self.beside(at);
                    let rate = rate.min(self.medium / beside as f64);
                    self.turns.remove(&(from, to));
                    self.measured.push((self.hall.now, (from, to)));
                    let report = LinkReport { bandwidth: Some(rate), ..link(to) };
                    self.hall.say(from, ToServer::Link(report));
                }
                None => {
                    let seconds = tick - self.hall.now;
                    self.hall.now = tick;
                    for (way, (rate, waits)) in &self.flows {
                        let passed = self.passed.entry(*way).or_default();
                        *passed = (passed.0 + rate * seconds, passed.1 + waits * seconds);
                    }
                    for id in self.ids.clone() {
                        let stats = self.stats(id);
                        self.hall.say(id, ToServer::Stats(stats));
                    }
                    self.hall.coordinator.tick(tick);
                    self.hall.drain();
                    if !until_a_plan && self.has_plan() {
                        self.hall.all_ready();
                    }
                }
            }
        }
        self.hear();
    }

    /// How many links are measured at once that are measured until `at`, those that have just told included.
    fn beside(&self, at: f64) -> usize {
        let told = self.measured.iter().filter(|(then, _)| (then - at).abs() < 1e-9).count();
        let with = self.turns.values().filter(|ends| (**ends - at).abs() < 1e-9).count();
        told + with
    }

    pub(crate) fn has_plan(&self) -> bool {
        !self.hall.told_to_prepare(Epoch(1)).is_empty()
    }

    /// One more page that is connected to all others now.
    pub(crate) fn join(&mut self, up: f64, down: f64) -> DeviceId {
        let id = self.hall.join(hello(), &format!("machine {}", self.hall.now));
        self.hall.say(id, ToServer::Benchmarked(benchmark()));
        for peer in self.ids.clone() {
            self.hall.say(id, stands(peer));
            self.hall.say(peer, stands(id));
        }
        self.ids.push(id);
        self.lines.insert(id, Link { up, down });
        id
    }

    pub(crate) fn leave(&mut self, index: usize) {
        let id = self.ids.remove(index);
        self.turns.retain(|(from, to), _| *from != id && *to != id);
        self.hall.leave(id);
    }

    /// Up and down in bytes a second, as the room takes a page's line.
    pub(crate) fn line(&self, id: DeviceId) -> (Option<f64>, Option<f64>) {
        let state = self.hall.state();
        let devices = state["devices"].as_array().unwrap();
        let device = devices.iter().find(|device| device["id"] == id.0).unwrap();
        let bytes = |what: &str| device["line"][what].as_f64().map(|mbit| mbit / 8.0 * 1e6);
        (bytes("up_mbit"), bytes("down_mbit"))
    }
}
