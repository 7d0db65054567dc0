//! Whoever started a room moves the line between two devices' parts, and the room runs it.

use crate::page::{hold_the_room, shows, with_page};
use anyhow::Result;
use convoy_tests::Room;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use thirtyfour::{By, Key, WebDriver};

/// What the page says, and where its first line is.
async fn divider(driver: &WebDriver, what: &str) -> Result<Value> {
    let script = format!("const line = document.querySelector('.divider'); return {what};");
    Ok(driver.execute(script, Vec::new()).await?.convert()?)
}

/// Waits for something of the page.
async fn until(driver: &WebDriver, what: &str) -> Result<Value> {
    let start = Instant::now();
    loop {
        let found = divider(driver, what).await?;
        if !found.is_null() && found != json!(false) {
            return Ok(found);
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(60), "it never came to {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until a plan of this scheme runs; the rows of its first part.
fn runs(room: &Room, scheme: &str) -> Result<Value> {
    let state = room.wait(&format!("a plan by {scheme}"), |state| {
        state["plan"]["running"] == true && state["plan"]["scheme"] == scheme
    })?;
    Ok(state["plan"]["stages"][0]["tiles"][0]["regions"][0]["rows"].clone())
}

#[test]
fn a_line_moved_by_key_or_mouse_shows_what_would_come_of_it_and_the_room_runs_it() -> Result<()> {
    with_page(&["pace=0.5", "pace=0.5"], |driver, room| async move {
        room.api.set_scheme(&room.code, "optimal-fused")?;
        room.ready(2)?;
        let begun = runs(&room, "optimal-fused")?;
        hold_the_room(&driver, &room).await?;
        driver.goto(format!("{}/r/{}?role=watch", room.url, room.code)).await?;
        let role = until(&driver, "line?.getAttribute('role')").await?;
        assert_eq!(role, "separator");
        // By keys: what would come of it stands there before anything happens.
        let line = driver.find(By::Css(".divider")).await?;
        let now = "Number(line.getAttribute('aria-valuenow'))";
        let at = divider(&driver, now).await?;
        line.send_keys(Key::Down + Key::Down + Key::Down).await?;
        assert_eq!(divider(&driver, now).await?.as_f64(), at.as_f64().map(|at| at + 3.0));
        shows(&driver, "Predicted: an answer every").await?;
        line.send_keys(Key::Enter + "").await?;
        let drawn = runs(&room, "by-hand")?;
        assert_eq!(drawn[1].as_u64(), begun[1].as_u64().map(|end| end + 3));
        shows(&driver, "The room runs what was drawn by hand").await?;
        room.infer("coffee.jpg")?;
        // By mouse: to where it is let go.
        until(&driver, "line?.getAttribute('aria-disabled') === 'false'").await?;
        let line = driver.find(By::Css(".divider")).await?;
        let held = driver.action_chain().click_and_hold_element(&line);
        held.move_by_offset(0, -30).release().perform().await?;
        let moved = room.wait("the line where the mouse let it go", |state| {
            let plan = &state["plan"];
            let end = plan["stages"][0]["tiles"][0]["regions"][0]["rows"][1].as_u64();
            plan["running"] == true && plan["scheme"] == "by-hand" && end < drawn[1].as_u64()
        })?;
        assert!(moved["plan"]["epoch"].as_u64() > Some(1));
        // And back.
        let back = "document.querySelector('.hand button').click()";
        driver.execute(back, Vec::new()).await?;
        assert_eq!(runs(&room, "optimal-fused")?, begun);
        Ok(())
    })
}
