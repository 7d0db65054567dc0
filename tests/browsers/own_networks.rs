//! A network of one's own, dropped on the page of whoever started the room: what cannot be run is named before
//! anything else happens; what can is cut, fetched by the devices, and answers.

use crate::page::{hold_the_room, screenshots, shows, with_page};
use crate::sharing::is_espresso;
use anyhow::{Context as _, Result};
use base64::Engine as _;
use serde_json::{Value, json};
use std::path::Path;
use thirtyfour::WebDriver;

fn onnx(name: &str) -> Result<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name);
    std::fs::read(&file).with_context(|| file.display().to_string())
}

/// Drops a file on the page, as a mouse would.
async fn drop_file(driver: &WebDriver, name: &str, file: &[u8]) -> Result<()> {
    let script = "const [name, content] = arguments;
        const dropped = new DataTransfer();
        dropped.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
        for (const type of ['dragover', 'drop']) {
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }";
    let content = base64::engine::general_purpose::STANDARD.encode(file);
    driver.execute(script, vec![json!(name), json!(content)]).await?;
    Ok(())
}

/// Presses the button that is offered then.
async fn take(driver: &WebDriver) -> Result<()> {
    let press = "document.querySelector('#bring-file').form.querySelector('button').click()";
    driver.execute(press, Vec::new()).await?;
    Ok(())
}

#[test]
fn a_dropped_network_is_checked_cut_shared_and_answers() -> Result<()> {
    with_page(&["pace=0.7", "pace=0.7"], |driver, room| async move {
        room.api.set_scheme(&room.code, "optimal-fused")?;
        room.ready(2)?;
        hold_the_room(&driver, &room).await?;
        driver
            .goto(format!("{}/r/{}?role=host&name=teacher&pace=0.7&threads=1", room.url, room.code))
            .await?;
        let before = room.ready(3)?;
        // Every MaxPool is called by a name that nobody knows.
        let mut broken = onnx("mnist.onnx")?;
        let pools: Vec<usize> =
            (0..broken.len() - 7).filter(|at| broken[*at..].starts_with(b"MaxPool")).collect();
        assert!(!pools.is_empty());
        pools.iter().for_each(|at| broken[*at..at + 3].copy_from_slice(b"Min"));
        drop_file(&driver, "broken.onnx", &broken).await?;
        take(&driver).await?;
        shows(&driver, "MinPool").await?;
        screenshots(&driver, "own-network-refused").await?;
        let after = room.api.room(&room.code)?;
        assert_eq!(
            (&after["model"], &after["plan"]["epoch"]),
            (&before["model"], &before["plan"]["epoch"])
        );

        drop_file(&driver, "my-squeezenet.onnx", &onnx("squeezenet1.1.onnx")?).await?;
        // What the file does not say: it comes from Caffe.
        let about = "for (const [what, value] of [['kind', 'named'], ['values', 'centred'], ['channels', 'bgr']]) {
            document.querySelector(`#bring-${what}`).value = value;
        }";
        driver.execute(about, Vec::new()).await?;
        take(&driver).await?;
        shows(&driver, "my-squeezenet can be run").await?;
        let state: Value = room.wait("the network that was brought", |state| {
            state["model"] != before["model"]
                && state["plan"]["running"] == true
                && state["plan"]["model"] == state["model"]
        })?;
        let stages = state["plan"]["stages"].as_array().context("stages")?;
        assert!(
            stages.iter().any(|stage| stage["tiles"].as_array().is_some_and(|it| it.len() > 1))
        );
        is_espresso(&room.infer("coffee.jpg")?);
        shows(&driver, "The network is now my-squeezenet").await?;
        // A page shows things when it has time for it: each part in its turn.
        let chosen = "const [done] = arguments;
            const look = () => document.querySelector('#choose-model').selectedOptions[0].text === 'my-squeezenet' ? done() : setTimeout(look, 100);
            look();";
        driver.execute_async(chosen, Vec::new()).await.context("another network stands chosen")?;
        screenshots(&driver, "own-network").await
    })
}
