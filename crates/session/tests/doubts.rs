//! Answers that take longer than forecast: the lines are measured again, and what is found counts.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::benchmark;
use common::pages::Pages;
use convoy_plan::{DeviceId, Link};
use convoy_session::PlanRequest;
use convoy_wire::{Epoch, ToDevice, ToServer};

const LINE: f64 = 1e6;

/// Three pages whose first plan runs, of which at least two have a part.
fn running() -> Pages {
    let mut pages = Pages::new(&[(LINE, LINE); 3], 0.1);
    pages.run(3.0, true);
    pages.hall.all_ready();
    pages.run(5.0, false);
    assert!(works(&pages).len() > 1, "{:?}", pages.hall.plan().1.stages);
    pages
}

/// Who has a part in the newest plan.
fn works(pages: &Pages) -> Vec<DeviceId> {
    let (_, plan) = pages.hall.plan();
    let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
    let mut devices: Vec<DeviceId> = tiles.map(|tile| tile.device).collect();
    devices.sort_unstable();
    devices.dedup();
    devices
}

fn counter(pages: &Pages, name: &str) -> u64 {
    pages.hall.state()["counters"][name].as_u64().unwrap()
}

/// So many pictures one after another, each of which takes so many times as long as forecast for the plan
/// that runs, and a tenth of a second for its photograph.
fn answers(pages: &mut Pages, count: usize, times: impl Fn(usize) -> f64) {
    for index in 0..count {
        let frame = pages.hall.submit().unwrap();
        let handed = |pages: &Pages| pages.hall.images.iter().any(|(_, of)| *of == frame);
        while !handed(pages) {
            pages.run(pages.hall.now + 0.25, false);
        }
        let (epoch, plan) = pages.hall.plan();
        pages.run(pages.hall.now + 0.1 + times(index) * plan.predicted.latency, false);
        let source = pages.hall.images.iter().rev().find(|(_, of)| *of == frame).unwrap().0;
        // A plan may have taken over meanwhile.
        let epoch = epoch.min(pages.hall.plan().0);
        pages.hall.answer(source, frame, epoch);
        pages.run(pages.hall.now, false);
    }
}

fn slow_down(pages: &mut Pages, page: DeviceId, rate: f64) {
    pages.lines.insert(page, Link { up: rate, down: rate });
}

/// Finds the slow line of the page at this place among those that work, and no other; how many plans followed.
fn found(place: usize) -> u64 {
    let mut pages = running();
    let slow = works(&pages)[place];
    answers(&mut pages, 4, |_| 1.0);
    assert_eq!((counter(&pages, "looks"), pages.hall.plan().0), (0, Epoch(1)));
    slow_down(&mut pages, slow, 2e4);
    // What comes next is made by a scheme that can leave a page out.
    pages.hall.planner =
        |request| PlanRequest { scheme: "best".into(), ..request.clone() }.run(&|| 0.0);
    answers(&mut pages, 3, |_| 5.0);
    assert_eq!(counter(&pages, "looks"), 0);
    answers(&mut pages, 1, |_| 5.0);
    assert_eq!(counter(&pages, "looks"), 1);
    pages.run(pages.hall.now + 6.0, false);
    for id in pages.ids.clone() {
        let (up, down) = pages.line(id);
        let real = pages.lines[&id];
        assert!((up.unwrap() / real.up - 1.0).abs() < 1e-6, "{id}: {up:?}");
        assert!((down.unwrap() / real.down - 1.0).abs() < 1e-6, "{id}: {down:?}");
    }
    assert_eq!(counter(&pages, "replayed"), 0);
    assert_eq!(pages.hall.plan().0, Epoch(1 + counter(&pages, "drifts") as u32));
    counter(&pages, "drifts")
}

#[test]
fn a_slow_line_is_found_with_the_fourth_late_answer_and_planned_around() {
    let working = works(&running()).len();
    let drifts: Vec<u64> = (0..working).map(found).collect();
    // Where no plan is clearly better the present one stays.
    assert!(drifts.iter().all(|drifts| *drifts <= 1) && drifts.contains(&1), "{drifts:?}");
}

#[test]
fn where_lines_are_as_they_were_the_room_looks_once_and_keeps_its_plan() {
    let mut pages = running();
    answers(&mut pages, 8, |_| 4.0);
    assert_eq!(counter(&pages, "looks"), 1);
    answers(&mut pages, 80, |_| 4.0);
    assert_eq!((counter(&pages, "looks"), counter(&pages, "drifts")), (1, 0));
    assert_eq!(pages.hall.plan().0, Epoch(1));
    // What was seen counts for the plan from now on.
    let state = pages.hall.state();
    let front = &state["front"];
    let chosen = &front["plans"][front["chosen"].as_u64().unwrap() as usize];
    let times = chosen["expected_latency"].as_f64();
    let forecast = chosen["latency"].as_f64().unwrap();
    assert!(times.is_none_or(|times| times > 2.0 * forecast), "{front:#}");
}

#[test]
fn answers_that_come_and_go_are_looked_at_less_and_less_often() {
    let mut pages = running();
    let began = pages.hall.now;
    for turn in 0..60 {
        answers(&mut pages, 9, |_| if turn % 2 == 0 { 5.0 } else { 1.0 });
    }
    let looks = counter(&pages, "looks");
    // After 10, 20, 40, 80 ... seconds.
    let most = 2 + ((pages.hall.now - began) / 10.0).log2() as u64;
    assert!((2..=most).contains(&looks), "{looks} looks in {} s", pages.hall.now - began);
    assert_eq!(counter(&pages, "drifts"), 0);
}

#[test]
fn noise_and_single_late_answers_are_no_reason_to_look() {
    let mut pages = running();
    answers(
        &mut pages,
        60,
        |index| if index % 7 < 3 { 8.0 } else { 0.8 + 0.1 * (index % 5) as f64 },
    );
    assert_eq!(counter(&pages, "looks"), 0);
}

#[test]
fn what_a_slow_device_explains_casts_no_doubt_on_lines() {
    let mut pages = running();
    let slow = works(&pages)[0];
    for frame in 0..12 {
        let (epoch, plan) = pages.hall.plan();
        let stages = (0..).zip(&plan.stages);
        let tiles = stages.flat_map(|(at, stage)| stage.tiles.iter().map(move |tile| (at, tile)));
        let own = tiles.filter(|(_, tile)| tile.device == slow);
        if let Some((stage, tile)) = own.max_by_key(|(_, tile)| tile.macs) {
            let seconds = 3.0 * tile.macs as f64 / benchmark().capacity;
            let (receiving, waiting) = (0.0, 0.0);
            let frame = convoy_wire::FrameId(frame);
            let computed = ToServer::Computed { epoch, frame, stage, seconds, receiving, waiting };
            pages.hall.say(slow, computed);
        }
        let times = if pages.hall.plan().0 == Epoch(1) { 2.9 } else { 1.0 };
        answers(&mut pages, 1, |_| times);
    }
    assert_eq!(counter(&pages, "looks"), 0);
    assert_eq!(counter(&pages, "drifts"), 1);
}

#[test]
fn a_line_that_is_itself_again_is_found_so_within_two_minutes_of_rest() {
    let mut pages = running();
    let slow = works(&pages)[0];
    slow_down(&mut pages, slow, 2e4);
    answers(&mut pages, 8, |_| 5.0);
    pages.run(pages.hall.now + 10.0, false);
    assert!(pages.line(slow).0.unwrap() < 3e4);
    let looks = counter(&pages, "looks");
    pages.run(pages.hall.now + 70.0, false);
    assert_eq!(counter(&pages, "looks"), looks + 1, "it looks again after a minute");
    slow_down(&mut pages, slow, LINE);
    pages.run(pages.hall.now + 130.0, false);
    assert!(pages.line(slow).0.unwrap() > 0.9 * LINE);
    // And then no more.
    let looks = counter(&pages, "looks");
    pages.run(pages.hall.now + 300.0, false);
    assert_eq!(counter(&pages, "looks"), looks);
}

#[test]
fn a_page_that_leaves_in_the_middle_of_a_look_ends_it() {
    let mut pages = running();
    let told = |pages: &Pages| {
        let asks =
            |(_, message): &&(DeviceId, ToDevice)| matches!(message, ToDevice::Measure { .. });
        pages.hall.sent.iter().filter(asks).count()
    };
    let before = told(&pages);
    answers(&mut pages, 6, |_| 5.0);
    pages.hall.submit().unwrap();
    pages.run(pages.hall.now + 0.3, false);
    assert!(told(&pages) > before, "a look is under way");
    pages.leave(0);
    pages.run(pages.hall.now + 8.0, false);
    pages.hall.all_ready();
    answers(&mut pages, 2, |_| 1.0);
}
