//! A line that becomes slow: the room notices it by its answers, measures, blames the right page, plans around
//! it, and finds out when the line is itself again.
#![allow(clippy::print_stdout, reason = "it tells how long it took")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::{all_answered, room};
use convoy_session::Limits;
use convoy_sim::{Rng, Room};

/// Mbit/s of the common line.
const LINE: f64 = 100.0;

fn counter(room: &Room, name: &str) -> u64 {
    room.state()["counters"][name].as_u64().unwrap()
}

/// Mbit/s that the room takes a device's line for, the slower direction.
fn line(room: &Room, device: usize) -> f64 {
    let (id, state) = (room.id(device).unwrap(), room.state());
    let devices = state["devices"].as_array().unwrap();
    let line = &devices.iter().find(|device| device["id"] == id.0).unwrap()["line"];
    line["up_mbit"].as_f64().unwrap().min(line["down_mbit"].as_f64().unwrap())
}

/// Runs until something is so, at most until `limit`; when it was.
fn when(room: &mut Room, limit: f64, is_so: impl Fn(&Room) -> bool) -> Option<f64> {
    while room.now() < limit {
        if is_so(room) {
            return Some(room.now());
        }
        room.run_until(room.now() + 0.1);
    }
    None
}

/// A room with a picture every two periods from second 5 to 60, and how many devices it has.
fn steady(seed: u64) -> (Room, usize) {
    let count = 3 + (seed % 3) as usize;
    let mut trial = room(seed, count);
    trial.run_until(4.0);
    let period = trial.plans().values().next_back().unwrap().predicted.period;
    let mut room = room(seed, count);
    room.set_limits(Limits { waiting: 1000, ..Limits::default() });
    for picture in 0..(55.0 / (2.0 * period)) as u32 {
        room.submit_at(5.0 + 2.0 * period * f64::from(picture));
    }
    (room, count)
}

/// A device with a part in the newest plan of a room.
fn who_works(room: &Room, rng: &mut Rng, count: usize) -> usize {
    let plan = room.plans().values().next_back().unwrap();
    let works = |index: &usize| {
        let id = room.id(*index).unwrap();
        plan.stages.iter().any(|stage| stage.tiles.iter().any(|tile| tile.device == id))
    };
    let working: Vec<usize> = (0..count).filter(works).collect();
    working[rng.below(working.len())]
}

#[test]
fn eight_pages_are_measured_as_fast_as_two_and_planned_for_within_five_seconds() {
    for count in [2, 4, 8] {
        let mut room = room(1, count);
        let time = when(&mut room, 8.0, |room| !room.plans().is_empty()).unwrap();
        println!("{count} pages: planned for after {time:.1} s");
        // A second of measuring themselves, and 0.3 s to connect.
        assert!(time <= 1.4 + 5.0, "{count}: {time}");
        for device in 0..count {
            assert!((line(&room, device) / LINE - 1.0).abs() < 0.02, "{}", line(&room, device));
        }
    }
}

#[test]
fn a_line_that_becomes_slow_is_found_and_nobody_else_is_blamed() {
    let (mut noticed, mut around) = (Vec::new(), 0);
    for seed in 0..8 {
        let (mut room, count) = steady(seed);
        room.run_until(12.0);
        let (mut rng, epoch) = (Rng::new(seed), room.plans().len());
        let slow = who_works(&room, &mut rng, count);
        let times = rng.between(0.004, 0.01);
        room.line_at(12.0, slow, times);
        let found = when(&mut room, 50.0, |room| line(room, slow) < 0.2 * LINE);
        let found = found.unwrap_or_else(|| panic!("seed {seed}: {:#}", room.state()));
        assert!((line(&room, slow) / (times * LINE) - 1.0).abs() < 0.5, "seed {seed}");
        for other in (0..count).filter(|other| *other != slow) {
            assert!(line(&room, other) > 0.6 * LINE, "seed {seed}: {other} is blamed");
        }
        // Seven late answers, ten seconds to be rid of what is under way, five to measure.
        assert!(found - 12.0 <= 30.0, "seed {seed}: {}", found - 12.0);
        noticed.push(found - 12.0);
        let planned = when(&mut room, 60.0, |room| room.plans().len() > epoch);
        around += usize::from(planned.is_some());
        all_answered(&mut room, 400.0);
    }
    noticed.sort_by(f64::total_cmp);
    println!("found after {noticed:.1?} s, planned around in {around} of {}", noticed.len());
    assert!(around + 2 >= noticed.len(), "{around}");
}

#[test]
fn a_line_that_is_itself_again_is_found_so() {
    let (mut room, count) = steady(1);
    room.run_until(12.0);
    let slow = who_works(&room, &mut Rng::new(1), count);
    room.line_at(12.0, slow, 0.006);
    room.line_at(45.0, slow, 1.0);
    assert!(when(&mut room, 45.0, |room| line(room, slow) < 0.2 * LINE).is_some());
    let back = when(&mut room, 400.0, |room| line(room, slow) > 0.8 * LINE).unwrap();
    println!("found to be itself again after {:.0} s", back - 45.0);
    all_answered(&mut room, 500.0);
}

#[test]
fn a_steady_room_never_looks() {
    for seed in 0..4 {
        let (mut room, _) = steady(seed);
        all_answered(&mut room, 200.0);
        assert_eq!((counter(&room, "looks"), counter(&room, "drifts")), (0, 0), "seed {seed}");
    }
}
