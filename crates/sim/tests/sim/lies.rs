//! Liars are found by spot checks, and nobody else is.

use crate::common::{devices, room, small};
use convoy_sim::{NetworkSpec, Room};

/// Pictures come in for a while, one every 0.4 s.
fn pictures(room: &mut Room, from: f64, count: u32) {
    (0..count).for_each(|index| {
        room.submit_at(from + 0.4 * f64::from(index));
    });
}

fn quarantined(room: &Room) -> Vec<String> {
    let state = room.state();
    let devices = state["devices"].as_array().unwrap().iter();
    let quarantined = devices.filter(|device| device["state"] == "quarantined");
    quarantined.map(|device| device["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_liar_is_found_by_the_first_check_of_its_tile_and_answers_are_right_again() {
    for seed in 0..8 {
        let mut room = room(seed, 4);
        room.watch();
        room.set_checks(1.0);
        room.lie_at(0.0, 2, 1e6);
        pictures(&mut room, 5.0, 40);
        room.settle(200.0);
        let report = room.report();
        assert_eq!(report.violations, Vec::<String>::new(), "seed {seed}");
        assert_eq!(quarantined(&room), ["device 2"], "seed {seed}");
        let checked = room.state()["counters"]["checked"].as_u64().unwrap();
        assert!(checked >= 1, "seed {seed}");
        // From here on every answer must be the right one: the oracle allows wrong ones of liars only.
        let before = room.coverage("wrong answer of a liar");
        let from = room.now() + 1.0;
        pictures(&mut room, from, 10);
        room.settle(from + 100.0);
        assert_eq!(room.coverage("wrong answer of a liar"), before, "seed {seed}");
        assert_eq!(room.report().answered, 50, "seed {seed}");
    }
}

#[test]
fn few_checks_take_longer_and_find_it_as_surely() {
    let mut room = room(3, 4);
    room.watch();
    room.set_checks(1.0 / 16.0);
    room.lie_at(0.0, 1, 1e6);
    pictures(&mut room, 5.0, 400);
    room.settle(600.0);
    assert_eq!(room.report().violations, Vec::<String>::new());
    assert_eq!(quarantined(&room), ["device 1"]);
}

#[test]
fn an_honest_room_is_checked_and_nobody_is_suspected() {
    let mut room = room(5, 5);
    room.watch();
    room.set_checks(1.0);
    pictures(&mut room, 5.0, 40);
    room.settle(200.0);
    let report = room.report();
    assert_eq!((report.answered, report.violations.len()), (40, 0));
    assert_eq!(quarantined(&room), Vec::<String>::new());
    let counters = room.state()["counters"].clone();
    assert!(counters["checked"].as_u64() > Some(10), "{counters}");
}

#[test]
fn a_liar_that_is_loaded_anew_stays_quarantined_and_so_it_does_where_the_server_is() {
    let mut room = room(2, 4);
    room.watch();
    room.set_checks(1.0);
    room.lie_at(0.0, 3, 1e6);
    pictures(&mut room, 5.0, 40);
    room.settle(100.0);
    assert_eq!(quarantined(&room), ["device 3"]);
    room.reload_at(room.now() + 1.0, 3, 2.0);
    room.run_until(room.now() + 10.0);
    assert_eq!(quarantined(&room), ["device 3"]);
    room.restart_at(room.now() + 1.0, 2.0);
    room.run_until(room.now() + 30.0);
    assert_eq!(quarantined(&room), ["device 3"]);
    let from = room.now() + 1.0;
    pictures(&mut room, from, 5);
    room.settle(from + 100.0);
    assert_eq!(room.report().violations, Vec::<String>::new());
}

#[test]
fn two_pages_alone_contradict_each_other_in_vain() {
    let network = NetworkSpec::default();
    let mut room = Room::new(1, &small("small"), "pico", devices(2), network);
    room.watch();
    room.set_checks(1.0);
    room.lie_at(0.0, 1, 1e6);
    pictures(&mut room, 5.0, 20);
    room.settle(100.0);
    assert_eq!(quarantined(&room), Vec::<String>::new());
    assert!(room.state()["counters"]["unsettled"].as_u64() > Some(0));
}
