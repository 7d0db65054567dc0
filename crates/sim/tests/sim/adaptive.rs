//! Rooms whose load changes: the plan follows, every frame is answered once, none is done twice.

use crate::common::{all_answered, small};
use convoy_sim::{DeviceSpec, NetworkSpec, Rng, Room};

/// A room under the paper's adaptive scheme in which planning takes so many seconds. Its pipeline
/// answers 15 frames a second after 0.19 s each, its fused blocks 11 after 0.09 s.
fn room(seed: u64, planning: f64) -> Room {
    let devices = (0..6).map(|index| DeviceSpec::new(&format!("device {index}"), 4e7));
    let network = NetworkSpec { bandwidth: 0.8e6, ..NetworkSpec::default() };
    let mut room = Room::new(seed, &small("small"), "apico", devices, network);
    room.set_planning(planning);
    room
}

const SELDOM: f64 = 1.0;
const OFTEN: f64 = 12.5;

/// Frames come at random times, `rate` a second.
fn arrive(room: &mut Room, rng: &mut Rng, rate: f64, from: f64, to: f64) {
    let mut time = from;
    loop {
        time -= rng.between(0.0, 1.0).max(1e-12).ln() / rate;
        if time >= to {
            return;
        }
        room.submit_at(time);
    }
}

fn count(room: &Room, name: &str) -> u64 {
    room.state()["counters"][name].as_u64().unwrap()
}

/// The plan that runs: 0 for the pipeline, 1 for the fused blocks.
fn chosen(room: &Room) -> u64 {
    room.state()["front"]["chosen"].as_u64().unwrap()
}

#[test]
fn the_plan_follows_the_load_and_nothing_is_done_twice() {
    for seed in 0..4 {
        let mut room = room(seed, 0.7);
        let mut rng = Rng::new(seed);
        for (rate, from, to) in [(SELDOM, 5.0, 40.0), (OFTEN, 40.0, 90.0), (SELDOM, 90.0, 160.0)] {
            arrive(&mut room, &mut rng, rate, from, to);
        }
        room.run_until(40.0);
        assert_eq!((chosen(&room), count(&room, "switches")), (1, 0));
        room.run_until(90.0);
        assert_eq!((chosen(&room), count(&room, "switches")), (0, 1));
        room.run_until(160.0);
        assert_eq!((chosen(&room), count(&room, "switches")), (1, 2));
        let report = all_answered(&mut room, 200.0);
        assert_eq!((report.replayed, report.late, report.epoch), (0, 0, 3));
    }
}

#[test]
fn a_steady_load_that_suits_both_plans_does_not_make_it_flap() {
    for seed in 0..3 {
        let mut room = room(seed, 0.0);
        arrive(&mut room, &mut Rng::new(seed), 8.0, 5.0, 125.0);
        let report = all_answered(&mut room, 200.0);
        assert_eq!(report.replayed, 0);
        assert!(count(&room, "switches") <= 3, "{}", count(&room, "switches"));
    }
}

#[test]
fn whoever_leaves_while_plans_are_made_or_changed_costs_no_frame() {
    let mut switched = 0;
    for seed in 0..24 {
        let mut room = room(seed, 0.7);
        let mut rng = Rng::new(seed);
        arrive(&mut room, &mut rng, SELDOM, 5.0, 20.0);
        arrive(&mut room, &mut rng, OFTEN, 20.0, 50.0);
        // About when the pipeline takes over.
        let time = rng.between(22.0, 34.0);
        match seed % 3 {
            0 => room.kill_at(time, rng.below(6)),
            1 => room.leave_at(time, rng.below(6)),
            _ => room.vanish_at(time, rng.below(6)),
        }
        // And another one while the next plan is made.
        room.kill_at(time + rng.between(0.0, 0.9), rng.below(6));
        let join = DeviceSpec::new("newcomer", 4e7);
        room.join_at(time + rng.between(0.0, 3.0), join);
        // Five devices may be too few for so many frames: some are refused, none is lost.
        assert!(room.settle(240.0), "{:#}", room.state());
        let report = room.report();
        assert_eq!((report.violations.len(), report.lost), (0, 0), "{:?}", report.violations);
        assert!(report.asked.iter().all(|asked| asked.refused.is_some() || asked.ends == 1));
        assert!(report.asked.iter().all(|asked| !matches!(asked.outcome, Some(Err(_)))));
        switched += count(&room, "switches");
    }
    assert!(switched > 0);
}

#[test]
fn wishes_that_change_while_plans_are_made_are_met_in_the_end() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let mut room = room(seed, rng.between(0.1, 2.0));
        arrive(&mut room, &mut rng, SELDOM, 5.0, 30.0);
        for scheme in ["pico", "apico", "single"] {
            room.set_scheme_at(rng.between(1.0, 20.0), scheme);
        }
        room.set_model_at(rng.between(1.0, 20.0), &small("other"));
        room.set_scheme_at(20.0, "optimal-fused");
        all_answered(&mut room, 60.0);
        let (_, plan) = room.plans().last_key_value().unwrap();
        assert_eq!((plan.scheme.as_str(), plan.model.as_str()), ("optimal-fused", "other"));
    }
}
