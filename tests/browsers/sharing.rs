//! Pages share the work of every frame, and their answer is one page's answer.

use anyhow::{Context, Result};
use convoy_tests::{Room, list};
use serde_json::Value;
use std::collections::BTreeSet;

/// Four unequal pages.
pub(crate) const FOUR: &[&str] = &["pace=0.8", "pace=0.65", "pace=0.5", "pace=0.4"];

/// Whether coffee.jpg was called an espresso, with the yardstick's score.
pub(crate) fn is_espresso(answer: &Value) {
    let first = &answer["labels"][0];
    assert_eq!(first["label"], "espresso", "{answer}");
    let score = first["score"].as_f64().unwrap_or_default();
    assert!((score - 0.963).abs() < 0.02, "espresso with {score}");
}

fn pages_answer(queries: &[&str]) -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(queries)?;
    room.ready(queries.len())?;
    is_espresso(&room.infer("coffee.jpg")?);
    let cat = room.infer("chelsea.jpg")?;
    assert_eq!(cat["labels"][0]["label"], "Egyptian cat", "{cat}");
    Ok(())
}

#[test]
fn one_page_answers() -> Result<()> {
    pages_answer(&["pace=1"])
}

#[test]
fn two_pages_answer_alike() -> Result<()> {
    pages_answer(&["pace=0.8", "pace=0.5"])
}

#[test]
fn eight_pages_answer_alike() -> Result<()> {
    pages_answer(&["pace=0.3"; 8])
}

#[test]
fn four_pages_share_every_frame() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(FOUR)?;
    let planned = room.ready(4)?;
    let stages = list(&planned["plan"]["stages"]);
    let computing: BTreeSet<String> = stages
        .iter()
        .flat_map(|stage| list(&stage["tiles"]))
        .map(|tile| tile["device"].to_string())
        .collect();
    assert!(computing.len() >= 3, "only {computing:?} compute under {}", planned["plan"]);
    assert!(
        stages.iter().any(|stage| list(&stage["tiles"]).len() >= 2),
        "no stage has two tiles: {}",
        planned["plan"]
    );

    for answer in room.stream("coffee.jpg", 12, |_| {})? {
        is_espresso(&answer);
    }
    let state = room.wait("reports of twelve frames", |state| {
        let devices = list(&state["devices"]);
        let worked = devices.iter().filter(|device| device["tiles"].as_u64() > Some(0));
        worked.count() >= 3 && state["counters"]["answered"].as_u64() >= Some(12)
    })?;
    let counters = &state["counters"];
    assert!(counters["frames_in_flight_max"].as_u64() >= Some(2), "{counters}");
    assert!(
        counters["received_while_computing"].as_u64() > Some(0),
        "no slice of a later frame came while an earlier one was computed: {counters}"
    );
    Ok(())
}

#[test]
fn slices_pass_directly_between_pages_that_are_not_the_source() -> Result<()> {
    // Of `coedge` every page has a strip of nearly every map, so that neighbours exchange rows,
    // whichever page is the source.
    let mut room = Room::start("squeezenet1.1", "coedge")?;
    room.open(FOUR)?;
    room.ready(4)?;
    // One picture, so one source, and every byte belongs to its frame.
    let answer = room.infer("coffee.jpg")?;
    is_espresso(&answer);
    let source = answer["source"].clone();
    assert!(source.is_u64(), "the answer does not name its source: {answer}");
    let direct = |state: &Value| {
        list(&state["devices"]).iter().any(|device| {
            device["id"] != source
                && list(&device["links"]).iter().any(|link| {
                    link["peer"] != source
                        && link["via"] == "direct"
                        && link["sent"].as_u64() > Some(10_000)
                })
        })
    };
    room.wait("a direct transfer that does not touch the source", direct)?;
    Ok(())
}

#[test]
fn a_page_that_never_connects_directly_is_relayed() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(&["pace=0.8&relay=1", "pace=0.65", "pace=0.5", "pace=0.4"])?;
    room.ready(4)?;
    for answer in room.stream("coffee.jpg", 6, |_| {})? {
        is_espresso(&answer);
    }
    let state = room.wait("the relayed page's links", |state| {
        let devices = list(&state["devices"]);
        devices.iter().any(|device| device["name"] == "a" && list(&device["links"]).len() == 3)
    })?;
    let devices = list(&state["devices"]);
    let relayed = devices.iter().find(|device| device["name"] == "a").context("page a")?;
    for device in devices {
        for link in list(&device["links"]) {
            let touches = device["id"] == relayed["id"] || link["peer"] == relayed["id"];
            let wanted = if touches { "relayed" } else { "direct" };
            assert_eq!(link["via"], wanted, "{} to {}", device["name"], link["peer"]);
        }
    }
    Ok(())
}
