//! Pages that share a medium are found out, and planned for as such.

use crate::common::pages::Pages;
use convoy_plan::{Cluster, Link};

/// Bytes a second of each line, unless said otherwise.
const LINE: f64 = 6e6;

/// The cluster that the first plan of these pages is asked for with, and after how many seconds.
fn planned(pages: &mut Pages) -> (Cluster, f64) {
    pages.hall.plans = false;
    while pages.hall.requests.is_empty() {
        assert!(pages.hall.now < 9.0, "no plan is asked for");
        pages.run(pages.hall.now + 0.25, false);
    }
    (pages.hall.requests[0].cluster.clone(), pages.hall.now)
}

/// Six pages on a medium whose plan runs, and all of whose links were measured.
fn running() -> Pages {
    let mut pages = Pages::new(&[(LINE, LINE); 6], 0.2);
    pages.medium = LINE;
    pages.run(20.0, true);
    pages.hall.all_ready();
    pages.run(pages.hall.now + 20.0, false);
    pages
}

fn counter(pages: &Pages, name: &str) -> u64 {
    pages.hall.state()["counters"][name].as_u64().unwrap()
}

#[test]
fn pages_on_one_medium_are_planned_for_as_such_and_soon() {
    for count in 2..=9 {
        let mut pages = Pages::new(&vec![(2.0 * LINE, 2.0 * LINE); count], 0.2);
        pages.medium = LINE;
        let (cluster, seconds) = planned(&mut pages);
        assert!(cluster.network.shared, "{count}");
        assert!((cluster.network.bandwidth / LINE - 1.0).abs() < 1e-6, "{count}");
        assert!(seconds <= 5.0, "{count}: {seconds}");
        let medium = &pages.hall.state()["medium"];
        assert_eq!(medium["shared"], true);
    }
}

#[test]
fn pages_with_lines_of_their_own_are_not_thought_to_share() {
    for count in 2..=9 {
        let mut pages = Pages::new(&vec![(LINE, LINE); count], 0.2);
        let (cluster, _) = planned(&mut pages);
        assert!(!cluster.network.shared, "{count}");
        assert_eq!(pages.hall.state()["medium"]["shared"], false);
    }
}

#[test]
fn a_line_that_is_slower_than_the_medium_counts_more_than_that() {
    let mut lines = vec![(2.0 * LINE, 2.0 * LINE); 5];
    lines[4] = (LINE / 10.0, LINE / 10.0);
    let mut pages = Pages::new(&lines, 0.2);
    pages.medium = LINE;
    let (cluster, _) = planned(&mut pages);
    assert!(!cluster.network.shared);
    let link = cluster.devices[4].link.unwrap();
    assert_eq!(link, Link { up: LINE / 10.0, down: LINE / 10.0 });
    assert_eq!(pages.hall.state()["medium"]["shared"], true);
}

#[test]
fn links_of_a_medium_are_measured_one_at_a_time() {
    let pages = running();
    for id in pages.ids.clone() {
        assert_eq!(pages.line(id), (Some(LINE), Some(LINE)), "{id}");
    }
    assert_eq!(pages.hall.state()["medium"]["mbit"], LINE * 8.0 / 1e6);
}

#[test]
fn bytes_that_wait_for_the_medium_are_no_reason_to_look() {
    let mut pages = running();
    for (from, to) in [(0, 1), (2, 3), (4, 5)] {
        let way = (pages.ids[from], pages.ids[to]);
        pages.flows.insert(way, (LINE / 3.5, 1.0));
    }
    pages.run(pages.hall.now + 60.0, false);
    assert_eq!(counter(&pages, "looks"), 0);
    // Where all of it carries clearly less than it did, there is one.
    for flow in pages.flows.values_mut() {
        flow.0 /= 4.0;
    }
    pages.run(pages.hall.now + 15.0, false);
    assert!(counter(&pages, "looks") > 0);
}

#[test]
fn those_who_come_one_by_one_while_pictures_pass_show_a_medium_that_two_did_not() {
    let mut pages = Pages::new(&[(LINE, LINE); 2], 0.2);
    pages.run(20.0, true);
    pages.hall.all_ready();
    assert_eq!(pages.hall.state()["medium"]["shared"], false);
    // One picture is under way all the time.
    pages.hall.submit().unwrap();
    pages.medium = LINE;
    for _ in 0..2 {
        let id = pages.join(LINE, LINE);
        pages.run(pages.hall.now + 15.0, false);
        let (_, plan) = pages.hall.plan();
        let mut tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
        assert!(tiles.any(|tile| tile.device == id), "{id} has nothing to do: {plan:?}");
    }
    assert_eq!(pages.hall.state()["medium"]["shared"], true);
    assert!(
        (pages.hall.state()["medium"]["mbit"].as_f64().unwrap() / (LINE * 8e-6) - 1.0).abs() < 1e-6
    );
}

#[test]
fn it_is_found_out_again_once_the_others_are_gone() {
    let mut pages = Pages::new(&[(LINE, LINE); 3], 0.2);
    pages.medium = LINE;
    pages.run(20.0, true);
    assert_eq!(pages.hall.state()["medium"]["shared"], true);
    pages.leave(2);
    assert_eq!(pages.hall.state()["medium"]["shared"], true);
    pages.leave(1);
    assert!(pages.hall.state()["medium"]["shared"].is_null());
}
