//! When there is a plan, for whom, and what happens where none fits.

use crate::common::{Hall, benchmark, hello, link, model};
use convoy_model::Counting;
use convoy_session::FrameError;
use convoy_wire::{Benchmark, Epoch, ToDevice, ToServer};
use std::collections::BTreeMap;

fn problem(hall: &Hall, index: usize) -> String {
    hall.state()["devices"][index]["problem"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_plan_starts_when_everybody_is_ready() {
    let mut hall = Hall::new();
    let ids = [hall.join(hello(), "a"), hall.join(hello(), "b")];
    ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    hall.say(ids[1], ToServer::Link(link(ids[0])));
    assert_eq!(hall.told_to_prepare(Epoch(1)), ids);
    let start = ToDevice::Start { epoch: Epoch(1) };
    hall.say(ids[0], ToServer::Ready { epoch: Epoch(1) });
    hall.say(ids[0], ToServer::Ready { epoch: Epoch(1) });
    hall.say(ids[1], ToServer::Ready { epoch: Epoch(7) });
    assert!(!hall.told(ids[0]).contains(&&start));
    hall.say(ids[1], ToServer::Ready { epoch: Epoch(1) });
    assert!(hall.told(ids[0]).contains(&&start) && hall.told(ids[1]).contains(&&start));
    assert_eq!(hall.state()["status"], "2 devices compute together");
}

#[test]
fn plans_count_what_pages_say_that_reading_weights_costs() {
    let mut hall = Hall::new();
    hall.plans = false;
    let ids = [hall.join(hello(), "a"), hall.join(hello(), "b")];
    // The one computes ten times as fast as it reads; the other does not say.
    let kinds = [(Counting::CONNECTED.to_owned(), benchmark().capacity / 11.0)];
    let told = Benchmark { kinds: BTreeMap::from(kinds), ..benchmark() };
    hall.say(ids[0], ToServer::Benchmarked(told));
    hall.say(ids[1], ToServer::Benchmarked(benchmark()));
    hall.say(ids[1], ToServer::Link(link(ids[0])));
    let request = hall.requests.last().unwrap();
    let readings: Vec<f64> = request.cluster.devices.iter().map(|device| device.reading).collect();
    assert!((readings[0] - 10.0).abs() < 1e-9 && readings[1] == 0.0, "{readings:?}");
    assert!((request.cluster.counting().reading - 5.0).abs() < 1e-9);
}

#[test]
fn a_page_that_makes_no_progress_with_its_weights_is_set_aside() {
    let mut hall = Hall::new();
    let ids = [hall.join(hello(), "a"), hall.join(hello(), "b")];
    ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    hall.say(ids[1], ToServer::Link(link(ids[0])));
    hall.say(ids[0], ToServer::Ready { epoch: Epoch(1) });
    let loading = |done| ToServer::Loading { epoch: Epoch(1), done, total: 100 };
    hall.wait(50.0, &ids);
    hall.say(ids[1], loading(10));
    // Slow, but getting on: it is waited for.
    hall.wait(50.0, &ids);
    assert_eq!(hall.state()["devices"][1]["progress"], 0.1);
    // Saying the same again is no progress, nor is what those say who are ready.
    hall.say(ids[1], loading(10));
    hall.say(ids[0], loading(99));
    hall.wait(12.0, &ids);
    assert!(problem(&hall, 1).contains("in time"), "{}", problem(&hall, 1));
    assert_eq!(hall.told_to_prepare(Epoch(2)), ids[..1]);
}

#[test]
fn a_page_that_cannot_do_its_part_is_left_out_until_another_plan_is_wanted() {
    let (mut hall, ids) = Hall::running(3);
    let unable = |epoch| ToServer::Unable { epoch, message: "piece-2 is damaged".into() };
    hall.say(ids[1], unable(Epoch(9)));
    assert_eq!(problem(&hall, 1), "");
    hall.say(ids[1], unable(Epoch(1)));
    assert_eq!(problem(&hall, 1), "piece-2 is damaged");
    assert_eq!(hall.told_to_prepare(Epoch(2)), [ids[0], ids[2]]);
    // What is wrong with one network may be right with another.
    hall.coordinator.set_model(hall.now, model("second"));
    hall.drain();
    assert_eq!(hall.told_to_prepare(Epoch(3)), ids);
}

#[test]
fn where_nobody_can_take_part_waiting_frames_end_with_the_reason() {
    let (mut hall, ids) = Hall::running(1);
    let frame = hall.submit().unwrap();
    hall.say(ids[0], ToServer::Unable { epoch: Epoch(1), message: "out of memory".into() });
    let why = FrameError::Plan("no device can take part: out of memory".into());
    assert_eq!(hall.done, [(frame, Err(why.clone()))]);
    assert_eq!(hall.submit(), Err(why));
    // With a newcomer on its way there is hope again.
    let newcomer = hall.join(hello(), "b");
    let frame = hall.submit().unwrap();
    hall.say(newcomer, ToServer::Benchmarked(benchmark()));
    hall.all_ready();
    assert_eq!(hall.images.last(), Some(&(newcomer, frame)));
}

#[test]
fn an_old_problem_goes_with_those_who_had_it() {
    let (mut hall, ids) = Hall::running(1);
    hall.say(ids[0], ToServer::Unable { epoch: Epoch(1), message: "out of memory".into() });
    hall.leave(ids[0]);
    let status = hall.state()["status"].as_str().unwrap().to_owned();
    assert!(status.starts_with("no device is in the room"), "{status}");
    assert!(matches!(hall.submit(), Err(FrameError::NoDevice { .. })));
    hall.join(hello(), "a");
    assert!(hall.submit().is_ok());
}

#[test]
fn an_unknown_scheme_is_said_and_the_next_one_is_tried() {
    let (mut hall, _) = Hall::running(2);
    let frame = hall.submit().unwrap();
    hall.coordinator.set_scheme(hall.now, "worst".into(), None);
    hall.drain();
    let Some((ended, Err(FrameError::Plan(why)))) = hall.done.first() else { panic!() };
    assert!(*ended == frame && why.contains("worst") && why.contains("pico"), "{why}");
    hall.coordinator.set_scheme(hall.now, "single".into(), None);
    hall.drain();
    assert!(hall.submit().is_ok());
    hall.all_ready();
    assert_eq!(hall.plan().1.scheme, "single");
}

#[test]
fn those_at_work_go_on_while_a_newcomer_is_measured_and_connected() {
    let (mut hall, ids) = Hall::running(2);
    let newcomer = hall.join(hello(), "c");
    hall.say(newcomer, ToServer::Benchmarked(benchmark()));
    hall.say(newcomer, ToServer::Link(link(ids[0])));
    hall.submit().unwrap();
    assert_eq!(hall.images.len(), 1);
    assert_eq!(hall.plan().0, Epoch(1));
    hall.say(ids[1], ToServer::Link(link(newcomer)));
    assert_eq!(hall.told_to_prepare(Epoch(2)).len(), 3);
}

#[test]
fn the_newcomer_of_a_plan_that_ends_early_is_not_lost() {
    let (mut hall, ids) = Hall::running(2);
    let newcomer = hall.join(hello(), "c");
    hall.leave(ids[0]);
    assert_eq!(hall.told_to_prepare(Epoch(2)), [ids[1]], "work goes on with whoever is there");
    hall.say(newcomer, ToServer::Benchmarked(benchmark()));
    hall.say(newcomer, ToServer::Link(link(ids[1])));
    assert_eq!(hall.told_to_prepare(Epoch(3)), [ids[1], newcomer]);
}
