//! Devices that die in the middle of things: no frame is lost, none is answered twice.

use crate::common::{all_answered, devices, room, small};
use convoy_plan::{DeviceId, Plan};
use convoy_session::FrameError;
use convoy_sim::{DeviceSpec, NetworkSpec, Rng, Room};

fn computes(plan: &Plan, device: DeviceId) -> bool {
    plan.stages.iter().flat_map(|stage| &stage.tiles).any(|tile| tile.device == device)
}

/// The newest plan leaves the device out; it is newer than `epoch` where the device had a tile in that.
fn replanned_without(room: &Room, device: usize, epoch: u32) {
    let (newest, plan) = room.plans().last_key_value().unwrap();
    let id = room.id(device).unwrap();
    assert!(newest.0 >= epoch && !computes(plan, id), "{newest:?} is not without {id}");
    let state = room.state();
    let devices = state["devices"].as_array().unwrap();
    assert!(devices.iter().all(|device| device["id"] != id.0), "{state:#}");
}

/// A room in the middle of its frames: all devices at work, `frames` photographs on their way.
fn busy(seed: u64, count: usize, frames: usize) -> Room {
    let mut room = room(seed, count);
    for _ in 0..frames {
        room.submit_at(5.0);
    }
    room
}

#[test]
fn a_device_that_dies_in_the_middle_of_a_frame_loses_none() {
    let mut replayed = 0;
    for seed in 0..240 {
        let mut rng = Rng::new(seed);
        let count = 3 + rng.below(6);
        let (device, time) = (rng.below(count), rng.between(5.0, 6.5));
        let mut room = busy(seed, count, 20);
        match seed % 3 {
            0 => room.leave_at(time, device),
            1 => room.kill_at(time, device),
            _ => room.vanish_at(time, device),
        }
        room.run_until(4.9);
        let epoch = room.report().epoch;
        let report = all_answered(&mut room, 60.0);
        // One that vanished after the last answer is missed a little later.
        room.run_until(23.0);
        replanned_without(&room, device, epoch);
        replayed += report.replayed;
    }
    assert!(replayed > 240, "frames were in flight: {replayed}");
}

#[test]
fn the_source_of_a_frame_may_die() {
    for seed in 0..40 {
        let mut room = busy(seed, 4, 1);
        room.run_until(5.0 + 0.01 * seed as f64 + 0.005);
        // The only frame's source is the device with the lowest number.
        room.kill_at(room.now(), 0);
        let report = all_answered(&mut room, 60.0);
        let answer = report.asked[0].outcome.as_ref().unwrap().as_ref().unwrap();
        if answer.epoch.0 > 1 {
            assert_ne!(Some(answer.source), room.id(0));
        }
    }
}

#[test]
fn two_devices_may_die_at_once() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let count = 3 + rng.below(6);
        let (first, time) = (rng.below(count), rng.between(5.0, 6.0));
        let second = (first + 1 + rng.below(count - 1)) % count;
        let mut room = busy(seed, count, 20);
        room.kill_at(time, first);
        room.kill_at(time + 0.3 * (seed % 2) as f64, second);
        all_answered(&mut room, 60.0);
        replanned_without(&room, first, 1);
        replanned_without(&room, second, 1);
    }
}

#[test]
fn a_device_may_die_while_weights_are_fetched_for_the_plan_without_another() {
    for seed in 0..40 {
        let mut room = busy(seed, 4, 20);
        room.kill_at(5.5, 0);
        // Weights take half a second.
        room.kill_at(5.5 + 0.02 * seed as f64, 1);
        all_answered(&mut room, 60.0);
    }
}

#[test]
fn the_last_device_answers_alone() {
    for seed in 0..20 {
        let mut room = busy(seed, 5, 20);
        let last = seed as usize % 5;
        for device in (0..5).filter(|device| *device != last) {
            room.kill_at(5.5, device);
        }
        let report = all_answered(&mut room, 90.0);
        let newest = report.asked.last().unwrap().outcome.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(Some(newest.source), room.id(last));
    }
}

#[test]
fn frames_wait_for_a_device_that_joins_after_all_have_died() {
    let mut room = busy(1, 3, 10);
    for device in 0..3 {
        room.kill_at(5.5, device);
    }
    room.run_until(10.0);
    let state = room.state();
    assert!(state["status"].as_str().unwrap().contains("no device is in the room"), "{state:#}");
    assert!(state["plan"].is_null());
    let refused = room.submit_at(10.0);
    room.run_until(11.0);
    let error = room.report().asked[refused].refused.clone();
    assert!(matches!(error, Some(FrameError::NoDevice { .. })), "{error:?}");
    room.join_at(20.0, DeviceSpec::new("later", 4e7));
    room.settle(80.0);
    let report = room.report();
    assert_eq!((report.answered, report.failed, report.lost), (10, 1, 0));
    assert!(report.violations.is_empty(), "{:?}", report.violations);
}

#[test]
fn frames_that_nobody_answers_end_after_two_minutes() {
    let mut room = busy(1, 2, 4);
    room.kill_at(5.01, 0);
    room.kill_at(5.01, 1);
    room.settle(200.0);
    let report = room.report();
    assert_eq!((report.failed, report.lost), (4, 0));
    for asked in &report.asked {
        assert!(matches!(asked.outcome, Some(Err(FrameError::Timeout { .. }))), "{asked:?}");
        assert!((asked.ended.unwrap() - 125.0).abs() < 1.0);
    }
}

#[test]
fn a_silent_device_is_found_by_its_silence() {
    let mut room = busy(3, 4, 10);
    room.vanish_at(5.2, 1);
    room.run_until(7.4);
    assert_eq!(room.report().epoch, 1);
    // Planned around in less than three seconds.
    room.run_until(8.2);
    assert_eq!(room.report().epoch, 2);
    all_answered(&mut room, 60.0);
    // Closed after fifteen.
    room.run_until(21.0);
    replanned_without(&room, 1, 1);
}

#[test]
fn a_device_that_dies_before_the_first_plan_is_not_waited_for() {
    for tenths in 0..30 {
        let mut room = room(4, 3);
        room.submit_at(3.2);
        room.kill_at(0.1 * f64::from(tenths), 2);
        all_answered(&mut room, 30.0);
    }
}

#[test]
fn devices_come_and_go_all_the_time() {
    for seed in 0..30 {
        let mut rng = Rng::new(seed);
        let mut room = Room::new(seed, &small("small"), "pico", devices(4), NetworkSpec::default());
        for frame in 0..60 {
            room.submit_at(2.0 + 0.5 * f64::from(frame));
        }
        // The first stays: somebody is always there.
        for device in 1..4 {
            room.kill_at(rng.between(3.0, 30.0), device);
        }
        for index in 0..6 {
            let joins = rng.between(3.0, 30.0);
            let device = room.join_at(joins, DeviceSpec::new(&format!("guest {index}"), 3e7));
            match index % 3 {
                0 => room.kill_at(joins + rng.between(0.0, 10.0), device),
                1 => room.vanish_at(joins + rng.between(0.0, 10.0), device),
                _ => {}
            }
        }
        let report = all_answered(&mut room, 150.0);
        assert_eq!(report.answered, 60);
    }
}
