//! Links are measured in turn, and a plan waits for that but not for long.

use crate::common::link;
use crate::common::pages::Pages;
use convoy_plan::{DeviceId, Link};
use convoy_wire::{Epoch, LinkReport, Stats, ToDevice, ToServer};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn about(found: Option<f64>, real: f64) -> bool {
    found.is_some_and(|found| (found / real - 1.0).abs() < 1e-6)
}

#[test]
fn eight_pages_of_one_line_are_measured_as_fast_as_two_and_planned_for_soon() {
    for count in [2, 4, 8] {
        let mut pages = Pages::new(&vec![(6.25e6, 6.25e6); count], 0.2);
        pages.run(20.0, true);
        assert!(pages.has_plan());
        // Up to four pairs, each alone and then all at once, whether they share a medium; three partners in both
        // directions, one after another, and some waiting for a partner.
        assert!(pages.hall.now <= 0.2 * 15.0, "{count}: {}", pages.hall.now);
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
    // Six ways, each twice, and one once more by which it is asked whether there is a medium.
    assert_eq!(pages.hall.sent.iter().filter(asked).count(), 13);
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
    assert_eq!((ways.len(), pages.measured.len()), (56, 60), "each way once, and four at once");
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
    assert_eq!(pages.measured.len(), 4, "each way alone, and both at once");
    let via = convoy_wire::Via::Relayed;
    let report = LinkReport { via, round_trip: None, bandwidth: None, ..link(pages.ids[1]) };
    pages.hall.say(pages.ids[0], ToServer::Link(report));
    pages.lines.insert(pages.ids[0], Link { up: 3e5, down: 3e5 });
    pages.run(6.0, false);
    assert_eq!(pages.measured.len(), 5);
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
