//! Garbage, broken links and changed wishes: answers stay right, nothing is lost.

use crate::common::{all_answered, devices, room, small};
use convoy_sim::{Garbage, NetworkSpec, Noise, Rng, Room};

#[test]
fn garbage_frames_are_dropped_and_counted() {
    for seed in 0..30 {
        let mut room = room(seed, 4);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        for count in 0..100 {
            let kind = if count % 2 == 0 { Garbage::Bytes } else { Garbage::Frame };
            room.garbage_at(4.5 + 0.03 * f64::from(count), count as usize % 4, kind);
        }
        let report = all_answered(&mut room, 30.0);
        // Each went to three devices.
        assert_eq!((report.refused, report.epoch, report.replayed), (300, 1, 0));
    }
}

#[test]
fn garbage_control_messages_and_answers_change_nothing() {
    for seed in 0..30 {
        let mut room = room(seed, 4);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        for count in 0..100 {
            let kind = if count % 2 == 0 { Garbage::Control } else { Garbage::Answer };
            // The last device is the source of few frames: it answers for others.
            room.garbage_at(4.5 + 0.03 * f64::from(count), 3, kind);
        }
        let report = all_answered_but_those_it_may(&mut room);
        assert_eq!((report.epoch, report.replayed), (1, 0));
        assert!(report.late > 0);
        let state = room.state();
        assert!(
            state["devices"].as_array().unwrap().iter().all(|device| device["problem"].is_null())
        );
        assert!(state["devices"][3]["links"].as_array().unwrap().len() <= 3, "{state:#}");
    }
}

/// A source may say what it likes of its own frames; all others are right.
fn all_answered_but_those_it_may(room: &mut Room) -> convoy_sim::Report {
    assert!(room.settle(30.0));
    let mut report = room.report();
    let liar = room.id(3);
    for asked in &report.asked {
        let answer = asked.outcome.as_ref().unwrap().as_ref().unwrap();
        let frame = asked.frame.unwrap();
        let named = |text: &String| text.starts_with(&format!("{frame:?} "));
        if Some(answer.source) == liar {
            report.violations.retain(|text| !named(text));
        }
    }
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.asked.iter().all(|asked| asked.ends == 1));
    report
}

#[test]
fn late_slices_of_an_old_plan_are_refused_and_counted() {
    let mut refused = 0;
    for seed in 0..20 {
        let network = NetworkSpec { bandwidth: 1e6, ..NetworkSpec::default() };
        let mut room = Room::new(seed, &small("small"), "pico", devices(4), network);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        room.kill_at(5.5 + 0.02 * seed as f64, 3);
        refused += all_answered(&mut room, 60.0).refused;
    }
    assert!(refused > 0);
}

#[test]
fn a_broken_link_is_relayed_and_loses_nothing() {
    for seed in 0..30 {
        let mut rng = Rng::new(seed);
        let mut room = room(seed, 4);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        let a = rng.below(4);
        let b = (a + 1 + rng.below(3)) % 4;
        room.lose_link_at(rng.between(1.0, 6.0), a, b);
        all_answered(&mut room, 60.0);
        let (a, b) = (room.id(a).unwrap(), room.id(b).unwrap());
        room.run_until(15.0);
        let state = room.state();
        for (own, other) in [(a, b), (b, a)] {
            let devices = state["devices"].as_array().unwrap();
            let device = devices.iter().find(|device| device["id"] == own.0).unwrap();
            let links = device["links"].as_array().unwrap();
            let link = links.iter().find(|link| link["peer"] == other.0).unwrap();
            assert_eq!(link["via"], "relayed");
        }
    }
}

#[test]
fn another_network_in_the_middle_of_frames_loses_none() {
    for seed in 0..40 {
        let mut room = room(seed, 4);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        let time = 5.0 + 0.05 * seed as f64;
        room.set_model_at(time, &small("other"));
        let after = room.submit_at(time + 0.001);
        let report = all_answered(&mut room, 60.0);
        let answer = report.asked[after].outcome.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(answer.model, "other");
        assert_eq!(room.state()["model"], "other");
    }
}

#[test]
fn another_scheme_in_the_middle_of_frames_loses_none() {
    for seed in 0..40 {
        let mut room = room(seed, 4);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        let time = 5.0 + 0.05 * seed as f64;
        room.set_scheme_at(time, "single");
        room.set_scheme_at(time + 0.4, "pico");
        room.set_scheme_at(time + 0.5, "single");
        all_answered(&mut room, 60.0);
        let (_, plan) = room.plans().last_key_value().unwrap();
        assert_eq!(plan.scheme, "single");
    }
}

#[test]
fn everything_at_once() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut room = room(seed, 6);
        room.set_noise(Noise { delay: 0.2, repeat: 0.1 });
        for frame in 0..40 {
            room.submit_at(4.0 + 0.2 * f64::from(frame));
        }
        room.kill_at(rng.between(1.0, 12.0), 1);
        room.vanish_at(rng.between(1.0, 12.0), 2);
        room.leave_at(rng.between(1.0, 12.0), 3);
        room.lose_link_at(rng.between(1.0, 12.0), 0, 4);
        room.set_model_at(rng.between(1.0, 12.0), &small("other"));
        room.set_scheme_at(rng.between(1.0, 12.0), "single");
        room.set_scheme_at(rng.between(1.0, 12.0), "pico");
        for _ in 0..20 {
            let kind = [Garbage::Bytes, Garbage::Frame, Garbage::Control][rng.below(3)];
            room.garbage_at(rng.between(4.0, 12.0), 5, kind);
        }
        room.spoil_weights_at(rng.between(1.0, 12.0), 4);
        all_answered(&mut room, 110.0);
    }
}
