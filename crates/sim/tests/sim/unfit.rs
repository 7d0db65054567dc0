//! Devices that cannot do their part, slow ones, and those that join later.

use crate::common::{all_answered, devices, room, small};
use convoy_plan::{DeviceId, Plan};
use convoy_session::FrameError;
use convoy_sim::{DeviceSpec, NetworkSpec, Room};

fn new(devices: Vec<DeviceSpec>) -> Room {
    Room::new(1, &small("small"), "pico", devices, NetworkSpec::default())
}

fn rows(plan: &Plan, device: DeviceId) -> u64 {
    let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
    tiles.filter(|tile| tile.device == device).map(|tile| tile.macs).sum()
}

#[test]
fn a_wrong_weight_file_leaves_its_device_out_and_names_it() {
    let mut specs = devices(4);
    specs[1].bad_weights = true;
    let mut room = new(specs);
    for _ in 0..10 {
        room.submit_at(1.0);
    }
    all_answered(&mut room, 30.0);
    let state = room.state();
    let device = &state["devices"][1];
    assert_eq!((&device["name"], &device["state"]), (&"device 1".into(), &"unable".into()));
    assert!(device["problem"].as_str().unwrap().contains("hash is wrong"), "{device:#}");
    let (_, plan) = room.plans().last_key_value().unwrap();
    assert_eq!(rows(plan, room.id(1).unwrap()), 0);
}

#[test]
fn frames_of_a_source_that_turns_out_unfit_are_answered_by_others() {
    // A network whose weights one device cannot get comes while it is a source of frames.
    for seed in 0..10 {
        let mut room = room(seed, 4);
        for _ in 0..20 {
            room.submit_at(5.0);
        }
        room.spoil_weights_at(5.1, 0);
        room.set_model_at(5.2 + 0.05 * seed as f64, &small("other"));
        let report = all_answered(&mut room, 30.0);
        assert!(report.epoch > 2);
        assert_eq!(room.state()["devices"][0]["state"], "unable");
    }
}

#[test]
fn where_every_device_is_unfit_the_answer_says_why_at_once() {
    let mut specs = devices(2);
    specs.iter_mut().for_each(|spec| spec.bad_weights = true);
    let mut room = new(specs);
    room.submit_at(1.0);
    room.settle(10.0);
    let report = room.report();
    let Some(Err(FrameError::Plan(why))) = &report.asked[0].outcome else {
        panic!("{:?}", report.asked)
    };
    assert!(why.contains("hash is wrong"), "{why}");
    // A sound one that joins is measured and answers.
    room.join_at(10.0, DeviceSpec::new("sound", 4e7));
    let waits = room.submit_at(10.5);
    room.settle(30.0);
    let asked = &room.report().asked[waits];
    assert!(matches!(asked.outcome, Some(Ok(_))), "{asked:?}");
}

#[test]
fn an_old_problem_is_forgotten_when_the_devices_that_had_it_are_gone() {
    let mut specs = devices(1);
    specs[0].bad_weights = true;
    let mut room = new(specs);
    room.run_until(5.0);
    assert!(room.state()["status"].as_str().unwrap().contains("hash is wrong"));
    room.leave_at(5.0, 0);
    room.run_until(6.0);
    let status = room.state()["status"].as_str().unwrap().to_owned();
    assert!(status.contains("no device is in the room"), "{status}");
    room.join_at(6.0, DeviceSpec::new("sound", 4e7));
    room.submit_at(6.5);
    all_answered(&mut room, 30.0);
}

#[test]
fn too_little_memory_is_said_and_more_is_taken_when_it_comes() {
    let mut specs = devices(1);
    specs[0].memory = 1000;
    let mut room = Room::new(1, &small("small"), "single", specs, NetworkSpec::default());
    room.run_until(5.0);
    let refused = room.submit_at(5.0);
    room.run_until(6.0);
    let asked = &room.report().asked[refused];
    assert!(matches!(asked.refused, Some(FrameError::Plan(_))), "{asked:?}");
    room.join_at(6.0, DeviceSpec::new("large", 4e7));
    // While it is measured a plan may still come.
    let waits = room.submit_at(6.2);
    room.settle(30.0);
    let asked = &room.report().asked[waits];
    assert!(matches!(asked.outcome, Some(Ok(_))), "{asked:?}");
}

#[test]
fn a_device_that_never_finishes_measuring_is_left_out() {
    let mut specs = devices(3);
    specs[2].benchmark = None;
    let mut room = new(specs);
    room.submit_at(1.0);
    let report = all_answered(&mut room, 60.0);
    assert!((40.0..45.0).contains(&report.asked[0].ended.unwrap()));
    assert!(room.state()["devices"][2]["problem"].as_str().unwrap().contains("measuring"));
}

#[test]
fn a_device_that_never_finishes_loading_is_left_out() {
    let mut specs = devices(3);
    specs[2].load = None;
    let mut room = new(specs);
    room.submit_at(1.0);
    let report = all_answered(&mut room, 90.0);
    assert!((60.0..70.0).contains(&report.asked[0].ended.unwrap()));
    assert_eq!(room.state()["devices"][2]["state"], "unable");
}

#[test]
fn a_joining_device_takes_part_in_the_next_plan() {
    let mut room = room(2, 3);
    for _ in 0..60 {
        room.submit_at(5.0);
    }
    let late = room.join_at(5.5, DeviceSpec::new("late", 4e7));
    let report = all_answered(&mut room, 60.0);
    let (_, plan) = room.plans().last_key_value().unwrap();
    assert!(rows(plan, room.id(late).unwrap()) > 0);
    // Who was there went on while the newcomer was measured and connected.
    assert_eq!(report.epoch, 2, "one more plan");
    let meanwhile = report.asked.iter().filter(|asked| asked.ended.unwrap() < 6.8).count();
    assert!(meanwhile >= 5, "{meanwhile} answered while the newcomer was made ready");
}

#[test]
fn a_joining_device_right_after_the_first_plan_disturbs_nobody() {
    for tenths in 0..30 {
        let mut room = room(2, 3);
        for _ in 0..30 {
            room.submit_at(2.0);
        }
        room.join_at(1.0 + 0.1 * f64::from(tenths), DeviceSpec::new("late", 4e7));
        let report = all_answered(&mut room, 60.0);
        assert!(report.epoch <= 2, "{tenths}: {} plans for one newcomer", report.epoch);
    }
}

#[test]
fn a_newcomer_that_connects_slowly_does_not_hold_up_those_at_work() {
    // The room is young: its own devices were measured a moment ago.
    let network = NetworkSpec { fallback: 15.0, ..NetworkSpec::default() };
    let mut room = Room::new(1, &small("small"), "pico", devices(3), network);
    let late = room.join_at(2.5, DeviceSpec::new("late", 4e7));
    for device in 0..3 {
        room.lose_link_at(2.0, device, late);
    }
    for frame in 0..30 {
        room.submit_at(4.0 + 0.5 * f64::from(frame));
    }
    let report = all_answered(&mut room, 60.0);
    let waited = |asked: &convoy_sim::Asked| asked.ended.unwrap() - asked.time;
    let longest = report.asked.iter().map(waited).fold(0.0, f64::max);
    assert!(longest < 2.0, "a frame waited {longest} s");
    room.run_until(25.0);
    assert_eq!(room.report().epoch, 2);
}

#[test]
fn a_slow_device_gets_little_or_nothing_to_do() {
    let mut specs = devices(4);
    specs[3].speed = 1e6;
    let mut room = new(specs);
    for _ in 0..40 {
        room.submit_at(5.0);
    }
    let report = all_answered(&mut room, 60.0);
    let (_, plan) = room.plans().last_key_value().unwrap();
    let [slow, fast] = [3, 0].map(|device| rows(plan, room.id(device).unwrap()));
    assert!(slow * 10 < fast, "{slow} and {fast}");
    let predicted = room.state()["plan"]["period"].as_f64().unwrap();
    assert!(report.period.unwrap() < 1.5 * predicted);
}

#[test]
fn a_hidden_page_is_shown_as_such_and_still_answers() {
    let mut room = room(1, 3);
    room.hide_at(3.0, 1);
    for _ in 0..10 {
        room.submit_at(5.0);
    }
    all_answered(&mut room, 30.0);
    assert_eq!(room.state()["devices"][1]["hidden"], true);
}
