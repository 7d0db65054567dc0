//! Rooms in which nothing goes wrong.

use crate::common::{all_answered, devices, divides_its_head, heavy, room, scarce, small};
use convoy_sim::{DeviceSpec, NetworkSpec, Noise, Room};

#[test]
fn rooms_of_one_to_eight_devices_answer_every_frame_once() {
    for count in [1, 2, 4, 8] {
        let mut room = room(1, count);
        for frame in 0..20 {
            room.submit_at(0.5 + 0.1 * f64::from(frame));
        }
        let report = all_answered(&mut room, 60.0);
        assert_eq!(report.answered, 20);
        assert_eq!((report.replayed, report.late, report.refused), (0, 0, 0));
        assert_eq!(report.epoch, 1, "{count} devices: one plan for all that join at the start");
    }
}

#[test]
fn a_saturated_room_answers_at_about_the_predicted_period() {
    for count in [1, 2, 4, 8] {
        let mut room = room(2, count);
        for _ in 0..60 {
            room.submit_at(8.0);
        }
        let report = all_answered(&mut room, 120.0);
        let predicted = room.state()["plan"]["period"].as_f64().unwrap();
        let measured = report.period.unwrap();
        let factor = measured / predicted;
        println!("{count} devices: predicted {predicted:.4} s, measured {measured:.4} s");
        assert!((0.9..1.5).contains(&factor), "{count} devices: {factor} of the prediction");
    }
}

#[test]
fn a_head_that_no_device_can_hold_is_divided_and_every_frame_answered() {
    let model = heavy("heavy");
    for count in [3, 6] {
        let specs = scarce(&model, count);
        let mut room = Room::new(1, &model, "best", specs, NetworkSpec::default());
        for frame in 0..20 {
            room.submit_at(0.5 + 0.1 * f64::from(frame));
        }
        all_answered(&mut room, 60.0);
        let plans = room.plans();
        assert!(!plans.is_empty() && plans.values().all(|plan| divides_its_head(&model, plan)));
    }
}

#[test]
fn more_devices_answer_faster() {
    let periods = [1, 2, 4].map(|count| {
        let mut room = room(2, count);
        for _ in 0..40 {
            room.submit_at(8.0);
        }
        all_answered(&mut room, 120.0).period.unwrap()
    });
    assert!(periods[1] < 0.75 * periods[0] && periods[2] < 0.75 * periods[1], "{periods:?}");
}

#[test]
fn the_next_frame_is_received_while_one_is_computed() {
    let mut room = room(3, 4);
    for _ in 0..20 {
        room.submit_at(8.0);
    }
    let report = all_answered(&mut room, 60.0);
    assert!(report.frames_in_flight_max >= 2, "{}", report.frames_in_flight_max);
    assert!(report.received_while_computing > 0);
}

#[test]
fn every_device_is_measured_alone_on_its_machine() {
    let mut specs = devices(4);
    for spec in &mut specs {
        spec.machine = Some("one".into());
    }
    let mut room = Room::new(4, &small("small"), "pico", specs, NetworkSpec::default());
    room.run_until(3.5);
    let state = room.state();
    let states = state["devices"].as_array().unwrap().iter().map(|device| &device["state"]);
    assert_eq!(states.filter(|state| **state == "measuring").count(), 1, "{state:#}");
    room.submit_at(4.0);
    assert_eq!(all_answered(&mut room, 30.0).epoch, 1);
}

#[test]
fn a_page_that_never_connects_directly_is_relayed() {
    let mut specs = devices(4);
    specs[1].relay_only = true;
    let mut room = Room::new(5, &small("small"), "pico", specs, NetworkSpec::default());
    for _ in 0..10 {
        room.submit_at(8.0);
    }
    all_answered(&mut room, 60.0);
    let state = room.state();
    for device in state["devices"].as_array().unwrap() {
        for link in device["links"].as_array().unwrap() {
            let relayed = device["id"] == 2 || link["peer"] == 2;
            assert_eq!(link["via"], if relayed { "relayed" } else { "direct" });
        }
    }
}

#[test]
fn control_messages_may_be_late_and_come_twice() {
    for seed in 0..20 {
        let mut room = room(seed, 4);
        room.set_noise(Noise { delay: 0.8, repeat: 0.3 });
        for frame in 0..10 {
            room.submit_at(2.0 + f64::from(frame));
        }
        all_answered(&mut room, 60.0);
    }
}

#[test]
fn a_run_depends_on_its_seed_alone() {
    let run = |seed| {
        let mut room = room(seed, 3);
        room.set_noise(Noise { delay: 0.3, repeat: 0.1 });
        for frame in 0..10 {
            room.submit_at(2.0 + f64::from(frame));
        }
        all_answered(&mut room, 60.0)
            .asked
            .iter()
            .filter_map(|asked| asked.ended)
            .collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn a_page_that_watches_computes_nothing() {
    let mut specs = devices(2);
    specs.push(DeviceSpec { watches: true, ..DeviceSpec::new("watcher", 1e9) });
    let mut room = Room::new(6, &small("small"), "pico", specs, NetworkSpec::default());
    room.submit_at(1.0);
    all_answered(&mut room, 30.0);
    let watcher = room.id(2).unwrap();
    for plan in room.plans().values() {
        assert!(
            plan.stages.iter().flat_map(|stage| &stage.tiles).all(|tile| tile.device != watcher)
        );
    }
}

#[test]
fn the_timeline_says_for_how_long_a_tile_was_on_its_way_out() {
    let mut room = room(3, 2);
    for frame in 0..10 {
        room.submit_at(2.0 + f64::from(frame));
    }
    all_answered(&mut room, 60.0);
    let state = room.state();
    let tiles = state["timeline"]["tiles"].as_array().unwrap().clone();
    let sending: Vec<f64> = tiles.iter().filter_map(|tile| tile[7].as_f64()).collect();
    assert!(!sending.is_empty() && sending.iter().all(|seconds| (0.0..2.0).contains(seconds)));
    assert!(sending.iter().any(|seconds| *seconds > 0.0), "{sending:?}");
}
