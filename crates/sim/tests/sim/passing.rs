//! Devices that take longer for a tile than they compute, which no page can measure: a room notices that its plan is
//! slower than forecast, learns by how much a tile, and plans with that.
#![allow(clippy::print_stdout, reason = "it tells what was learnt")]

use convoy_model::zoo;
use convoy_plan::{DeviceId, Plan};
use convoy_session::Limits;
use convoy_sim::{DeviceSpec, NetworkSpec, Room};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Four devices of 2 GMAC/s on lines of 50 Mbit/s, which take so many seconds to pass on a tile.
fn room(scheme: &str, passing: f64) -> Room {
    let model = Arc::new(zoo::model("resnet34").unwrap());
    let spec =
        |index: u32| DeviceSpec { passing, ..DeviceSpec::new(&format!("device {index}"), 2e9) };
    let network = NetworkSpec { bandwidth: 50e6 / 8.0, ..NetworkSpec::default() };
    let mut room = Room::new(1, &model, scheme, (0..4).map(spec).collect::<Vec<_>>(), network);
    room.set_limits(Limits { waiting: 1000, ..Limits::default() });
    room
}

/// Tiles of the device that has most.
fn tiles(plan: &Plan) -> usize {
    let mut count: BTreeMap<DeviceId, usize> = BTreeMap::new();
    for tile in plan.stages.iter().flat_map(|stage| &stage.tiles) {
        *count.entry(tile.device).or_default() += 1;
    }
    count.into_values().max().unwrap_or_default()
}

/// Seconds that the room takes a tile to cost a device beside computing it, and a stage's slices to be late.
fn learnt(room: &Room) -> [f64; 2] {
    ["passing", "delay"].map(|key| room.state()[key].as_f64().unwrap())
}

/// Pictures that come one after another, or all at once.
fn play(mut room: Room, together: bool) -> Room {
    for picture in 0..100 {
        room.submit_at(if together { 20.0 } else { 20.0 + 4.0 * f64::from(picture) });
    }
    assert!(room.settle(2000.0));
    let plans: Vec<usize> = room.plans().values().map(tiles).collect();
    let state = &room.state()["measured"];
    println!("tiles of the plans {plans:?}, learnt {:?} s, {state}", learnt(&room));
    room
}

#[test]
fn what_passing_on_costs_is_learnt_from_periods_and_how_late_it_makes_slices_from_latencies() {
    for (passing, together) in [(0.015, true), (0.015, false), (0.03, true), (0.03, false)] {
        let room = play(room("coedge", passing), together);
        let [tile, stage] = learnt(&room);
        let (found, other) = if together { (tile, stage) } else { (stage, tile) };
        assert!((0.7 * passing..1.2 * passing).contains(&found), "{passing} s, found {found}");
        // Where pictures wait, the last of them has the room to itself.
        assert!(other < 0.3 * passing, "{passing} s, and {other}");
    }
}

#[test]
fn where_the_forecast_is_right_nothing_is_learnt() {
    for scheme in ["coedge", "pico", "replicated", "best"] {
        for together in [true, false] {
            assert_eq!(
                learnt(&play(room(scheme, 0.0), together)),
                [0.0; 2],
                "{scheme}, {together}"
            );
        }
    }
    // Few tiles: whatever makes such plans slower is not that.
    assert_eq!(learnt(&play(room("pico", 0.03), true)), [0.0; 2]);
}

#[test]
fn a_room_that_has_learnt_it_exchanges_less_and_answers_sooner() {
    let [free, paid] = [0.0, 0.03].map(|passing| play(room("best", passing), false));
    let newest = |room: &Room| room.plans().values().next_back().map(tiles).unwrap();
    assert!(newest(&free) > 30 && newest(&paid) < 25);
    let latency = |room: &Room| room.state()["measured"]["latency"].as_f64().unwrap();
    // By the plan that it had at first every picture would take 35 tiles longer than where passing on is free.
    assert!(latency(&paid) < latency(&free) + 0.75 * 35.0 * 0.03);
}

#[test]
fn callers_who_always_wait_do_not_have_the_room_change_plans_before_it_has_learnt() {
    let mut room = room("best", 0.03);
    // More than any plan answers in that time, so that some wait all the while.
    for picture in 0..200 {
        room.submit_at(20.0 + 0.5 * f64::from(picture));
    }
    assert!(room.settle(2000.0));
    let plans: Vec<usize> = room.plans().values().map(tiles).collect();
    let ([passing, _], state) = (learnt(&room), &room.state()["measured"]);
    println!("tiles of the plans {plans:?}, learnt {passing} s, {state}");
    assert!((0.021..0.036).contains(&passing), "{passing}");
    // Of those that exchange much it runs the one from which it learns.
    let heavy = plans.iter().filter(|tiles| **tiles > 20).count();
    assert_eq!(heavy, 1, "{plans:?}");
}
