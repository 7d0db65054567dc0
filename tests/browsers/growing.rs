//! A map of edges grows strip by strip at the picture's source, before the whole answer is there.

use crate::page::{hold_the_room, screenshots, shows, with_page};
use anyhow::Result;
use convoy_harness::Browser;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Remembers how many of the map's rows in sight are drawn, whenever that changes.
const WATCH: &str = "window.drawn = [];
    new MutationObserver(() => {
        const map = document.querySelector('canvas.map-layer');
        if (!map) return;
        const { data } = map.getContext('2d').getImageData(0, 0, map.width, map.height);
        let rows = 0;
        for (let row = 0; row < map.height; row += 1) rows += data[(row * map.width + 1) * 4 + 3] > 0;
        window.drawn.push([rows, map.height]);
    }).observe(document.querySelector('#photograph'), { childList: true, subtree: true });";

#[test]
fn edges_grow_at_the_source_until_the_map_is_whole() -> Result<()> {
    with_page(&[], |driver, room| async move {
        room.api.set_model(&room.code, "hed-vgg16")?;
        room.api.set_scheme(&room.code, "optimal-fused")?;
        // Who comes first is the source of a picture that comes alone.
        hold_the_room(&driver, &room).await?;
        driver.goto(room.page_url("a", "role=host&pace=0.9&lang=en")).await?;
        room.ready(1)?;
        let others = ["b", "c"].map(|name| Browser::open(&room.page_url(name, "pace=0.7")));
        room.ready(3)?;
        driver.execute(WATCH, Vec::new()).await?;
        let start = Instant::now();
        let mut grew = false;
        // While one plan takes over from another the whole may come at once.
        while !grew && start.elapsed() < Duration::from_secs(200) {
            let choose = "document.querySelectorAll('.sources .sample')[2].click()";
            driver.execute(choose, Vec::new()).await?;
            let whole = "return document.querySelector('img.map-layer') !== null
                && !document.querySelector('#answer').hasAttribute('aria-busy')";
            while !driver.execute(whole, Vec::new()).await?.convert::<bool>()? {
                anyhow::ensure!(start.elapsed() < Duration::from_secs(200), "no map came");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let seen: Vec<(u64, u64)> =
                driver.execute("return window.drawn", Vec::new()).await?.convert()?;
            grew = seen.iter().any(|(rows, of)| 0 < *rows && rows < of);
        }
        assert!(grew, "the map was never seen to grow");
        shows(&driver, "map lies over the picture").await?;
        let over = "const [map, photo] = ['img.map-layer', '.photo > img:not(.map-layer)']
                .map((which) => document.querySelector(which).getBoundingClientRect());
            return [map.left - photo.left, map.top - photo.top, map.width, photo.width];";
        let [left, top, width, photo]: [f64; 4] =
            driver.execute(over, Vec::new()).await?.convert()?;
        assert!(left >= -1.0 && top >= -1.0 && width <= photo + 1.0, "{left} {top} {width}");
        screenshots(&driver, "edges").await?;
        drop(others);
        let state: Value = room.api.room(&room.code)?;
        assert_eq!(state["counters"]["failed"], json!(0));
        Ok(())
    })
}
