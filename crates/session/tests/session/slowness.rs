//! What pages say of their times, and what the room makes of it.

use crate::common::{Hall, benchmark, hello, link};
use convoy_plan::{DeviceId, Plan, PlanError};
use convoy_session::PlanRequest;
use convoy_wire::{Done, Epoch, FrameId, TileDone, ToDevice, ToServer};

fn counter(hall: &Hall, name: &str) -> u64 {
    hall.state()["counters"][name].as_u64().unwrap()
}

fn device(hall: &Hall, id: DeviceId, what: &str) -> f64 {
    let state = hall.state();
    let devices = state["devices"].as_array().unwrap();
    devices.iter().find(|device| device["id"] == id.0).unwrap()[what].as_f64().unwrap()
}

/// Multiply-accumulates and stage of a device's tile with the most.
fn heaviest(plan: &Plan, id: DeviceId) -> Option<(u16, f64)> {
    let stages = (0..).zip(&plan.stages);
    let tiles = stages.flat_map(|(index, stage)| stage.tiles.iter().map(move |tile| (index, tile)));
    let own = tiles.filter(|(_, tile)| tile.device == id);
    own.max_by_key(|(_, tile)| tile.macs).map(|(index, tile)| (index, tile.macs as f64))
}

fn computed(epoch: Epoch, frame: u32, stage: u16, seconds: f64) -> ToServer {
    let (frame, receiving, waiting, ago) = (FrameId(frame), 0.0, 0.0, 0.0);
    let tiles = vec![TileDone { epoch, frame, stage, seconds, receiving, waiting, ago }];
    ToServer::Done(Done { tiles, ..Done::default() })
}

/// A device tells of so many tiles that took so many times as long as measured.
fn tell(hall: &mut Hall, id: DeviceId, frames: u32, times: f64) {
    let (epoch, plan) = hall.plan();
    let Some((stage, macs)) = heaviest(&plan, id) else { return };
    for frame in 0..frames {
        hall.now += 0.1;
        hall.say(id, computed(epoch, frame, stage, times * macs / benchmark().capacity));
    }
}

/// A room of three of which one with a tile is slow.
fn slowed() -> (Hall, Vec<DeviceId>, DeviceId) {
    let (mut hall, ids) = Hall::running(3);
    let (_, plan) = hall.plan();
    let slow = *ids.iter().find(|id| heaviest(&plan, **id).is_some()).unwrap();
    tell(&mut hall, slow, 8, 1.0);
    (hall, ids, slow)
}

#[test]
fn the_fourth_slow_tile_asks_for_a_plan_that_takes_over_while_the_present_one_goes_on() {
    let (mut hall, ids, slow) = slowed();
    let before = heaviest(&hall.plan().1, slow).map_or(0.0, |(_, macs)| macs);
    let frame = hall.submit().unwrap();
    tell(&mut hall, slow, 3, 6.0);
    assert_eq!((device(&hall, slow, "speed"), hall.plan().0), (1.0, Epoch(1)));
    tell(&mut hall, slow, 1, 6.0);
    assert!((device(&hall, slow, "speed") - 1.0 / 6.0).abs() < 1e-9);
    let (epoch, plan) = hall.plan();
    assert_eq!(epoch, Epoch(2));
    let after = heaviest(&plan, slow).map_or(0.0, |(_, macs)| macs);
    assert!(after < before, "{after} of {before}");
    let during = |message: &ToDevice| {
        matches!(message, ToDevice::Prepare { epoch: Epoch(2), during: Some(Epoch(1)), .. })
    };
    assert!(ids.iter().all(|id| hall.told(*id).into_iter().any(during)));
    hall.all_ready();
    assert_eq!((counter(&hall, "drifts"), counter(&hall, "overlaps")), (1, 1));
    let (source, _) = *hall.images.iter().find(|(_, of)| *of == frame).unwrap();
    hall.answer(source, frame, Epoch(1));
    assert_eq!((counter(&hall, "answered"), counter(&hall, "replayed")), (1, 0));
}

#[test]
fn tiles_of_another_plan_or_stage_and_nonsense_say_nothing_of_speed() {
    let (mut hall, ids, slow) = slowed();
    let (stage, _) = heaviest(&hall.plan().1, slow).unwrap();
    for frame in 0..50 {
        hall.say(slow, computed(Epoch(7), frame, stage, 9.0));
        hall.say(slow, computed(Epoch(1), frame, 77, 9.0));
        hall.say(slow, computed(Epoch(1), frame, stage, 0.0));
    }
    assert!(ids.iter().all(|id| device(&hall, *id, "speed") == 1.0));
    assert_eq!(hall.plan().0, Epoch(1));
}

#[test]
fn where_no_other_plan_is_clearly_better_the_present_one_stays() {
    let (mut hall, ids) = Hall::running(1);
    tell(&mut hall, ids[0], 20, 8.0);
    assert!((device(&hall, ids[0], "speed") - 0.125).abs() < 1e-9);
    assert_eq!((hall.plan().0, counter(&hall, "drifts")), (Epoch(1), 0));
}

#[test]
fn a_slow_device_without_a_tile_is_measured_again() {
    let (mut hall, ids, slow) = slowed();
    tell(&mut hall, slow, 8, 60.0);
    hall.all_ready();
    assert_eq!(heaviest(&hall.plan().1, slow), None, "{:?}", hall.plan().1.stages);
    let asked = |hall: &Hall| {
        hall.told(slow).into_iter().filter(|message| matches!(message, ToDevice::Benchmark)).count()
    };
    assert_eq!(asked(&hall), 1);
    hall.wait(2.0, &ids);
    assert_eq!(asked(&hall), 2, "measured again where it has nothing to do");
    hall.say(slow, ToServer::Benchmarked(benchmark()));
    assert_eq!(device(&hall, slow, "speed"), 1.0);
    // What nobody asked for says nothing.
    let mut boast = benchmark();
    boast.capacity *= 2.0;
    hall.say(slow, ToServer::Benchmarked(boast));
    assert_eq!(device(&hall, slow, "speed"), 1.0);
}

/// A room of three in which one with a tile is slow and pictures are to be answered within a time.
fn limited() -> (Hall, DeviceId) {
    let (mut hall, _, slow) = slowed();
    hall.coordinator.set_scheme(hall.now, "pico".into(), Some(100.0));
    hall.drain();
    hall.all_ready();
    tell(&mut hall, slow, 8, 1.0);
    (hall, slow)
}

#[test]
fn a_plan_goes_on_though_none_would_keep_the_limit_any_more() {
    let (mut hall, slow) = limited();
    let (epoch, _) = hall.plan();
    let frame = hall.submit().unwrap();
    let why = "2.4 s is the soonest";
    hall.planner = |_| Err(PlanError::Infeasible("2.4 s is the soonest".into()));
    tell(&mut hall, slow, 4, 6.0);
    let late = |hall: &Hall| hall.state()["late"].as_str().map(str::to_owned);
    assert_eq!((hall.plan().0, late(&hall).as_deref()), (epoch, Some(why)));
    let (source, _) = *hall.images.iter().find(|(_, of)| *of == frame).unwrap();
    hall.answer(source, frame, epoch);
    assert_eq!((counter(&hall, "answered"), counter(&hall, "failed")), (1, 0));
    // Asked for anew it is refused, and said so.
    hall.coordinator.set_scheme(hall.now, "pico".into(), Some(1.0));
    hall.drain();
    assert_eq!((hall.state()["status"].as_str(), late(&hall)), (Some(why), None));
}

/// Whoever joins next leaves no plan within the limit.
fn impossible(hall: &mut Hall) {
    hall.planner = |request| match request.latency_limit {
        Some(_) => Err(PlanError::Infeasible("2.4 s is the soonest".into())),
        None => request.run(&|| 0.0),
    };
}

#[test]
fn somebody_who_joins_or_leaves_and_is_not_needed_ends_no_plan_though_none_would_keep_the_limit() {
    let (mut hall, _) = limited();
    let (epoch, _) = hall.plan();
    let frame = hall.submit().unwrap();
    impossible(&mut hall);
    let newcomer = hall.join(hello(), "newcomer");
    hall.say(newcomer, ToServer::Benchmarked(benchmark()));
    let id = |device: &serde_json::Value| DeviceId(device["id"].as_u64().unwrap() as u32);
    let everybody: Vec<DeviceId> =
        hall.state()["devices"].as_array().unwrap().iter().map(id).collect();
    for id in everybody.iter().filter(|id| **id != newcomer) {
        hall.say(newcomer, ToServer::Link(link(*id)));
    }
    let late = |hall: &Hall| hall.state()["late"].as_str().map(str::to_owned);
    assert_eq!((hall.plan().0, late(&hall).as_deref()), (epoch, Some("2.4 s is the soonest")));
    hall.plans = false;
    hall.wait(3.0, &everybody);
    assert!(hall.requests.iter().all(|request| request.ahead), "once is enough");
    hall.leave(newcomer);
    assert_eq!(hall.plan().0, epoch);
    let (source, _) = *hall.images.iter().find(|(_, of)| *of == frame).unwrap();
    hall.answer(source, frame, epoch);
    assert_eq!((counter(&hall, "answered"), counter(&hall, "failed")), (1, 0));
}

#[test]
fn where_the_plan_needs_who_leaves_the_room_goes_on_by_one_that_is_late() {
    let (mut hall, ids) = Hall::running(3);
    hall.coordinator.set_scheme(hall.now, "best".into(), Some(100.0));
    hall.drain();
    hall.all_ready();
    let (epoch, plan) = hall.plan();
    let needed = *ids.iter().find(|id| heaviest(&plan, **id).is_some()).unwrap();
    let frame = hall.submit().unwrap();
    impossible(&mut hall);
    hall.leave(needed);
    hall.all_ready();
    let (next, plan) = hall.plan();
    assert_eq!((next, plan.scheme.as_str()), (Epoch(epoch.0 + 1), "pico"));
    let left: Vec<DeviceId> = ids.iter().copied().filter(|id| *id != needed).collect();
    hall.wait(0.5, &left);
    assert_eq!(hall.state()["late"], "2.4 s is the soonest");
    hall.plans = false;
    hall.wait(3.0, &left);
    assert!(hall.requests.iter().all(|request| request.ahead), "once is enough");
    let (source, _) = *hall.images.iter().rev().find(|(_, of)| *of == frame).unwrap();
    hall.answer(source, frame, next);
    assert_eq!((counter(&hall, "answered"), counter(&hall, "failed")), (1, 0));
}

#[test]
fn a_plan_that_keeps_the_limit_takes_over_though_it_is_not_clearly_better() {
    let (mut hall, ids) = Hall::running(1);
    let limit = 2.0 * hall.plan().1.latency;
    hall.coordinator.set_scheme(hall.now, "pico".into(), Some(limit));
    hall.drain();
    hall.all_ready();
    let (epoch, _) = hall.plan();
    // The same work on the same device, said to be done in time.
    hall.planner = |request| PlanRequest { latency_limit: None, ..request.clone() }.run(&|| 0.0);
    tell(&mut hall, ids[0], 20, 8.0);
    assert_eq!((hall.plan().0, hall.state()["late"].as_str()), (Epoch(epoch.0 + 1), None));
}
