//! A private room as people meet it: its PIN is asked for, a wrong one said to be wrong, the right one lets in;
//! and who started a room locks it and sends devices away from its page.

use crate::page::{breaks_no_rule, shows, with_page};
use anyhow::{Context, Result};
use serde_json::Value;
use std::time::Duration;
use thirtyfour::prelude::*;

/// Types a PIN and sends it.
async fn enter(driver: &WebDriver, pin: &str) -> Result<()> {
    let field = driver.find(By::Id("pin")).await?;
    field.clear().await?;
    field.send_keys(pin).await?;
    driver.find(By::Css("form button.main")).await?.click().await?;
    Ok(())
}

#[test]
fn a_private_room_asks_for_its_pin_and_lets_in_by_it() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(&room.url).await?;
        driver.set_script_timeout(Duration::from_secs(60)).await?;
        // Started elsewhere: this tab has neither its token nor its invitation.
        let script = "const done = arguments[arguments.length - 1];
            fetch('/api/rooms', {method: 'POST', headers: {'Content-Type': 'application/json'},
                body: JSON.stringify({model: 'mnist', pin: '481216'})})
                .then((reply) => reply.json()).then(done, (error) => done({error: String(error)}));";
        let made: Value = driver.execute_async(script, Vec::new()).await?.convert()?;
        let code = made["code"].as_str().context("no room")?.to_owned();
        driver.goto(format!("{}/r/{code}?name=pupil", room.url)).await?;
        shows(&driver, "This room is private").await?;
        enter(&driver, "0000").await?;
        shows(&driver, "This is not the room's PIN").await?;
        breaks_no_rule(&driver).await?;
        enter(&driver, "481216").await?;
        shows(&driver, "Who does what").await?;
        Ok(())
    })
}

#[test]
fn who_started_a_room_locks_it_and_sends_a_device_away_from_its_page() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(&room.url).await?;
        driver.set_script_timeout(Duration::from_secs(60)).await?;
        let script = "const done = arguments[arguments.length - 1];
            import('/parts/api.js').then((api) => api.createRoom({model: 'mnist'})).then(done, (error) => done(''));";
        let code: String = driver.execute_async(script, Vec::new()).await?.convert()?;
        driver.goto(format!("{}/r/{code}?name=teacher&role=host", room.url)).await?;
        shows(&driver, "Only I may change the room").await?;
        driver.find(By::Id("locked")).await?.click().await?;
        let state = |wanted: &'static str, holds: fn(&Value) -> bool| {
            room.api.wait_for(&code, wanted, Duration::from_secs(60), |_| {}, holds)
        };
        state("a locked room", |state| state["locked"] == true)?;
        // A guest comes in another tab of the same browser, and is sent away from the first.
        let first = driver.window().await?;
        let second = driver.new_tab().await?;
        driver.switch_to_window(second).await?;
        driver.goto(format!("{}/r/{code}?name=guest", room.url)).await?;
        state("a guest", |state| state["devices"].as_array().is_some_and(|all| all.len() == 2))?;
        driver.switch_to_window(first).await?;
        let button = "//ul[@id='host-devices']//button[contains(@aria-label, 'guest')]";
        driver.query(By::XPath(button)).first().await?.click().await?;
        state("nobody else", |state| {
            state["devices"].as_array().is_some_and(|all| all.len() == 1)
        })?;
        Ok(())
    })
}
