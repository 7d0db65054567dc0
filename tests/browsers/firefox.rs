//! The same in Firefox: alone, two of them, and one beside Chromium.

use crate::sharing::is_espresso;
use anyhow::Result;
use convoy_harness::Firefox;
use convoy_tests::{Room, list};
use serde_json::Value;

/// Opens Firefoxes on the room's page, one for each name.
fn open(room: &Room, names: &[&str]) -> Result<Vec<Firefox>> {
    names.iter().map(|name| Ok(Firefox::open(&room.page_url(name, "pace=0.7"))?)).collect()
}

/// Has pictures answered by the room's two pages together, over direct links.
fn answer_together(room: &mut Room) -> Result<Value> {
    room.ready(2)?;
    let direct = |device: &Value| {
        let links = list(&device["links"]);
        links.len() == 1 && links[0]["via"] == "direct"
    };
    room.wait("a direct link", |state| list(&state["devices"]).iter().all(direct))?;
    let answers = room.stream("coffee.jpg", 6, |_| {})?;
    answers.iter().for_each(is_espresso);
    let cat = room.infer("chelsea.jpg")?;
    assert_eq!(cat["labels"][0]["label"], "Egyptian cat", "{cat}");
    // Both were needed: of `coedge` each page has a strip of every map.
    let both = |state: &Value| {
        list(&state["devices"]).iter().all(|device| {
            device["tiles"].as_u64() > Some(0)
                && list(&device["links"])
                    .iter()
                    .all(|link| link["received"].as_u64() > Some(10_000))
        })
    };
    room.wait("work of both", both)
}

#[test]
fn one_firefox_answers() -> Result<()> {
    let room = Room::start("squeezenet1.1", "single")?;
    let _pages = open(&room, &["fox"])?;
    let state = room.ready(1)?;
    let page = &state["devices"][0];
    assert!(page["browser"].as_str().is_some_and(|name| name.contains("Firefox")), "{page}");
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}

#[test]
fn two_firefoxes_answer_together() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "coedge")?;
    let _pages = open(&room, &["fox", "vixen"])?;
    answer_together(&mut room)?;
    Ok(())
}

#[test]
fn firefox_and_chromium_answer_together() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "coedge")?;
    let _pages = open(&room, &["fox"])?;
    room.open(&["pace=0.7"])?;
    answer_together(&mut room)?;
    Ok(())
}
