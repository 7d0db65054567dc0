//! Pictures that people give a page themselves.

use crate::page::{hold_the_room, shows, until, with_page};
use anyhow::Result;
use convoy_tests::Room;
use serde_json::Value;
use std::time::Duration;
use thirtyfour::prelude::*;

/// A photograph as phones make them, chosen as a file: its bytes, and those of what the room shows of it.
const CHOOSE: &str = "const done = arguments[arguments.length - 1];
    (async () => {
        const canvas = new OffscreenCanvas(3000, 2000);
        const pen = canvas.getContext('2d');
        pen.drawImage(await createImageBitmap(await (await fetch('/samples/coffee.jpg')).blob()), 0, 0, 3000, 2000);
        // Grain, which no file can leave out.
        const grain = pen.getImageData(0, 0, 3000, 2000);
        for (let at = 0; at < grain.data.length; at += 1) if (at % 4 < 3) grain.data[at] += (at * 2654435761 % 31) - 15;
        pen.putImageData(grain, 0, 0);
        const large = await canvas.convertToBlob({type: 'image/jpeg', quality: 0.95});
        const chosen = new DataTransfer();
        chosen.items.add(new File([large], 'phone.jpg', {type: 'image/jpeg'}));
        const file = document.getElementById('file');
        file.files = chosen.files;
        file.dispatchEvent(new Event('change'));
        const picture = `/api/rooms/${arguments[0]}/picture`;
        for (let turn = 0; turn < 300; turn += 1) {
            const reply = await fetch(picture);
            if (reply.ok) return [large.size, (await reply.blob()).size];
            await new Promise((wait) => setTimeout(wait, 200));
        }
        return [large.size, 0];
    })().then(done, (error) => done(String(error)));";

#[test]
fn a_large_photograph_is_sent_smaller_and_all_pages_can_show_it() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        watches(&driver, &room).await?;
        let code = vec![serde_json::json!(room.code)];
        let (large, shown): (usize, usize) = driver.execute_async(CHOOSE, code).await?.convert()?;
        assert!(large > 1 << 20, "{large} bytes are not many");
        assert!((1..=1 << 20).contains(&shown), "{shown} of {large} bytes");
        shows(&driver, "espresso").await?;
        Ok(())
    })
}

/// Hands the page a sample as a file, the way that its first argument names.
const HAND: &str = "const done = arguments[arguments.length - 1];
    (async () => {
        const [way, name] = arguments;
        const photograph = await (await fetch(`/samples/${name}`)).blob();
        const files = new DataTransfer();
        files.items.add(new File([photograph], name, {type: 'image/jpeg'}));
        const to = document.querySelector('#answer') ?? document.body;
        to.dispatchEvent(way === 'paste'
            ? new ClipboardEvent('paste', {bubbles: true, clipboardData: files})
            : new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: files}));
    })().then(done, (error) => done(String(error)));";

#[test]
fn a_picture_is_dropped_on_the_page_and_another_pasted() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        watches(&driver, &room).await?;
        for (way, name, what) in
            [("drop", "coffee.jpg", "espresso"), ("paste", "eagle.jpg", "bald eagle")]
        {
            let arguments = vec![way.into(), name.into()];
            let error: Value = driver.execute_async(HAND, arguments).await?.convert()?;
            assert_eq!(error, Value::Null, "{way}");
            shows(&driver, what).await?;
        }
        Ok(())
    })
}

#[test]
fn the_camera_is_filmed_and_sends_pictures_on_and_on_until_it_is_closed() -> Result<()> {
    with_page(&["pace=2"], |driver, room| async move {
        watches(&driver, &room).await?;
        let button = |words: &str| By::XPath(format!("//button[text()='{words}']"));
        driver.find(button("Camera")).await?.click().await?;
        let filming = "const video = document.querySelector('video');
            return !video.hidden && video.videoWidth > 0";
        until(&driver, "a picture of the camera", filming).await?;
        driver.find(By::Id("again")).await?.click().await?;
        let sent = |state: &Value| state["counters"]["answered"].as_u64().unwrap_or_default();
        room.wait("three answers", |state| sent(state) >= 3)?;
        // What was answered is of the camera, whose pictures are of another form than samples.
        let size = "const done = arguments[arguments.length - 1];
            fetch(`/api/rooms/${arguments[0]}/picture`).then((reply) => reply.blob())
                .then(createImageBitmap).then(({width, height}) => done([width, height]), (error) => done(String(error)));";
        let code = vec![room.code.as_str().into()];
        let size: [u32; 2] = driver.execute_async(size, code).await?.convert()?;
        assert_eq!(size, [640, 360]);
        driver.find(By::Id("again")).await?.click().await?;
        driver.find(button("Close the camera")).await?.click().await?;
        until(&driver, "a closed camera", "return document.querySelector('video').hidden").await?;
        let state = room.wait("no picture under way", |state| {
            state["counters"]["in_flight"] == 0 && state["counters"]["waiting"] == 0
        })?;
        assert_eq!(state["counters"]["failed"], 0, "{state}");
        Ok(())
    })
}

/// Opens a page of whoever started the room that computes nothing, and waits for a plan of the other.
async fn watches(driver: &WebDriver, room: &Room) -> Result<()> {
    hold_the_room(driver, room).await?;
    driver.goto(format!("{}/r/{}?role=watch", room.url, room.code)).await?;
    driver.set_script_timeout(Duration::from_secs(120)).await?;
    room.wait("a running plan", |state| state["plan"]["running"] == true)?;
    shows(driver, "Answer").await?;
    Ok(())
}
