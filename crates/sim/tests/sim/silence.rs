//! Pages that stand still for a while, as browsers let hidden ones: noticed within three seconds, back
//! without a new join, nothing lost.

use crate::common::{all_answered, room};
use convoy_sim::{Noise, Rng, Room};

/// A room with a picture every fifth of a second.
fn steady(seed: u64, devices: usize, pictures: u32) -> Room {
    let mut room = room(seed, devices);
    for picture in 0..pictures {
        room.submit_at(5.0 + 0.2 * f64::from(picture));
    }
    room
}

fn state_of(room: &Room, device: usize) -> Option<String> {
    let (id, state) = (room.id(device)?, room.state());
    let device = state["devices"].as_array()?.iter().find(|device| device["id"] == id.0)?.clone();
    device["state"].as_str().map(str::to_owned)
}

fn silences(room: &Room) -> u64 {
    room.state()["counters"]["silences"].as_u64().unwrap()
}

#[test]
fn a_frozen_page_is_planned_around_within_three_seconds_and_comes_back() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let count = 3 + rng.below(4);
        let mut room = steady(seed, count, 100);
        let (device, time) = (rng.below(count), rng.between(5.0, 8.0));
        room.freeze_at(time, device, 9.0);
        room.run_until(time - 0.01);
        let (id, epoch) = (room.id(device), room.report().epoch);
        room.run_until(time + 3.0);
        assert_eq!(state_of(&room, device).as_deref(), Some("silent"));
        assert!(room.report().epoch > epoch, "not planned around");
        // Heard at once when it thaws, and in the plan soon after.
        room.run_until(time + 9.1);
        assert_eq!(state_of(&room, device).as_deref(), Some("returning"));
        room.run_until(time + 13.0);
        let state = state_of(&room, device).unwrap();
        assert!(["computing", "idle"].contains(&state.as_str()), "{state}");
        let report = all_answered(&mut room, 90.0);
        assert_eq!((room.id(device), silences(&room)), (id, 1));
        assert!(report.asked.iter().all(|asked| asked.ends == 1));
    }
}

#[test]
fn a_page_that_stands_still_for_two_seconds_at_a_time_disturbs_nobody() {
    for seed in 0..20 {
        let mut room = steady(seed, 4, 60);
        room.set_noise(Noise { delay: 0.2, repeat: 0.0 });
        let mut rng = Rng::new(seed);
        for count in 0..5 {
            room.freeze_at(5.0 + 3.0 * f64::from(count), rng.below(4), 1.7);
        }
        let report = all_answered(&mut room, 60.0);
        assert_eq!((silences(&room), report.epoch, report.replayed), (0, 1, 0));
    }
}

#[test]
fn a_page_that_comes_and_goes_is_planned_for_less_and_less_often() {
    for seed in 0..10 {
        let mut room = steady(seed, 4, 500);
        let device = seed as usize % 4;
        // Three seconds and a half of every seven.
        for count in 0..14 {
            room.freeze_at(6.0 + 7.0 * f64::from(count), device, 3.5);
        }
        let report = all_answered(&mut room, 160.0);
        assert!(silences(&room) >= 10, "{}", silences(&room));
        // Each time that it is counted on again it takes two plans: without and with it.
        assert!(report.epoch <= 8, "{}", report.epoch);
    }
}

#[test]
fn all_may_stand_still_at_once() {
    for seed in 0..20 {
        let mut room = steady(seed, 3, 30);
        for device in 0..3 {
            room.freeze_at(6.0 + 0.1 * device as f64, device, 5.0 + device as f64);
        }
        let report = all_answered(&mut room, 60.0);
        assert_eq!(report.answered, 30);
    }
}
