//! The page as a release serves it: its scripts joined. All other tests have each script by itself.

use crate::page::{shows, until, with_page_of};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A folder of the page that begins with the joined scripts, as a release build does.
fn folder() -> Result<tempfile::TempDir> {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www").canonicalize()?;
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(&www)? {
        let name = entry?.file_name();
        // Nothing can be read without the joined ones.
        if !["index.html", "app.js", "languages"].iter().any(|own| name == *own) {
            symlink(www.join(&name), folder.path().join(&name))?;
        }
    }
    let document = www.join("pkg/joined/index.html");
    symlink(document, folder.path().join("index.html"))
        .context("`cargo xtask bundle` joins the scripts")?;
    Ok(folder)
}

#[test]
fn the_joined_page_starts_rooms_and_takes_part_in_them() -> Result<()> {
    let folder = folder()?;
    let www = folder.path().to_str().context("a path that is no text")?.to_owned();
    with_page_of(&["--www", &www], &["pace=1"], |driver, room| async move {
        driver.goto(format!("{}/?lang=zh", room.url)).await?;
        shows(&driver, "创建房间").await?;
        // The document's own style is allowed, and used.
        let styled = "return getComputedStyle(document.querySelector('header')).display === 'flex'
            && document.querySelectorAll('head style').length === 1";
        until(&driver, "a page with its style", styled).await?;
        driver.goto(room.page_url("phone", "pace=1&lang=en")).await?;
        room.ready(2)?;
        let answer = room.infer("coffee.jpg")?;
        crate::sharing::is_espresso(&answer);
        shows(&driver, "Who does what").await?;
        driver.goto(format!("{}/?whatif&lang=en", room.url)).await?;
        let plays = "return document.querySelectorAll('.gantt .computing').length > 0";
        until(&driver, "a simulated room", plays).await
    })
}
