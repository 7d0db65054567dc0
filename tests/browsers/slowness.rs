//! A page that becomes slow while it computes, as a hot phone's does: the plan gives it less to do, and no
//! frame is begun twice.

use crate::sharing::is_espresso;
use anyhow::{Context, Result};
use convoy_tests::{Room, list};
use serde_json::Value;

/// Which part of the time the slowed page runs. Its pace leaves it some slack.
const PART: f64 = 0.05;

/// The state's device of this name.
fn device<'a>(state: &'a Value, name: &str) -> &'a Value {
    let found = list(&state["devices"]).iter().find(|device| device["name"] == name);
    found.unwrap_or(&Value::Null)
}

/// Multiply-accumulates that the plan gives to pages of this name, in parts of all.
fn share(state: &Value, name: &str) -> f64 {
    let tiles = || list(&state["plan"]["stages"]).iter().flat_map(|stage| list(&stage["tiles"]));
    let macs = |tile: &Value| tile["macs"].as_f64().unwrap_or_default();
    let own: f64 = tiles().filter(|tile| tile["name"] == name).map(macs).sum();
    own / tiles().map(macs).sum::<f64>()
}

#[test]
fn a_page_that_becomes_slow_in_mid_stream_gets_less_to_do() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(&["pace=1.2", "pace=1", "pace=0.8"])?;
    let before = room.ready(3)?;
    assert!(share(&before, "a") > 0.2, "{}", before["plan"]);
    let mut slowed = None;
    let answers = room.stream("coffee.jpg", 50, |room| {
        slowed = room.pages[0].as_ref().map(|page| page.slow_tab(PART));
    })?;
    answers.iter().for_each(is_espresso);
    let after = room.ready(3)?;
    drop(slowed.context("there was no page a")?);
    let speed = device(&after, "a")["speed"].as_f64().unwrap_or(1.0);
    assert!(speed < 0.67, "{speed}");
    assert!(share(&after, "a") < 0.7 * share(&before, "a"), "{}", after["plan"]);
    let counters = &after["counters"];
    // On a busy machine a tab that is stopped for parts of a second may fall silent besides: then the plan
    // without it is made for that, and the next one for its speed.
    let count = |name: &str| counters[name].as_u64().unwrap_or_default();
    assert!(count("drifts") + count("silences") >= 1, "{counters}");
    assert_eq!(count("failed"), 0, "{counters}");
    Ok(())
}
