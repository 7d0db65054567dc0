//! Planning takes time: what the room does meanwhile, and answers that come too late.

use crate::common::{Hall, benchmark, hello, link, model};
use convoy_plan::{DeviceId, Link, PlanError};
use convoy_session::{FrameError, PlanRequest};
use convoy_wire::{Epoch, LinkReport, ToServer};

/// A hall whose devices wait for their first plan.
fn waiting(count: u32) -> (Hall, Vec<DeviceId>) {
    let mut hall = Hall { plans: false, ..Hall::new() };
    let ids: Vec<DeviceId> =
        (0..count).map(|index| hall.join(hello(), &format!("machine {index}"))).collect();
    ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    for (at, id) in ids.iter().enumerate() {
        ids[at + 1..].iter().for_each(|peer| hall.say(*id, ToServer::Link(link(*peer))));
    }
    (hall, ids)
}

/// A hall at work whose next plans take their time.
fn at_work(count: u32) -> (Hall, Vec<DeviceId>) {
    let (hall, ids) = Hall::running(count);
    (Hall { plans: false, ..hall }, ids)
}

/// The planner is done with the only request there is.
fn plan(hall: &mut Hall) -> PlanRequest {
    assert_eq!(hall.requests.len(), 1, "one at a time");
    let request = hall.requests.remove(0);
    hall.coordinator.planned(hall.now, request.id, request.run(&|| 0.0));
    hall.drain();
    request
}

fn devices(request: &PlanRequest) -> Vec<DeviceId> {
    request.cluster.devices.iter().map(|device| device.id).collect()
}

fn newcomer(hall: &mut Hall, ids: &[DeviceId]) -> DeviceId {
    let newcomer = hall.join(hello(), "newcomer");
    hall.say(newcomer, ToServer::Benchmarked(benchmark()));
    ids.iter().for_each(|id| hall.say(*id, ToServer::Link(link(newcomer))));
    newcomer
}

#[test]
fn frames_wait_while_the_first_plan_is_made() {
    let (mut hall, ids) = waiting(2);
    assert_eq!(hall.state()["status"], "planning");
    hall.submit().unwrap();
    hall.wait(5.0, &ids);
    assert!(hall.images.is_empty());
    assert_eq!(devices(&plan(&mut hall)), ids);
    hall.all_ready();
    assert_eq!(hall.images.len(), 1);
    assert!(hall.requests.is_empty());
}

#[test]
fn plans_for_somebody_who_left_meanwhile_are_dropped_and_made_anew() {
    let (mut hall, ids) = waiting(3);
    hall.leave(ids[1]);
    assert_eq!(devices(&plan(&mut hall)), ids);
    assert!(hall.told_to_prepare(Epoch(1)).is_empty());
    assert_eq!(devices(&plan(&mut hall)), [ids[0], ids[2]]);
    assert_eq!(hall.told_to_prepare(Epoch(1)), [ids[0], ids[2]]);
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let (mut hall, _) = waiting(2);
    let request = plan(&mut hall);
    let front = request.run(&|| 0.0);
    for id in [0, request.id, request.id + 1] {
        hall.coordinator.planned(hall.now, id, front.clone());
        hall.coordinator.planned(hall.now, id, Err(PlanError::NoDevice));
    }
    hall.drain();
    assert!(hall.told_to_prepare(Epoch(2)).is_empty() && hall.requests.is_empty());
    hall.all_ready();
    assert_eq!(hall.state()["status"], "2 devices compute together");
}

#[test]
fn a_scheme_that_is_not_wanted_any_more_is_not_carried_out() {
    let (mut hall, _) = waiting(2);
    hall.coordinator.set_scheme(hall.now, "single".into(), None);
    hall.coordinator.set_scheme(hall.now, "pico".into(), Some(9.0));
    hall.drain();
    assert_eq!(plan(&mut hall).latency_limit, None);
    let request = plan(&mut hall);
    assert_eq!((request.scheme.as_str(), request.latency_limit), ("pico", Some(9.0)));
    assert_eq!(hall.plan().0, Epoch(1));
    assert_eq!(hall.state()["latency_limit"], 9.0);
}

#[test]
fn those_at_work_go_on_while_a_newcomer_is_planned_for() {
    let (mut hall, ids) = at_work(2);
    newcomer(&mut hall, &ids);
    let frame = hall.submit().unwrap();
    assert_eq!(hall.images.len(), 1);
    assert_eq!(hall.state()["status"], "2 devices compute together");
    hall.answer(hall.images[0].0, frame, Epoch(1));
    assert_eq!(hall.done.len(), 1);
    plan(&mut hall);
    assert_eq!(hall.told_to_prepare(Epoch(2)).len(), 3);
}

#[test]
fn a_newcomer_that_leaves_again_costs_nothing() {
    let (mut hall, ids) = at_work(2);
    let newcomer = newcomer(&mut hall, &ids);
    hall.leave(newcomer);
    plan(&mut hall);
    assert!(hall.requests.is_empty() && hall.told_to_prepare(Epoch(2)).is_empty());
    hall.submit().unwrap();
    assert_eq!(hall.images.len(), 1);
}

#[test]
fn a_page_that_leaves_stops_the_plan_at_once_and_the_next_one_waits_for_nobody() {
    let (mut hall, ids) = at_work(3);
    let frame = hall.submit().unwrap();
    let source = hall.images[0].0;
    let gone = *ids.iter().find(|id| **id != source).unwrap();
    hall.leave(gone);
    // Somebody who has yet to be measured is not waited for.
    hall.join(hello(), "late");
    hall.submit().unwrap();
    assert_eq!(hall.images.len(), 1, "nothing is begun that cannot end");
    assert_eq!(hall.state()["status"], "planning");
    // What was on its way is as good.
    hall.answer(source, frame, Epoch(1));
    assert_eq!(hall.done.len(), 1);
    plan(&mut hall);
    assert_eq!(hall.told_to_prepare(Epoch(2)).len(), 2);
    hall.all_ready();
    assert_eq!(hall.images.len(), 2);
    assert_eq!(hall.state()["counters"]["replans"], 1);
}

#[test]
fn a_frame_whose_source_leaves_while_a_plan_is_made_is_taken_over() {
    let (mut hall, ids) = at_work(3);
    let frame = hall.submit().unwrap();
    let source = hall.images[0].0;
    let gone = *ids.iter().find(|id| **id != source).unwrap();
    hall.leave(gone);
    hall.leave(source);
    plan(&mut hall);
    assert_eq!(devices(&plan(&mut hall)).len(), 1);
    hall.all_ready();
    let last = ids.iter().find(|id| **id != source && **id != gone).unwrap();
    assert_eq!(hall.images.last(), Some(&(*last, frame)));
}

#[test]
fn no_frame_goes_to_a_network_that_is_not_wanted_any_more() {
    let (mut hall, _) = at_work(2);
    hall.submit().unwrap();
    hall.coordinator.set_model(hall.now, model("second"));
    hall.drain();
    hall.submit().unwrap();
    assert_eq!(hall.images.len(), 1);
    plan(&mut hall);
    hall.all_ready();
    assert_eq!(hall.images.len(), 2);
    assert_eq!(hall.plan().1.model, "second");
}

#[test]
fn where_there_is_no_plan_who_waits_is_told_why() {
    let (mut hall, ids) = waiting(2);
    let frame = hall.submit().unwrap();
    let request = hall.requests.remove(0);
    let why = "the planner has ended unexpectedly";
    hall.coordinator.planned(hall.now, request.id, Err(PlanError::Infeasible(why.into())));
    hall.drain();
    assert_eq!(hall.done, [(frame, Err(FrameError::Plan(why.into())))]);
    // It is not tried again in a circle, but it is for somebody else.
    hall.wait(3.0, &ids);
    assert!(hall.requests.is_empty());
    newcomer(&mut hall, &ids);
    plan(&mut hall);
    assert_eq!(hall.told_to_prepare(Epoch(1)).len(), 3);
}

#[test]
fn nobody_left_is_no_reason_to_plan() {
    let (mut hall, ids) = waiting(2);
    ids.iter().for_each(|id| hall.leave(*id));
    plan(&mut hall);
    assert!(hall.requests.is_empty());
    assert!(hall.state()["plan"].is_null() && hall.state()["front"].is_null());
}

#[test]
fn lines_are_planned_with_as_they_were_measured() {
    let mut hall = Hall { plans: false, ..Hall::new() };
    let ids: Vec<DeviceId> = (0..4).map(|at| hall.join(hello(), &format!("{at}"))).collect();
    ids.iter().for_each(|id| hall.say(*id, ToServer::Benchmarked(benchmark())));
    let mut report = |from: usize, to: usize, bandwidth: Option<f64>| {
        let report = LinkReport { bandwidth, ..link(ids[to]) };
        hall.say(ids[from], ToServer::Link(report));
    };
    for (from, to, bandwidth) in [(0, 1, 5e6), (0, 2, 6e6), (1, 0, 1e6), (1, 2, 1e6), (2, 0, 7e6)] {
        report(from, to, Some(bandwidth));
    }
    for from in 0..3 {
        report(from, 3, None);
    }
    // The last page's line is waited for, as its end has yet to say that the links stand.
    assert!(hall.requests.is_empty());
    hall.wait(6.0, &ids);
    let request = hall.requests.last().unwrap();
    let line = |at: usize| request.cluster.devices[at].link;
    assert_eq!(line(0), Some(Link { up: 6e6, down: 7e6 }));
    assert_eq!(line(1), Some(Link { up: 1e6, down: 5e6 }));
    assert_eq!(line(2), Some(Link { up: 7e6, down: 6e6 }));
    assert_eq!(line(3), None);
    assert_eq!(request.cluster.network.bandwidth, 5e6);
}

#[test]
fn whoever_relays_or_answers_is_not_silent() {
    let (mut hall, ids) = Hall::running(2);
    for _ in 0..30 {
        hall.wait(1.0, &ids[..1]);
        hall.coordinator.heard(hall.now, ids[1]);
    }
    assert!(hall.closed.is_empty());
    hall.coordinator.heard(hall.now, DeviceId(77));
    hall.wait(16.0, &ids[..1]);
    assert_eq!(hall.closed, [ids[1]]);
}
