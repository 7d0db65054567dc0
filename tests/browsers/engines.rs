//! Each bundle of the engine gives the same answer, the page picks the one that suits its browser, and
//! says which.

use crate::sharing::is_espresso;
use anyhow::{Context as _, Result};
use convoy_harness::Browser;
use convoy_tests::{Room, list};
use serde_json::Value;
use std::path::Path;

/// What the room's only page computes with.
fn engine(state: &Value) -> &str {
    list(&state["devices"]).first().and_then(|page| page["engine"].as_str()).unwrap_or_default()
}

/// The answer of one page with this query, and what it computed with.
fn answer(query: &str) -> Result<(Value, String)> {
    let mut room = Room::start("squeezenet1.1", "single")?;
    room.open(&[query])?;
    let engine = engine(&room.ready(1)?).to_owned();
    Ok((room.infer("coffee.jpg")?, engine))
}

#[test]
fn every_bundle_answers_alike() -> Result<()> {
    let mut scores = Vec::new();
    for (query, wanted) in [
        ("engine=simd128", "simd128"),
        ("engine=relaxed", "relaxed"),
        ("engine=threads&threads=2", "threads x 2"),
        ("engine=threads&threads=3", "threads x 3"),
    ] {
        let (answer, engine) = answer(query)?;
        assert_eq!(engine, wanted, "{query}");
        is_espresso(&answer);
        let list = list(&answer["labels"]).iter();
        scores.push(
            list.map(|label| label["score"].as_f64().unwrap_or_default()).collect::<Vec<_>>(),
        );
    }
    // One rounding or two in a product; how many threads there are makes no difference at all.
    for (plain, relaxed) in scores[0].iter().zip(&scores[1]) {
        assert!((plain - relaxed).abs() < 1e-4, "{scores:?}");
    }
    assert_eq!(scores[2], scores[0]);
    assert_eq!(scores[3], scores[0]);
    Ok(())
}

#[test]
fn an_isolated_page_takes_threads_where_it_has_processors() -> Result<()> {
    let (answer, engine) = answer("threads=8")?;
    is_espresso(&answer);
    // How many the browser sees may differ from what this process may use, but not one from several.
    let several = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1);
    assert!(engine.starts_with("threads x ") || (!several && engine == "relaxed"), "{engine}");
    Ok(())
}

#[test]
fn a_page_whose_threads_fail_joins_anew_with_one() -> Result<()> {
    let www = tempfile::tempdir()?;
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../www"), www.path())?;
    std::fs::write(www.path().join("pkg/threads/convoy_web_bg.wasm"), b"\0asm")?;
    let folder = www.path().to_str().context("a folder's name")?;
    let mut room = Room::start_with("squeezenet1.1", "single", &["--www", folder])?;
    room.open(&["engine=threads&threads=2"])?;
    let is_one = |state: &Value| engine(state) == "relaxed" && list(&state["devices"]).len() == 1;
    room.wait("a page with one thread", is_one)?;
    room.ready(1)?;
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}

/// Copies what the page is made of, but for the networks, which the server has.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true if entry.file_name() == "models" => {}
            true => copy(&entry.path(), &to)?,
            false => drop(std::fs::copy(entry.path(), to)?),
        }
    }
    Ok(())
}

#[test]
fn a_page_that_is_not_isolated_computes_on_one_thread() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "single")?;
    // By a name that is not this machine's own, plain HTTP is no secure context.
    let url = format!("{}/r/{}?name=a&engine=threads&threads=2", room.url, room.code);
    let url = url.replace("127.0.0.1", "convoy.example");
    let rule = "--host-resolver-rules=MAP convoy.example 127.0.0.1";
    room.pages.push(Some(Browser::open_with(&url, &[rule])?));
    let state = room.ready(1)?;
    assert_eq!(engine(&state), "relaxed");
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}
