//! What happens to tabs and networks: killed, frozen, reloaded, cut off from UDP. Every picture is
//! answered rightly and once.

use crate::page::with_page;
use crate::sharing::{FOUR, is_espresso};
use anyhow::{Context, Result, anyhow, ensure};
use convoy_harness::{Browser, Network};
use convoy_tests::{Room, list, photograph};
use serde_json::Value;
use std::thread;

/// The page that computes the first tile of the plan.
fn first(room: &Room, state: &Value) -> Result<usize> {
    let tile = &state["plan"]["stages"][0]["tiles"][0];
    room.page(tile["name"].as_str().context("a tile without a name")?)
}

/// Whether nothing was lost, wrong or answered twice of so many pictures.
fn all_answered_once(state: &Value, pictures: u64) {
    let counters = &state["counters"];
    let count = |name: &str| counters[name].as_u64();
    assert_eq!(count("submitted"), Some(pictures), "{counters}");
    assert_eq!(count("answered"), Some(pictures), "{counters}");
    assert_eq!(count("failed"), Some(0), "{counters}");
}

/// Which ways the links between all pages go.
fn vias(state: &Value) -> Vec<&str> {
    let links = list(&state["devices"]).iter().flat_map(|device| list(&device["links"]));
    links.filter_map(|link| link["via"].as_str()).collect()
}

#[test]
fn a_tab_that_is_killed_while_it_computes_loses_no_frame() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(FOUR)?;
    let before = room.ready(4)?;
    let page = first(&room, &before)?;
    let mut killed = false;
    let answers = room.stream("coffee.jpg", 10, |room| {
        killed = room.pages[page].as_ref().is_some_and(Browser::kill_tab);
    })?;
    ensure!(killed, "there was no tab to kill");
    answers.iter().for_each(is_espresso);
    let after = room.ready(3)?;
    assert!(after["plan"]["epoch"].as_u64() > before["plan"]["epoch"].as_u64());
    all_answered_once(&after, 10);
    Ok(())
}

#[test]
fn a_frozen_tab_is_left_out_and_comes_back_when_it_thaws() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(FOUR)?;
    let before = room.ready(4)?;
    let page = first(&room, &before)?;
    let mut frozen = None;
    let answers = room.stream("coffee.jpg", 10, |room| {
        frozen = room.pages[page].as_ref().map(Browser::freeze_tab);
    })?;
    answers.iter().for_each(is_espresso);
    let frozen = frozen.filter(convoy_harness::Frozen::is_some).context("no tab to freeze")?;
    let without = room.ready(3)?;
    all_answered_once(&without, 10);
    is_espresso(&room.infer("coffee.jpg")?);
    drop(frozen);
    room.ready(4)?;
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}

#[test]
fn a_page_that_is_reloaded_in_mid_stream_comes_back_and_no_frame_is_lost() -> Result<()> {
    with_page(&FOUR[..2], |driver, room| async move {
        driver.goto(room.page_url("c", "pace=0.6")).await?;
        let before = room.ready(3)?;
        let image = photograph("coffee.jpg")?;
        let ask = || {
            let (api, code, image) = (room.api.clone(), room.code.clone(), image.clone());
            thread::spawn(move || api.infer(&code, &image))
        };
        let asked: Vec<_> = (0..10).map(|_| ask()).collect();
        room.wait("a first answer", |state| state["counters"]["answered"].as_u64() > Some(0))?;
        driver.refresh().await?;
        for answer in asked {
            is_espresso(&answer.join().map_err(|_| anyhow!("a request's thread ended early"))??);
        }
        let epoch = |state: &Value| state["plan"]["epoch"].as_u64();
        room.wait("another plan", |state| epoch(state) > epoch(&before))?;
        all_answered_once(&room.ready(3)?, 10);
        Ok(())
    })
}

#[test]
fn a_page_without_udp_is_relayed() -> Result<()> {
    let policy = "--webrtc-ip-handling-policy=disable_non_proxied_udp";
    let mut room = Room::start("squeezenet1.1", "coedge")?;
    room.open_by(FOUR[0], |url| Browser::open_with(url, &[policy]))?;
    room.open(&FOUR[1..3])?;
    room.ready(3)?;
    let answers = room.stream("coffee.jpg", 6, |_| {})?;
    answers.iter().for_each(is_espresso);
    let state = room.wait("all links", |state| vias(state).len() == 6)?;
    for device in list(&state["devices"]) {
        for link in list(&device["links"]) {
            let peer = list(&state["devices"]).iter().find(|other| other["id"] == link["peer"]);
            let touches = device["name"] == "a" || peer.is_some_and(|peer| peer["name"] == "a");
            assert_eq!(link["via"], if touches { "relayed" } else { "direct" }, "{device}");
        }
    }
    all_answered_once(&state, 6);
    Ok(())
}

#[test]
fn udp_that_is_cut_off_in_mid_stream_is_done_without_and_used_again_when_it_is_back() -> Result<()>
{
    let network = match Network::new(17) {
        Ok(network) => network,
        Err(error) => {
            // Namespaces are for root; the test above has a page without UDP in any case.
            eprintln!("not run: {error}");
            return Ok(());
        }
    };
    let mut room = Room::start_at(&network.outside(), "squeezenet1.1", "coedge", &[])?;
    if !network.reaches(&room.url) {
        eprintln!("not run: a firewall here lets nothing in from {}", network.outside());
        return Ok(());
    }
    room.open(&["pace=0.8"])?;
    room.open_by("pace=0.7", |url| Browser::open_within(&network, url))?;
    room.ready(2)?;
    room.wait("direct links", |state| vias(state) == ["direct"; 2])?;
    let mut seen = Ok(());
    let answers = room.stream("coffee.jpg", 40, |room| {
        seen = (|| {
            network.block_udp(true)?;
            room.wait("relayed links", |state| vias(state) == ["relayed"; 2])?;
            is_espresso(&room.infer("coffee.jpg")?);
            network.block_udp(false)?;
            room.wait("direct links again", |state| vias(state) == ["direct"; 2])?;
            Ok(())
        })();
    })?;
    seen.and_then(|()| {
        answers.iter().for_each(is_espresso);
        is_espresso(&room.infer("coffee.jpg")?);
        all_answered_once(&room.ready(2)?, 42);
        Ok(())
    })
}
