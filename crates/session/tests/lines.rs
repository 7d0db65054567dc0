//! Links are measured in turn, and a plan waits for that but not for long.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::{Hall, benchmark, hello, link};
use convoy_plan::{DeviceId, Link};
use convoy_wire::{Epoch, LinkReport, Stats, ToDevice, ToServer};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A link that stands and was not measured.
fn stands(peer: DeviceId) -> ToServer {
    ToServer::Link(LinkReport { round_trip: None, bandwidth: None, ..link(peer) })
}

/// Pages that measure as they are told to, each over a line of its own.
struct Pages {
    hall: Hall,
    ids: Vec<DeviceId>,
    lines: BTreeMap<DeviceId, Link>,
    /// Who measures the link to whom, and until when.
    turns: BTreeMap<(DeviceId, DeviceId), f64>,
    /// Seconds that a measurement takes.
    seconds: f64,
    /// Links that were measured, in their order, and when.
    measured: Vec<(f64, (DeviceId, DeviceId))>,
    heard: usize,
}

impl Pages {
    /// Pages of these lines that are all connected now; nothing is measured.
    fn new(lines: &[(f64, f64)], seconds: f64) -> Self {
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
        let (turns, measured) = (BTreeMap::new(), Vec::new());
        Self { hall, ids, lines, turns, seconds, measured, heard: 0 }
    }

    /// Takes in what pages were told: nobody measures two links at once, in whichever direction.
    fn hear(&mut self) {
        // The room waits for nobody longer than three seconds.
        let (now, seconds) = (self.hall.now, self.seconds);
        self.turns.retain(|_, ends| now - (*ends - seconds) <= 3.0);
        let told = self.hall.sent[self.heard..].iter();
        let told = told.filter_map(|(from, message)| match message {
            ToDevice::Measure { peer } => Some((*from, *peer)),
            _ => None,
        });
        for (from, to) in told.collect::<Vec<_>>() {
            let mut busy: BTreeSet<DeviceId> =
                self.turns.keys().flat_map(|(from, to)| [*from, *to]).collect();
            assert!(busy.insert(from) && busy.insert(to), "{from} and {to}: {:?}", self.turns);
            self.turns.insert((from, to), self.hall.now + self.seconds);
        }
        self.heard = self.hall.sent.len();
    }

    /// Lets time pass up to `end`, or until a plan is there.
    fn run(&mut self, end: f64, until_a_plan: bool) {
        while self.hall.now < end && !(until_a_plan && self.has_plan()) {
            self.hear();
            let next = self.turns.iter().min_by(|a, b| a.1.total_cmp(b.1));
            let next = next.map(|(way, at)| (*way, *at));
            let tick = (self.hall.now / 0.25).floor().mul_add(0.25, 0.25);
            match next.filter(|(_, at)| *at <= tick) {
                Some(((from, to), at)) => {
                    self.hall.now = at.max(self.hall.now);
                    self.turns.remove(&(from, to));
                    self.measured.push((self.hall.now, (from, to)));
                    let rate = self.lines[&from].up.min(self.lines[&to].down);
                    let report = LinkReport { bandwidth: Some(rate), ..link(to) };
                    self.hall.say(from, ToServer::Link(report));
                }
                None => {
                    self.hall.now = tick;
                    for id in self.ids.clone() {
                        self.hall.say(id, ToServer::Stats(Stats::default()));
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

    fn has_plan(&self) -> bool {
        !self.hall.told_to_prepare(Epoch(1)).is_empty()
    }

    fn leave(&mut self, index: usize) {
        let id = self.ids.remove(index);
        self.turns.retain(|(from, to), _| *from != id && *to != id);
        self.hall.leave(id);
    }

    /// Up and down in bytes a second, as the room takes a page's line.
    fn line(&self, id: DeviceId) -> (Option<f64>, Option<f64>) {
        let state = self.hall.state();
        let devices = state["devices"].as_array().unwrap();
        let device = devices.iter().find(|device| device["id"] == id.0).unwrap();
        let bytes = |what: &str| device["line"][what].as_f64().map(|mbit| mbit / 8.0 * 1e6);
        (bytes("up_mbit"), bytes("down_mbit"))
    }
}

fn about(found: Option<f64>, real: f64) -> bool {
    found.is_some_and(|found| (found / real - 1.0).abs() < 1e-6)
}

#[test]
fn eight_pages_of_one_line_are_measured_as_fast_as_two_and_planned_for_soon() {
    for count in [2, 4, 8] {
        let mut pages = Pages::new(&vec![(6.25e6, 6.25e6); count], 0.2);
        pages.run(20.0, true);
        assert!(pages.has_plan());
        // Three partners in both directions, one after another, and some waiting for a partner.
        assert!(pages.hall.now <= 0.2 * 10.0, "{count}: {}", pages.hall.now);
        for id in pages.ids.clone() {
            let (up, down) = pages.line(id);
            assert!(about(up, 6.25e6) && about(down, 6.25e6), "{count}: {id} {up:?} {down:?}");
        }
    }
}

#[test]
fn slow_measurements_keep_nobody_waiting_for_more_than_five_seconds() {
    let mut pages = Pages::new(&[(1e5, 1e5); 8], 2.0);
    pages.run(20.0, true);
    assert!((4.9..=5.6).contains(&pages.hall.now), "{}", pages.hall.now);
}

#[test]
fn pages_that_never_answer_give_their_turn_up_and_are_planned_for() {
    let mut pages = Pages::new(&[(1e6, 1e6); 3], 1e3);
    pages.run(5.6, true);
    assert!(pages.has_plan());
    pages.run(40.0, false);
    let asked = |message: &&(DeviceId, ToDevice)| matches!(message.1, ToDevice::Measure { .. });
    // Six ways, each twice.
    assert_eq!(pages.hall.sent.iter().filter(asked).count(), 12);
}

#[test]
fn the_rest_is_measured_once_nothing_is_under_way() {
    let mut pages = Pages::new(&[(1e6, 1e6); 8], 0.2);
    pages.run(20.0, true);
    let frame = pages.hall.submit().unwrap();
    pages.hall.all_ready();
    let before = pages.measured.len();
    pages.run(pages.hall.now + 3.0, false);
    assert!(pages.measured.len() <= before + 4, "only those under way end");
    let source = pages.hall.images.iter().find(|(_, of)| *of == frame).unwrap().0;
    pages.hall.answer(source, frame, Epoch(1));
    pages.run(pages.hall.now + 10.0, false);
    let ways: BTreeSet<_> = pages.measured.iter().map(|(_, way)| *way).collect();
    assert_eq!((ways.len(), pages.measured.len()), (56, 56), "each way once");
}

#[test]
fn a_hidden_page_is_not_measured_nor_waited_for() {
    let mut pages = Pages::new(&[(1e6, 1e6); 3], 0.2);
    let mut stats = Stats { hidden: true, ..Stats::default() };
    // It is hidden before the others' links stand.
    let hidden = pages.ids.remove(2);
    pages.turns.clear();
    pages.heard = pages.hall.sent.len();
    pages.hall.say(hidden, ToServer::Stats(stats.clone()));
    pages.run(5.0, false);
    let with = |way: &(DeviceId, DeviceId)| way.0 == hidden || way.1 == hidden;
    assert!(!pages.measured.is_empty());
    assert!(!pages.measured.iter().any(|(_, way)| with(way)), "{:?}", pages.measured);
    assert!(pages.has_plan());
    pages.hall.all_ready();
    stats.hidden = false;
    pages.hall.say(hidden, ToServer::Stats(stats));
    pages.ids.push(hidden);
    pages.run(8.0, false);
    assert!(pages.measured.iter().any(|(_, way)| with(way)), "in sight again");
}

#[test]
fn a_link_that_goes_another_way_is_measured_anew() {
    let mut pages = Pages::new(&[(1e6, 1e6); 2], 0.2);
    pages.run(3.0, true);
    pages.hall.all_ready();
    pages.run(4.0, false);
    assert_eq!(pages.measured.len(), 2);
    let via = convoy_wire::Via::Relayed;
    let report = LinkReport { via, round_trip: None, bandwidth: None, ..link(pages.ids[1]) };
    pages.hall.say(pages.ids[0], ToServer::Link(report));
    pages.lines.insert(pages.ids[0], Link { up: 3e5, down: 3e5 });
    pages.run(6.0, false);
    assert_eq!(pages.measured.len(), 3);
    assert!(about(pages.line(pages.ids[0]).0, 3e5));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whoever_leaves_in_the_middle_the_others_are_measured_and_planned_for(
        lines in proptest::collection::vec((1e5..1e7, 1e5..1e7), 2..9),
        seconds in 0.02..0.6,
        leaves in proptest::collection::vec((0_usize..8, 0.0..3.0), 0..4),
    ) {
        let mut pages = Pages::new(&lines, seconds);
        let mut leaves: Vec<(usize, f64)> = leaves;
        leaves.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (index, at) in leaves {
            pages.run(at, false);
            if pages.ids.len() > 2 {
                pages.leave(index % pages.ids.len());
            }
        }
        pages.run(9.0, true);
        prop_assert!(pages.has_plan());
        pages.hall.all_ready();
        pages.run(9.0 + 60.0 * seconds, false);
        let best = |id: DeviceId| {
            let others = || pages.ids.iter().filter(move |other| **other != id);
            let most = |rates: &mut dyn Iterator<Item = f64>| rates.fold(0.0, f64::max);
            let up = most(&mut others().map(|to| pages.lines[&id].up.min(pages.lines[to].down)));
            let down = most(&mut others().map(|from| pages.lines[from].up.min(pages.lines[&id].down)));
            (up, down)
        };
        for id in &pages.ids {
            let ((up, down), (most_up, most_down)) = (pages.line(*id), best(*id));
            prop_assert!(about(up, most_up) && about(down, most_down), "{id}: {up:?} {down:?}");
        }
    }
}
