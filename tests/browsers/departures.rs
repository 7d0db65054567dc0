//! Pages that go away while they compute: the plan changes, no frame is lost.

use crate::sharing::{FOUR, is_espresso};
use anyhow::{Context, Result};
use convoy_tests::{Room, list};

/// Closes the page that computes the given tile of the plan in the middle of a stream.
fn close_a_page(pick: impl Fn(usize) -> usize) -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(FOUR)?;
    let before = room.ready(4)?;
    let tiles: Vec<_> = list(&before["plan"]["stages"])
        .iter()
        .flat_map(|stage| list(&stage["tiles"]).to_vec())
        .collect();
    let name = tiles[pick(tiles.len())]["name"].as_str().context("a tile without a name")?;
    let page = room.page(name)?;
    let answers = room.stream("coffee.jpg", 10, |room| room.pages[page] = None)?;
    assert_eq!(answers.len(), 10);
    answers.iter().for_each(is_espresso);

    let after = room.ready(3)?;
    assert!(after["plan"]["epoch"].as_u64() > before["plan"]["epoch"].as_u64());
    let still_named = after["plan"]["stages"].to_string().contains(&format!("\"name\":\"{name}\""));
    assert!(!still_named, "the closed page {name} is in the new plan");
    assert_eq!(after["counters"]["failed"], 0, "{}", after["counters"]);
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}

#[test]
fn closing_the_page_of_the_first_tile_loses_no_frame() -> Result<()> {
    close_a_page(|_| 0)
}

#[test]
fn closing_the_page_of_the_last_tile_loses_no_frame() -> Result<()> {
    close_a_page(|tiles| tiles - 1)
}

#[test]
fn a_page_that_joins_in_mid_stream_gets_a_part() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(&FOUR[..2])?;
    let before = room.ready(2)?;
    let mut opened = Ok(());
    let answers = room.stream("coffee.jpg", 6, |room| opened = room.open(&FOUR[2..3]))?;
    opened?;
    answers.iter().for_each(is_espresso);
    let after = room.ready(3)?;
    assert!(after["plan"]["epoch"].as_u64() > before["plan"]["epoch"].as_u64());
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}
