//! Devices that become slow, as hot phones and hidden tabs do: noticed in the times of their tiles within
//! a stated number of frames, planned around while the present plan goes on, and planned for again.
#![allow(clippy::print_stdout, reason = "it tells how long it took")]

use crate::common::{all_answered, room, when};
use convoy_plan::{DeviceId, Plan};
use convoy_session::Limits;
use convoy_sim::{Rng, Room};

/// A room with so many pictures a second, once it runs.
fn steady(seed: u64, devices: usize, rate: f64, seconds: f64) -> Room {
    let mut room = room(seed, devices);
    // A room that has become slower takes all the same what comes.
    room.set_limits(Limits { waiting: 1000, ..Limits::default() });
    for picture in 0..(rate * seconds) as u32 {
        room.submit_at(5.0 + f64::from(picture) / rate);
    }
    room
}

fn device(room: &Room, device: usize) -> serde_json::Value {
    let (id, state) = (room.id(device).unwrap(), room.state());
    let devices = state["devices"].as_array().unwrap();
    devices.iter().find(|device| device["id"] == id.0).unwrap().clone()
}

/// Which part of its measured speed the room counts on.
fn speed(room: &Room, index: usize) -> f64 {
    device(room, index)["speed"].as_f64().unwrap()
}

fn counter(room: &Room, name: &str) -> u64 {
    room.state()["counters"][name].as_u64().unwrap()
}

/// The number of the plan that runs.
fn running(room: &Room) -> u64 {
    room.state()["plan"]["epoch"].as_u64().unwrap()
}

fn newest(room: &Room) -> &Plan {
    room.plans().values().next_back().unwrap()
}

/// Which part of a plan's work a device has.
fn share(plan: &Plan, device: DeviceId) -> f64 {
    let tiles = || plan.stages.iter().flat_map(|stage| &stage.tiles);
    let own = tiles().filter(|tile| tile.device == device).map(|tile| tile.macs).sum::<u64>();
    own as f64 / tiles().map(|tile| tile.macs).sum::<u64>() as f64
}

fn predicted(room: &Room) -> f64 {
    newest(room).predicted.period
}

/// A room at half of what its plan bears, in which device `slow` takes `times` as long from second
/// 12 on.
fn slowed(seed: u64) -> (Room, usize, f64) {
    let mut rng = Rng::new(seed);
    let count = 3 + rng.below(4);
    let mut trial = room(seed, count);
    trial.run_until(4.0);
    let mut room = steady(seed, count, 0.5 / predicted(&trial), 40.0);
    let (slow, times) = (rng.below(count), rng.between(2.0, 6.0));
    room.slow_down_at(12.0, slow, times);
    (room, slow, times)
}

#[test]
fn a_device_that_becomes_slow_gets_less_to_do_and_nothing_is_begun_twice() {
    let (mut noticed, mut around) = (Vec::new(), Vec::new());
    for seed in 0..20 {
        let (mut room, slow, times) = slowed(seed);
        room.run_until(12.0);
        let (id, period) = (room.id(slow).unwrap(), predicted(&room));
        let (epoch, before) = (running(&room), share(newest(&room), id));
        assert!(before > 0.0, "seed {seed}: {id} has nothing to do");
        let seconds = when(&mut room, 40.0, |room| speed(room, slow) < 0.7);
        let seconds = seconds.unwrap_or_else(|| panic!("seed {seed}: not noticed")) - 12.0;
        assert!((speed(&room, slow) * times - 1.0).abs() < 0.35, "seed {seed}: {times}");
        // Pictures come every two periods: four of them, the one under way, and the message; and a heartbeat, with which
        // devices here tell what they have done.
        let most = (f64::max(2.0, times) * 5.0 + 2.0) * period + 0.5;
        assert!(seconds <= most, "seed {seed}: {seconds} s at {period} s");
        noticed.push(seconds / period);
        // Unless no other plan is clearly better.
        if let Some(time) = when(&mut room, 20.0, |room| running(room) > epoch) {
            assert!(share(newest(&room), id) < before, "seed {seed}");
            assert_eq!(counter(&room, "drifts"), 1, "seed {seed}");
            around.push((time - 12.0) / period);
        }
        let report = all_answered(&mut room, 200.0);
        assert_eq!(report.replayed, 0, "seed {seed}");
    }
    assert!(around.len() >= 18, "{around:?}");
    print("noticed", noticed);
    print("planned around", around);
}

/// Says how many periods something took.
fn print(what: &str, mut periods: Vec<f64>) {
    periods.sort_by(f64::total_cmp);
    let Some(most) = periods.last() else { return };
    let (count, median) = (periods.len(), periods[periods.len() / 2]);
    println!("{what} after {median:.1} periods, at most {most:.1}, in {count} rooms");
}

#[test]
fn a_device_that_is_itself_again_gets_its_part_again() {
    for seed in 0..12 {
        let (mut room, slow, _) = slowed(seed);
        room.slow_down_at(30.0, slow, 1.0);
        room.run_until(29.9);
        let id = room.id(slow).unwrap();
        let (less, has_tile) = (share(newest(&room), id), share(newest(&room), id) > 0.0);
        // Without a tile it is measured again once a minute.
        let limit = if has_tile { 45.0 } else { 100.0 };
        let back = when(&mut room, limit, |room| speed(room, slow) > 0.9);
        assert!(back.is_some(), "seed {seed}: {:#}", room.state());
        room.run_until(room.now() + 3.0);
        assert!(share(newest(&room), id) >= less, "seed {seed}");
        assert!(counter(&room, "drifts") <= 3, "seed {seed}");
        all_answered(&mut room, 200.0);
    }
}

#[test]
fn noise_of_thirty_percent_changes_no_plan() {
    for seed in 0..20 {
        let mut room = steady(seed, 4, 10.0, 40.0);
        let mut rng = Rng::new(seed);
        for step in 0..800 {
            for index in 0..4 {
                room.slow_down_at(5.0 + 0.05 * f64::from(step), index, rng.between(0.7, 1.3));
            }
        }
        let report = all_answered(&mut room, 100.0);
        assert_eq!((counter(&room, "drifts"), report.epoch), (0, 1), "seed {seed}");
    }
}

#[test]
fn where_all_become_slow_alike_there_is_nothing_to_plan_around() {
    for seed in 0..10 {
        let mut room = steady(seed, 4, 4.0, 40.0);
        for index in 0..4 {
            room.slow_down_at(12.0, index, 2.5);
        }
        room.run_until(40.0);
        assert!((0..4).all(|index| speed(&room, index) < 0.6), "seed {seed}");
        // One after another is noticed, so there may be a plan for some of them and one for all.
        assert!(counter(&room, "drifts") <= 2, "seed {seed}: {}", counter(&room, "drifts"));
        all_answered(&mut room, 200.0);
    }
}

#[test]
fn a_device_that_is_slow_and_fast_by_turns_is_planned_for_less_and_less_often() {
    for seed in 0..10 {
        let mut room = steady(seed, 4, 6.0, 240.0);
        for turn in 0..30 {
            room.slow_down_at(
                10.0 + 8.0 * f64::from(turn),
                1,
                if turn % 2 == 0 { 4.0 } else { 1.0 },
            );
        }
        let report = all_answered(&mut room, 400.0);
        assert!(counter(&room, "drifts") >= 2, "seed {seed}");
        // After 5, 10, 20, 40, 80, 160 seconds.
        assert!(counter(&room, "drifts") <= 7, "seed {seed}: {}", counter(&room, "drifts"));
        assert_eq!(report.replayed, 0, "seed {seed}");
    }
}
