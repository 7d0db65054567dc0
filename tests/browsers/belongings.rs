//! What belongs to whoever holds a device: its name, its language, what is taken home, and the way out.

use crate::page::{hold_the_room, open_all, shows, until, with_page};
use anyhow::{Context, Result};
use convoy_tests::list;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// Whether somebody of this name is in the room.
fn is_there(state: &Value, name: &str) -> bool {
    list(&state["devices"]).iter().any(|device| device["name"] == name)
}

#[test]
fn a_device_says_how_far_its_measuring_is() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(room.page_url("phone", "")).await?;
        let counts =
            "return /[1-4] of 5 kinds/.test(document.querySelector('#own .doing')?.textContent)
            && document.querySelector('#own progress').value > 0";
        until(&driver, "a measure of its measuring", counts).await?;
        room.ready(1)?;
        Ok(())
    })
}

#[test]
fn a_device_is_renamed_speaks_another_language_and_leaves() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(room.page_url("phone", "pace=1")).await?;
        room.ready(1)?;
        let name = driver.query(By::Id("own-name")).first().await?;
        name.clear().await?;
        name.send_keys("Ada's phone").await?;
        driver.find(By::XPath("//button[text()='Rename']")).await?.click().await?;
        let state = room.wait("the new name", |state| is_there(state, "Ada's phone"))?;
        assert!(!is_there(&state, "phone"), "{state}");
        shows(&driver, "Who does what").await?;
        let option = driver.query(By::Css("#language option[value=zh]")).first().await?;
        option.click().await?;
        shows(&driver, "离开房间").await?;
        let lang = driver.find(By::Tag("html")).await?.attr("lang").await?;
        assert_eq!(lang.as_deref(), Some("zh"));
        room.wait("the same name", |state| is_there(state, "Ada's phone"))?;
        driver.find(By::Id("leave")).await?.click().await?;
        room.wait("nobody", |state| list(&state["devices"]).is_empty())?;
        shows(&driver, "加入房间").await?;
        Ok(())
    })
}

/// Keeps what the page would have saved: name, kind, and its text or, of a picture, its length.
const KEEP: &str = "window.saved = [];
    const blobs = new Map();
    const address = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        const made = address.call(URL, blob);
        blobs.set(made, blob);
        return made;
    };
    HTMLAnchorElement.prototype.click = async function () {
        const blob = blobs.get(this.href);
        window.saved.push([this.download, blob.type, blob.type === 'image/png' ? blob.size : await blob.text()]);
    };";

#[test]
fn a_run_is_taken_home_as_numbers_as_pictures_and_as_a_link() -> Result<()> {
    with_page(&["pace=1", "pace=1"], |driver, room| async move {
        hold_the_room(&driver, &room).await?;
        driver.goto(format!("{}/r/{}?role=watch", room.url, room.code)).await?;
        room.wait("a running plan", |state| state["plan"]["running"] == true)?;
        room.infer("coffee.jpg")?;
        shows(&driver, "Who does what").await?;
        open_all(&driver).await?;
        let sends = "return document.querySelectorAll('.gantt .sending').length > 0";
        until(&driver, "slices on their way out", sends).await?;
        driver.execute(KEEP, Vec::new()).await?;
        for words in ["Run as JSON", "Run as CSV", "SVG", "PNG"] {
            let button = By::XPath(format!("//button[text()='{words}']"));
            driver.find(button).await?.click().await?;
        }
        until(&driver, "four files", "return window.saved.length === 4").await?;
        let saved: Vec<(String, String, Value)> =
            driver.execute("return window.saved", Vec::new()).await?.convert()?;
        let of = |kind: &str| {
            let found = saved.iter().find(|(_, it, _)| it.starts_with(kind));
            found.map(|(_, _, content)| content).with_context(|| format!("no {kind}"))
        };
        let run: Value =
            serde_json::from_str(of("application/json")?.as_str().unwrap_or_default())?;
        assert_eq!(run["format"], "convoy-run");
        let moments = run["moments"].to_string();
        for part in ["\"plan\"", "\"tiles\"", "\"browser\"", &room.code] {
            assert!(moments.contains(part), "a run without {part}");
        }
        let rows = of("text/csv")?.as_str().unwrap_or_default().lines().count();
        assert!(rows > 1, "{rows} rows");
        assert!(of("image/svg")?.as_str().unwrap_or_default().contains("<svg"));
        assert!(*of("image/png")? != json!(0));

        driver.find(By::XPath("//button[text()='Link that plays it']")).await?.click().await?;
        let link = driver.query(By::Css(".saving .address a")).first().await?;
        let address = link.attr("href").await?.context("a link without an address")?;
        assert!(address.starts_with(&format!("{}/?run=", room.url)), "{address}");
        driver.goto(&address).await?;
        shows(&driver, "no device computes now").await?;
        let played = "return document.querySelectorAll('#devices .card').length === 3";
        until(&driver, "the devices of then", played).await?;
        driver.goto(address.replace("runs%2F", "runs%2FA")).await?;
        shows(&driver, "This run is not kept any more").await?;
        Ok(())
    })
}
