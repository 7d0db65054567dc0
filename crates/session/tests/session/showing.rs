//! When pages see the room's state: changes soon, numbers now and then.

use crate::common::{Hall, hello};
use convoy_plan::DeviceId;
use convoy_wire::{Changes, Done, FrameId, Stats, TileDone, ToServer};

/// A quarter of a second passes, as a host lets it, with every page's heartbeat.
fn ticks(hall: &mut Hall, ids: &[DeviceId], count: usize) -> usize {
    let before = hall.shown.len();
    for _ in 0..count {
        hall.now += 0.25;
        for id in ids {
            hall.say(*id, ToServer::Stats(Stats { tiles: hall.now as u64, ..Stats::default() }));
        }
        hall.coordinator.tick(hall.now);
        hall.drain();
    }
    hall.shown.len() - before
}

#[test]
fn heartbeats_alone_show_a_state_a_second_and_changes_one_at_the_next_tick() {
    let (mut hall, ids) = Hall::running(3);
    ticks(&mut hall, &ids, 8);
    assert_eq!(ticks(&mut hall, &ids, 40), 10);

    hall.leave(ids[0]);
    assert_eq!(ticks(&mut hall, &ids[1..], 1), 1, "somebody has left");
    let (at, state) = hall.shown.last().unwrap();
    assert_eq!((*at, state["devices"].as_array().unwrap().len()), (hall.now, 2));

    ticks(&mut hall, &ids[1..], 8);
    hall.all_ready();
    hall.submit().unwrap();
    assert_eq!(ticks(&mut hall, &ids[1..], 1), 1, "a picture has come");
}

#[test]
fn an_empty_room_shows_nothing() {
    let mut hall = Hall::new();
    let id = hall.join(hello(), "a");
    hall.leave(id);
    assert_eq!(ticks(&mut hall, &[], 20), 0);
}

#[test]
fn no_count_of_a_page_is_too_large_to_be_added_up() {
    let (mut hall, ids) = Hall::running(3);
    for id in &ids {
        let (refused, received_while_computing) = (u64::MAX, u64::MAX);
        let stats = Stats { refused, received_while_computing, ..Stats::default() };
        hall.say(*id, ToServer::Stats(stats));
    }
    let counters = hall.coordinator.state(hall.now)["counters"].clone();
    assert_eq!(counters["refused"], u64::MAX);
    assert_eq!(counters["received_while_computing"], u64::MAX);
}

#[test]
fn of_a_room_that_is_busy_pages_are_told_the_tiles_that_are_new() {
    let (mut hall, ids) = Hall::running(3);
    let (epoch, _) = hall.plan();
    let compute = |hall: &mut Hall, frame: u32| {
        let (stage, seconds, ago) = (0, 0.01, 0.1);
        let (frame, receiving, waiting) = (FrameId(frame), 0.02, 0.03);
        let tile = TileDone { epoch, frame, stage, seconds, receiving, waiting, ago };
        hall.now += 0.05;
        let tiles = vec![tile];
        hall.say(ids[0], ToServer::Done(Done { tiles, ..Done::default() }));
        hall.coordinator.state(hall.now).to_string()
    };
    let states: Vec<String> = (0..300).map(|frame| compute(&mut hall, frame)).collect();
    let told = |pair: &[String]| {
        let changes = Changes::between(&pair[0], &pair[1]).unwrap();
        serde_json::to_string(&changes).unwrap().len()
    };
    let (last, before) = (states[299].len(), &states[298..]);
    assert!(last > 4000, "96 tiles are shown in {last} bytes");
    assert!(told(before) < last / 8, "{} of {last} bytes are told", told(before));
}
