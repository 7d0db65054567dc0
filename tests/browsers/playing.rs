//! Playing with a room from the page of whoever started it: devices that the page adds, slowed down while they compute,
//! and taken away again.

use crate::page::{hold_the_room, open_all, with_page};
use crate::sharing::is_espresso;
use anyhow::{Result, anyhow};
use convoy_tests::{Room, list};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// Longest that a room may take to find out that a device computes five times slower.
const PATIENCE: Duration = Duration::from_secs(120);

/// The device of this name.
fn named<'a>(state: &'a Value, name: &str) -> Option<&'a Value> {
    list(&state["devices"]).iter().find(|device| device["name"] == name)
}

/// The multiply-accumulates that the running plan gives the device of this name, as a part of all.
fn share(state: &Value, name: &str) -> f64 {
    let id = named(state, name).map(|device| &device["id"]);
    let tiles = list(&state["plan"]["stages"]).iter().flat_map(|stage| list(&stage["tiles"]));
    let (mut own, mut all) = (0.0, 0.0);
    for tile in tiles {
        let macs = tile["macs"].as_f64().unwrap_or_default();
        all += macs;
        if Some(&tile["device"]) == id {
            own += macs;
        }
    }
    own / f64::max(all, 1.0)
}

/// Types a rate into one of the page's fields.
async fn set(driver: &WebDriver, field: &str, rate: &str) -> Result<()> {
    let script = "const field = document.getElementById(arguments[0]);
        field.value = arguments[1]; field.dispatchEvent(new Event('change'));";
    driver.execute(script, vec![json!(field), json!(rate)]).await?;
    Ok(())
}

/// Opens the page of whoever started the room, which computes itself, and has it add `count` devices.
async fn add(driver: &WebDriver, room: &Room, count: usize) -> Result<()> {
    hold_the_room(driver, room).await?;
    driver.goto(room.page_url("teacher", "role=host&pace=1")).await?;
    let add = driver.query(By::Id("simulated-add")).first().await?;
    open_all(driver).await?;
    for number in 1..=count {
        add.wait_until().wait(PATIENCE, Duration::from_millis(100)).clickable().await?;
        add.click().await?;
        driver.query(By::Id(format!("simulated-pace-{number}"))).first().await?;
    }
    Ok(())
}

#[test]
fn a_page_adds_devices_that_compute_and_takes_one_away() -> Result<()> {
    with_page(&[], |driver, room| async move {
        add(&driver, &room, 2).await?;
        let state = room.ready(3)?;
        for name in ["teacher", "Simulated 1", "Simulated 2"] {
            assert!(share(&state, name) > 0.1, "{name} computes nothing: {state}");
        }
        is_espresso(&room.infer("coffee.jpg")?);
        let remove = "//ul[@id='simulated-devices']//button[contains(@aria-label, 'Simulated 1')]";
        driver.find(By::XPath(remove)).await?.click().await?;
        let state = room.ready(2)?;
        assert!(named(&state, "Simulated 1").is_none(), "{state}");
        is_espresso(&room.infer("coffee.jpg")?);
        Ok(())
    })
}

#[test]
fn a_device_that_is_slowed_down_while_it_computes_is_found_out_and_gets_less() -> Result<()> {
    with_page(&[], |driver, room| async move {
        add(&driver, &room, 1).await?;
        let before = share(&room.ready(2)?, "Simulated 1");
        is_espresso(&room.infer("coffee.jpg")?);
        set(&driver, "simulated-pace-1", "0.2").await?;
        let began = Instant::now();
        loop {
            is_espresso(&room.infer("coffee.jpg")?);
            let state = room.api.room(&room.code)?;
            let speed = named(&state, "Simulated 1").and_then(|device| device["speed"].as_f64());
            let now = share(&state, "Simulated 1");
            if speed.is_some_and(|speed| speed < 0.5) && now < 0.7 * before {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(anyhow!("from {before} to {now} of the work at {speed:?}: {state}"));
            }
        }
    })
}

#[test]
fn a_link_that_is_throttled_carries_no_more_than_that() -> Result<()> {
    with_page(&[], |driver, room| async move {
        add(&driver, &room, 1).await?;
        room.ready(2)?;
        is_espresso(&room.infer("coffee.jpg")?);
        // Its layers are all cut between the two, so that much is carried.
        room.api.set_scheme(&room.code, "coedge")?;
        room.wait("a plan for both", |state| {
            state["plan"]["running"] == true
                && state["plan"]["scheme"] == "coedge"
                && share(state, "Simulated 1") > 0.1
        })?;
        is_espresso(&room.infer("coffee.jpg")?);
        set(&driver, "simulated-bandwidth-1", "1").await?;
        let count = || -> Result<u64> {
            let state = room.api.room(&room.code)?;
            let links = named(&state, "Simulated 1").map(|device| list(&device["links"]).to_vec());
            let links = links.unwrap_or_default();
            Ok(links.iter().filter_map(|link| link["received"].as_u64()).sum())
        };
        // Heartbeats tell of what came before.
        std::thread::sleep(Duration::from_secs(6));
        let (from, began) = (count()?, Instant::now());
        while began.elapsed() < Duration::from_secs(10) {
            is_espresso(&room.infer("coffee.jpg")?);
        }
        std::thread::sleep(Duration::from_secs(6));
        let (bytes, seconds) = (count()? - from, began.elapsed().as_secs_f64());
        // A megabit a second and what was under way; nothing, where the room has found a plan without the link.
        let most = 125_000.0 * (seconds + 2.0);
        assert!((bytes as f64) < most, "{bytes} bytes in {seconds} s");
        Ok(())
    })
}
