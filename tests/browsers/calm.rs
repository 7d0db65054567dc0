//! A page draws little: its one thread passes slices on, and a phone has one battery.

use crate::page::{shows, with_page};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;
use thirtyfour::WebDriver;

/// Most times a second that styles are worked out: a room tells of itself four times, and each of a page's eleven parts
/// is drawn in a frame of its own. An animation that never ends does so sixty times; where a machine has too much else
/// to do for that, [`MOVING`] finds it.
const MOST: f64 = 50.0;

/// What moves by itself.
const MOVING: &str =
    "return document.getAnimations().filter(({playState}) => playState === 'running')
    .map(({effect}) => effect?.target?.outerHTML?.slice(0, 80) ?? '?')";

/// One picture after another, by the page.
const STREAM: &str = "(async () => {
    const image = await (await fetch('/samples/coffee.jpg')).blob();
    for (;;) await window.convoy.infer(image);
})();";

/// How often styles were worked out, and the page's clock in seconds.
async fn styled(driver: &WebDriver) -> Result<[f64; 2]> {
    let told = driver.cdp().send_raw("Performance.getMetrics", json!({})).await?;
    let metric = |name: &str| -> Result<f64> {
        let of = |metric: &&Value| metric["name"] == name;
        let found = told["metrics"].as_array().and_then(|metrics| metrics.iter().find(of));
        found.and_then(|metric| metric["value"].as_f64()).context(format!("no {name}: {told}"))
    };
    Ok([metric("RecalcStyleCount")?, metric("Timestamp")?])
}

async fn is_calm(driver: &WebDriver, when: &str) -> Result<()> {
    let [before, from] = styled(driver).await?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let [after, to] = styled(driver).await?;
    let rate = (after - before) / (to - from);
    ensure!(rate < MOST, "{when} styles are worked out {rate} times a second");
    let moving: Vec<String> = driver.execute(MOVING, Vec::new()).await?.convert()?;
    ensure!(moving.is_empty(), "{when} something moves by itself: {moving:?}");
    eprintln!("{when} styles are worked out {rate:.0} times a second");
    Ok(())
}

/// By how much of the window what a page shows has jumped in all, without anybody touching it.
const JUMPED: &str = "const done = arguments[arguments.length - 1];
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value;
    }).observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(sum), 500);";

#[test]
fn a_page_does_not_jump_while_it_comes() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        let page = format!("{}/r/{}", room.url, room.code);
        for (address, words, most) in [
            (room.url.clone(), "Start a room", 0.02),
            (format!("{page}?role=watch"), "Who does what", 0.02),
            (format!("{}/?whatif", room.url), "Step 1", 0.02),
            // Its part and its links are known only when it has connected.
            (format!("{page}?pace=0.7&name=phone"), "Step 1", 0.1),
        ] {
            driver.goto(&address).await?;
            shows(&driver, words).await?;
            let jumped: f64 = driver.execute_async(JUMPED, Vec::new()).await?.convert()?;
            ensure!(jumped < most, "{address} jumped by {jumped}");
        }
        Ok(())
    })
}

#[test]
fn a_page_draws_little_whether_its_room_computes_or_waits() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        driver.goto(format!("{}/r/{}?pace=0.7&name=phone", room.url, room.code)).await?;
        room.ready(2)?;
        shows(&driver, "phone").await?;
        driver.cdp().send_raw("Performance.enable", json!({})).await?;
        is_calm(&driver, "while nothing is computed").await?;
        driver.execute(STREAM, Vec::new()).await?;
        room.wait("answers", |state| state["counters"]["answered"].as_u64() > Some(1))?;
        is_calm(&driver, "while pictures are computed").await
    })
}
