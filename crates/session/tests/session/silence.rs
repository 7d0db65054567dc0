//! Pages that fall silent and come back: planned around within three seconds, back without a new join,
//! held out longer each time.

use crate::common::Hall;
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, Stats, ToDevice, ToServer};

/// Time passes as it does for a server, in quarters of a second; these pages beat.
fn pass(hall: &mut Hall, seconds: f64, alive: &[DeviceId]) {
    let end = hall.now + seconds;
    while hall.now < end - 1e-9 {
        hall.now += 0.25;
        alive.iter().for_each(|id| hall.say(*id, ToServer::Stats(Stats::default())));
        hall.coordinator.tick(hall.now);
        hall.drain();
    }
}

/// Seconds until a new plan is being made ready.
fn until_replanned(hall: &mut Hall, alive: &[DeviceId]) -> f64 {
    let (start, epoch) = (hall.now, hall.plan().0);
    while hall.plan().0 == epoch {
        pass(hall, 0.25, alive);
        assert!(hall.now - start < 200.0, "never: {:#}", hall.state());
    }
    hall.now - start
}

fn state_of(hall: &Hall, at: usize) -> String {
    hall.state()["devices"][at]["state"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_silent_page_is_planned_around_within_three_seconds_but_stays_connected() {
    let (mut hall, ids) = Hall::running(3);
    let took = until_replanned(&mut hall, &ids[..2]);
    assert!((2.5..3.0).contains(&took), "{took}");
    assert_eq!(hall.told_to_prepare(Epoch(2)), ids[..2]);
    assert_eq!(state_of(&hall, 2), "silent");
    assert_eq!(hall.state()["counters"]["silences"], 1);
    pass(&mut hall, 11.0, &ids[..2]);
    assert!(hall.closed.is_empty());
    pass(&mut hall, 2.0, &ids[..2]);
    assert_eq!(hall.closed, [ids[2]]);
    assert!(hall.told(ids[0]).contains(&&ToDevice::Gone { peer: ids[2] }));
}

#[test]
fn a_silent_page_lets_go_of_the_plan_that_ends_without_it() {
    let (mut hall, ids) = Hall::running(3);
    until_replanned(&mut hall, &ids[..2]);
    // It hears of no later plan, and holds slices of this one when it wakes.
    assert!(hall.told(ids[2]).contains(&&ToDevice::Dismissed));
    assert!(!hall.told(ids[0]).contains(&&ToDevice::Dismissed));
}

#[test]
fn frames_of_a_silent_source_go_to_another() {
    let (mut hall, ids) = Hall::running(2);
    let frame = hall.submit().unwrap();
    let (source, _) = hall.images[0];
    let other: Vec<DeviceId> = ids.iter().copied().filter(|id| *id != source).collect();
    until_replanned(&mut hall, &other);
    hall.all_ready();
    assert_eq!(hall.images[1..], [(other[0], frame)]);
}

#[test]
fn a_page_that_is_heard_again_comes_back_without_a_new_join() {
    let (mut hall, ids) = Hall::running(3);
    until_replanned(&mut hall, &ids[..2]);
    hall.all_ready();
    let took = until_replanned(&mut hall, &ids);
    assert!((1.0..1.6).contains(&took), "{took}");
    assert_eq!(hall.told_to_prepare(Epoch(3)), ids);
    let asked = hall.told(ids[2]).into_iter().filter(|told| **told == ToDevice::Benchmark).count();
    assert_eq!(asked, 1, "it was measured once");
}

#[test]
fn a_page_that_comes_and_goes_is_held_out_longer_each_time_and_at_most_a_minute() {
    let (mut hall, ids) = Hall::running(3);
    let mut held = Vec::new();
    for _ in 0..9 {
        until_replanned(&mut hall, &ids[..2]);
        hall.all_ready();
        pass(&mut hall, 0.25, &ids);
        assert_eq!(state_of(&hall, 2), "returning");
        held.push(until_replanned(&mut hall, &ids));
        hall.all_ready();
    }
    assert!(held.windows(2).take(6).all(|pair| pair[1] > 1.7 * pair[0]), "{held:?}");
    assert!(held.iter().all(|held| *held <= 60.5), "{held:?}");
    // One that was there for long has proved itself.
    pass(&mut hall, 125.0, &ids);
    until_replanned(&mut hall, &ids[..2]);
    hall.all_ready();
    let took = until_replanned(&mut hall, &ids);
    assert!(took < 2.0, "{took}");
}

#[test]
fn the_only_page_of_a_room_is_not_held_out_and_its_frames_wait_for_it() {
    let (mut hall, ids) = Hall::running(1);
    hall.submit().unwrap();
    pass(&mut hall, 6.0, &[]);
    assert!(hall.done.is_empty(), "it may come back: {:?}", hall.done);
    let status = hall.state()["status"].as_str().unwrap().to_owned();
    assert!(status.starts_with("nobody has been heard"), "{status}");
    let took = until_replanned(&mut hall, &ids);
    assert!(took <= 0.25, "{took}");
    hall.all_ready();
    assert_eq!(hall.images.len(), 2, "the photograph is handed to it anew");
}

#[test]
fn a_server_that_stood_still_blames_nobody() {
    let (mut hall, ids) = Hall::running(3);
    pass(&mut hall, 0.25, &ids);
    hall.now += 30.0;
    hall.coordinator.tick(hall.now);
    hall.drain();
    pass(&mut hall, 5.0, &ids);
    assert_eq!((hall.plan().0, hall.closed.len()), (Epoch(1), 0));
    // But then who is silent is silent.
    until_replanned(&mut hall, &ids[..2]);
}

#[test]
fn a_newcomer_does_not_wait_for_its_link_to_a_silent_page() {
    let (mut hall, ids) = Hall::running(3);
    until_replanned(&mut hall, &ids[..2]);
    hall.all_ready();
    let newcomer = hall.join(crate::common::hello(), "another");
    hall.say(newcomer, ToServer::Benchmarked(crate::common::benchmark()));
    for id in &ids[..2] {
        hall.say(newcomer, ToServer::Link(crate::common::link(*id)));
    }
    assert_eq!(hall.told_to_prepare(Epoch(3)), [ids[0], ids[1], newcomer]);
}
