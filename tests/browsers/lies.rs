//! A page whose worker computes falsely: it is found out by spot checks, named on every page, and answers are
//! right again without it.

use crate::page::{shows, with_page_of};
use crate::sharing::is_espresso;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Before any of the page's own scripts: from then on the signs of all numbers that its worker makes of a
/// tile are turned, and whatever it checks it finds wrong.
const LIE: &str = r"
    const Honest = window.Worker;
    window.Worker = class extends Honest {
        set onmessage(handler) {
            super.onmessage = handler && ((event) => {
                if (Array.isArray(event.data) && typeof event.data[0] === 'string') {
                    const head = JSON.parse(event.data[0]);
                    if (head.outcome?.type === 'computed') {
                        for (const block of event.data.slice(1)) {
                            for (let at = 1; at < block.length; at += 2) block[at] ^= 0x80;
                        }
                    }
                    if (head.outcome?.type === 'checked') {
                        head.outcome.deviation = 1;
                        event.data[0] = JSON.stringify(head);
                    }
                }
                return handler.call(this, event);
            });
        }
        get onmessage() {
            return super.onmessage;
        }
    };";

/// Pictures after which it must have been found: one tile of each is checked, at random, of at most a few.
const MOST: usize = 60;

fn quarantined(state: &Value) -> Vec<&str> {
    let devices = state["devices"].as_array().into_iter().flatten();
    let found = devices.filter(|device| device["state"] == "quarantined");
    found.filter_map(|device| device["name"].as_str()).collect()
}

#[test]
fn a_page_that_lies_is_found_and_named_and_answers_are_right_again() -> Result<()> {
    with_page_of(&["--checks", "1"], &["pace=0.7", "pace=0.7"], |driver, room| async move {
        let early = json!({ "source": LIE });
        driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", early).await?;
        // The fastest, so that it has a part.
        driver.goto(room.page_url("mallory", "pace=1")).await?;
        shows(&driver, &room.code).await?;
        let state = room.ready(3)?;
        let stages = state["plan"]["stages"].as_array().context("stages")?;
        let tiles = stages.iter().filter_map(|stage| stage["tiles"].as_array()).flatten();
        let names: Vec<&str> = tiles.filter_map(|tile| tile["name"].as_str()).collect();
        assert!(names.contains(&"mallory"), "{names:?}");
        // Often it is found before its first picture is answered, which then begins again without it.
        for _ in 0..MOST {
            if !quarantined(&room.api.room(&room.code)?).is_empty() {
                break;
            }
            room.infer("coffee.jpg")?;
        }
        let state = room.wait("a liar found", |state| !quarantined(state).is_empty())?;
        assert_eq!(quarantined(&state), ["mallory"]);
        for _ in 0..3 {
            is_espresso(&room.infer("coffee.jpg")?);
        }
        let state = room
            .wait("a plan without it", |state| state["plan"]["running"].as_bool() == Some(true))?;
        assert_eq!(quarantined(&state), ["mallory"]);
        assert_eq!(state["counters"]["quarantines"], 1);
        // Its own page says so as everybody's does.
        shows(&driver, "mallory is quarantined").await?;
        Ok(())
    })
}
