//! The larger networks really split over four pages, and answer as one page does.

use anyhow::{Context, Result};
use convoy_model::Answer;
use convoy_tests::{Room, list};
use serde_json::Value;
use std::collections::BTreeSet;

fn splits_over_four(model: &str, sample: &str, paces: [&str; 4]) -> Result<Value> {
    let mut room = Room::start(model, "pico")?;
    room.open(&paces)?;
    let state = room.ready(4)?;
    let devices: BTreeSet<String> = list(&state["plan"]["stages"])
        .iter()
        .flat_map(|stage| list(&stage["tiles"]))
        .map(|tile| tile["device"].to_string())
        .collect();
    assert!(devices.len() >= 3, "{model} runs on {devices:?} only: {}", state["plan"]);
    let shared = room.infer(sample)?;
    room.api.set_scheme(&room.code, "single")?;
    room.ready(4)?;
    let alone = room.infer(sample)?;
    let read = |answer: &Value| serde_json::from_value::<Answer>(answer.clone());
    convoy_picture::answer::agrees(&read(&shared)?, &read(&alone)?).map_err(anyhow::Error::msg)?;
    Ok(shared)
}

#[test]
fn yolov3_tiny_finds_the_dog_the_bicycle_and_the_car() -> Result<()> {
    // Unpaced enough to be quick, unequal enough to be a cluster.
    let answer =
        splits_over_four("yolov3-tiny", "dog.jpg", ["pace=1.2", "pace=1", "pace=0.8", "pace=0.7"])?;
    let found: BTreeSet<&str> =
        list(&answer["boxes"]).iter().filter_map(|found| found["label"].as_str()).collect();
    for label in ["dog", "bicycle", "car"] {
        assert!(found.contains(label), "no {label} among {found:?}");
    }
    Ok(())
}

#[test]
fn hed_draws_the_edges_of_the_cat() -> Result<()> {
    let answer = splits_over_four(
        "hed-vgg16",
        "chelsea.jpg",
        ["pace=2", "pace=1.7", "pace=1.4", "pace=1.2"],
    )?;
    let map = &answer["map"];
    assert_eq!((map["width"].as_u64(), map["height"].as_u64()), (Some(224), Some(224)));
    assert!(map["png"].as_str().context("no picture")?.len() > 1000);
    Ok(())
}
