//! Who may be in a room, and how a page becomes one that can be planned for.

use crate::common::{Hall, benchmark, hello, link};
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, Hello, Ice, Role, Signal, ToDevice, ToServer};

fn refused(hall: &Hall, id: DeviceId) -> String {
    match hall.told(id)[..] {
        [ToDevice::Refused { code, .. }] => code.clone(),
        ref other => panic!("{other:?}"),
    }
}

fn benchmarks(hall: &Hall) -> Vec<DeviceId> {
    let asks = |message: &ToDevice| matches!(message, ToDevice::Benchmark);
    hall.sent.iter().filter(|(_, message)| asks(message)).map(|(id, _)| *id).collect()
}

#[test]
fn a_page_is_welcomed_and_measured() {
    let mut hall = Hall::new();
    let id = hall.join(hello(), "a");
    let room = "ABCDEF".into();
    assert_eq!(
        hall.told(id),
        [&ToDevice::Welcome { id, room, ice: Ice::default() }, &ToDevice::Benchmark]
    );
}

#[test]
fn the_33rd_page_is_refused_and_closed() {
    let mut hall = Hall::new();
    let ids: Vec<DeviceId> = (0..32).map(|_| hall.join(hello(), "a")).collect();
    let more = hall.join(hello(), "a");
    assert_eq!(refused(&hall, more), "full");
    assert_eq!(hall.closed, [more]);
    hall.leave(ids[7]);
    let next = hall.join(hello(), "a");
    assert!(matches!(hall.told(next)[0], ToDevice::Welcome { .. }));
}

#[test]
fn a_page_of_another_version_or_without_simd_is_refused() {
    let mut hall = Hall::new();
    let old = hall.join(Hello { version: 0, ..hello() }, "a");
    assert_eq!(refused(&hall, old), "version");
    let mut plain = hello();
    plain.features.simd = false;
    let id = hall.join(plain.clone(), "a");
    assert_eq!(refused(&hall, id), "unsupported");
    // It may watch.
    let watcher = hall.join(Hello { role: Role::Watch, ..plain }, "a");
    assert_eq!(hall.told(watcher).len(), 1, "welcome, and no benchmark");
    // Nothing that a refused page says is heard.
    hall.say(id, ToServer::Benchmarked(benchmark()));
    assert_eq!(hall.state()["devices"].as_array().unwrap().len(), 1);
}

#[test]
fn pages_of_one_machine_are_measured_one_after_another() {
    let mut hall = Hall::new();
    let ids = ["a", "a", "b", "a"].map(|machine| hall.join(hello(), machine));
    assert_eq!(benchmarks(&hall), [ids[0], ids[2]]);
    hall.say(ids[0], ToServer::Benchmarked(benchmark()));
    assert_eq!(benchmarks(&hall), [ids[0], ids[2], ids[1]]);
    // One that leaves while it is measured makes way.
    hall.leave(ids[1]);
    assert_eq!(benchmarks(&hall), [ids[0], ids[2], ids[1], ids[3]]);
}

#[test]
fn a_page_that_does_not_finish_measuring_makes_way_and_is_set_aside() {
    let mut hall = Hall::new();
    let ids = [hall.join(hello(), "a"), hall.join(hello(), "a")];
    hall.wait(39.0, &ids);
    assert_eq!(benchmarks(&hall), [ids[0]]);
    hall.wait(2.0, &ids);
    assert_eq!(benchmarks(&hall), ids);
    assert_eq!(hall.state()["devices"][0]["state"], "unable");
    // Should it come back after all, it is taken.
    hall.say(ids[0], ToServer::Benchmarked(benchmark()));
    assert_eq!(hall.state()["devices"][0]["state"], "connecting");
}

#[test]
fn a_page_cannot_measure_itself_anew() {
    let (mut hall, ids) = Hall::running(2);
    let mut better = benchmark();
    better.capacity = 1e14;
    hall.say(ids[0], ToServer::Benchmarked(better));
    assert_eq!(hall.state()["devices"][0]["capacity"], 1e7);
    assert_eq!(hall.state()["devices"][0]["state"], "computing");
}

#[test]
fn measured_pages_are_linked_and_the_lower_id_makes_the_offer() {
    let mut hall = Hall::new();
    let relayed = Hello { relay_only: true, ..hello() };
    let ids = [hall.join(hello(), "a"), hall.join(hello(), "b"), hall.join(relayed, "c")];
    ids.iter().rev().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    let connects = hall.told(ids[0])[2..].to_vec();
    let connect = |peer, relay| ToDevice::Connect { peer, offer: true, relay };
    assert_eq!(connects, [&connect(ids[1], false), &connect(ids[2], true)]);
    let last = ToDevice::Connect { peer: ids[0], offer: false, relay: true };
    assert!(hall.told(ids[2]).contains(&&last));
}

#[test]
fn a_plan_waits_for_links_but_not_for_ever() {
    let mut hall = Hall::new();
    let ids = [hall.join(hello(), "a"), hall.join(hello(), "b")];
    ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    hall.wait(19.0, &ids);
    assert!(hall.told_to_prepare(Epoch(1)).is_empty());
    hall.wait(2.0, &ids);
    assert_eq!(hall.told_to_prepare(Epoch(1)), ids);
}

#[test]
fn links_to_nobody_are_not_remembered() {
    let (mut hall, ids) = Hall::running(2);
    for peer in 50..200 {
        hall.say(ids[0], ToServer::Link(link(DeviceId(peer))));
    }
    hall.say(ids[0], ToServer::Link(link(ids[0])));
    assert_eq!(hall.state()["devices"][0]["links"].as_array().unwrap().len(), 1);
}

#[test]
fn signals_go_to_the_page_they_are_for_with_their_sender() {
    let (mut hall, ids) = Hall::running(2);
    let watcher = hall.join(Hello { role: Role::Watch, ..hello() }, "w");
    let signal = Signal::Offer { attempt: 0, sdp: "v=0".into() };
    hall.sent.clear();
    for (from, to) in
        [(ids[0], ids[1]), (watcher, ids[1]), (ids[0], watcher), (ids[0], DeviceId(99))]
    {
        hall.say(from, ToServer::Signal { to, signal: signal.clone() });
    }
    assert_eq!(hall.sent, [(ids[1], ToDevice::Signal { from: ids[0], signal })]);
    assert!(
        hall.coordinator.may_relay(ids[0], ids[1]) && !hall.coordinator.may_relay(ids[0], ids[0])
    );
    assert!(!hall.coordinator.may_relay(watcher, ids[0]));
}

#[test]
fn a_silent_page_is_closed_and_the_others_forget_it() {
    let (mut hall, ids) = Hall::running(3);
    hall.wait(17.0, &ids[..2]);
    assert_eq!(hall.closed, [ids[2]]);
    assert!(hall.told(ids[0]).contains(&&ToDevice::Gone { peer: ids[2] }));
    assert_eq!(hall.told_to_prepare(Epoch(2)), ids[..2]);
}
