//! Lines that become slow: suspected by bytes that wait, confirmed by measuring, taken back.

use crate::common::pages::Pages;
use convoy_plan::{DeviceId, Link};
use convoy_wire::Epoch;

const LINE: f64 = 1e6;

/// Pages whose plan runs.
fn running(count: usize) -> Pages {
    let mut pages = Pages::new(&vec![(LINE, LINE); count], 0.2);
    pages.run(4.0, true);
    pages.hall.all_ready();
    pages.run(pages.hall.now + 6.0, false);
    assert_eq!((counter(&pages, "looks"), pages.hall.plan().0), (0, Epoch(1)));
    pages
}

fn counter(pages: &Pages, name: &str) -> u64 {
    pages.hall.state()["counters"][name].as_u64().unwrap()
}

fn is_slow(pages: &Pages, id: DeviceId) -> bool {
    let state = pages.hall.state();
    let mut devices = state["devices"].as_array().unwrap().iter();
    devices.find(|device| device["id"] == id.0).unwrap()["line"]["slow"].as_bool().unwrap()
}

fn slow(pages: &Pages) -> Vec<DeviceId> {
    pages.ids.iter().copied().filter(|id| is_slow(pages, *id)).collect()
}

fn set(pages: &mut Pages, id: DeviceId, up: f64, down: f64) {
    pages.lines.insert(id, Link { up, down });
}

/// So many bytes a second pass from one page to another, while bytes wait for such a part of the time.
fn pass(pages: &mut Pages, from: usize, to: usize, rate: f64, waits: f64) {
    pages.flows.insert((pages.ids[from], pages.ids[to]), (rate, waits));
}

fn wait(pages: &mut Pages, seconds: f64) {
    pages.run(pages.hall.now + seconds, false);
}

#[test]
fn a_line_that_falls_to_a_tenth_is_found_within_ten_seconds_and_no_other() {
    for (count, (up, down)) in [(3, (1e5, LINE)), (4, (1e5, 1e5)), (5, (LINE, 1e5))] {
        let mut pages = running(count);
        let id = pages.ids[0];
        set(&mut pages, id, up, down);
        let (from, to) = if up < LINE { (0, 1) } else { (1, 0) };
        pass(&mut pages, from, to, 1e5, 1.0);
        wait(&mut pages, 1.75);
        assert_eq!(counter(&pages, "looks"), 0, "too soon to say");
        wait(&mut pages, 8.0);
        assert_eq!(slow(&pages), [id], "{count}");
        for other in pages.ids.clone() {
            let (line, real) = (pages.line(other), pages.lines[&other]);
            assert_eq!(line, (Some(real.up), Some(real.down)), "{count}: {other}");
        }
        let ends = u64::from(up < LINE) + u64::from(down < LINE);
        assert_eq!((counter(&pages, "looks"), counter(&pages, "slow_lines")), (1, ends));
    }
}

#[test]
fn of_two_pages_nobody_can_tell_whose_line_it_is() {
    let mut pages = running(2);
    let id = pages.ids[0];
    set(&mut pages, id, 1e5, 1e5);
    pass(&mut pages, 0, 1, 1e5, 1.0);
    wait(&mut pages, 9.0);
    assert_eq!(pages.line(id).0, Some(1e5));
    assert_eq!(slow(&pages).len(), 2);
}

#[test]
fn full_lines_that_are_as_fast_as_they_were_are_no_reason_to_look() {
    let mut pages = running(4);
    pass(&mut pages, 0, 1, 9e5, 1.0);
    // Two share the line up of one page, and two the line down of another.
    pass(&mut pages, 2, 1, 5e4, 1.0);
    pass(&mut pages, 2, 3, 8e5, 1.0);
    wait(&mut pages, 60.0);
    assert_eq!(counter(&pages, "looks"), 0);
}

#[test]
fn bytes_that_pass_without_waiting_are_no_reason_to_look() {
    let mut pages = running(3);
    pass(&mut pages, 0, 1, 1e3, 0.1);
    wait(&mut pages, 60.0);
    assert_eq!(counter(&pages, "looks"), 0);
}

#[test]
fn what_is_found_sound_is_not_looked_at_again_for_the_same_reason() {
    let mut pages = running(3);
    // As where other things than slices pass by the line.
    pass(&mut pages, 0, 1, 3e5, 1.0);
    wait(&mut pages, 120.0);
    assert_eq!((counter(&pages, "looks"), slow(&pages).len()), (1, 0));
    // Something clearly worse is another reason.
    pass(&mut pages, 0, 1, 1e5, 1.0);
    wait(&mut pages, 20.0);
    assert_eq!((counter(&pages, "looks"), slow(&pages).len()), (2, 0));
    assert_eq!(pages.hall.plan().0, Epoch(1));
}

#[test]
fn no_picture_is_handed_out_during_a_look_and_all_are_after_it() {
    let mut pages = running(3);
    let id = pages.ids[0];
    set(&mut pages, id, 1e5, 1e5);
    pass(&mut pages, 0, 1, 1e5, 1.0);
    while counter(&pages, "looks") == 0 {
        wait(&mut pages, 0.25);
    }
    pages.hall.submit().unwrap();
    assert!(pages.hall.images.is_empty());
    wait(&mut pages, 9.0);
    assert_eq!(pages.hall.images.len(), 1);
}

#[test]
fn a_page_that_leaves_during_a_look_ends_it() {
    let mut pages = running(4);
    let id = pages.ids[0];
    set(&mut pages, id, 1e5, 1e5);
    pass(&mut pages, 0, 1, 1e5, 1.0);
    while counter(&pages, "looks") == 0 {
        wait(&mut pages, 0.25);
    }
    wait(&mut pages, 0.25);
    pages.leave(0);
    pages.flows.clear();
    wait(&mut pages, 8.0);
    pages.hall.all_ready();
    pages.hall.submit().unwrap();
    wait(&mut pages, 1.0);
    assert_eq!((pages.hall.images.len(), slow(&pages).len()), (1, 0));
}

#[test]
fn a_hidden_page_is_not_suspected() {
    let mut pages = running(3);
    let hidden = pages.ids[1];
    pages.hidden.insert(hidden);
    pass(&mut pages, 0, 1, 1e4, 1.0);
    wait(&mut pages, 30.0);
    assert_eq!(counter(&pages, "looks"), 0);
}

#[test]
fn a_line_that_is_itself_again_is_taken_back_within_as_long_as_it_was_slow() {
    let mut pages = running(4);
    let id = pages.ids[0];
    set(&mut pages, id, 1e5, 1e5);
    pass(&mut pages, 0, 1, 1e5, 1.0);
    wait(&mut pages, 10.0);
    assert_eq!(slow(&pages), [id]);
    pages.flows.clear();
    wait(&mut pages, 30.0);
    assert_eq!(slow(&pages), [id]);
    set(&mut pages, id, LINE, LINE);
    wait(&mut pages, 41.0);
    assert_eq!((slow(&pages).len(), pages.line(id)), (0, (Some(LINE), Some(LINE))));
    // And nobody measures any more.
    let measured = pages.measured.len();
    wait(&mut pages, 300.0);
    assert_eq!(pages.measured.len(), measured);
}

#[test]
fn a_line_that_stays_slow_is_tried_less_and_less_often() {
    let mut pages = running(3);
    let id = pages.ids[0];
    set(&mut pages, id, 1e5, 1e5);
    pass(&mut pages, 0, 1, 1e5, 1.0);
    wait(&mut pages, 10.0);
    let (measured, looks) = (pages.measured.len(), counter(&pages, "looks"));
    wait(&mut pages, 1200.0);
    // Either direction after 10, 20, 40, 80, 160 s and then every 300.
    assert!(pages.measured.len() - measured <= 2 * 9, "{}", pages.measured.len() - measured);
    assert_eq!((counter(&pages, "looks"), slow(&pages)), (looks, vec![id]));
}
