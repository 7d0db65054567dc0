//! What a bundle weighs on its way to a browser.

use super::describe;
use crate::shell::{self, Failure};
use anyhow::{Context, anyhow};
use std::fs;
use std::io::Write as _;

/// Bytes that a bundle may have, compressed by brotli.
const MOST: usize = 1_200_000;

/// Brotli's best: what a proxy that compresses ahead would send.
const QUALITY: u32 = 11;

/// A window of 4 MiB: all of a module.
const WINDOW: u32 = 22;

/// Prints every bundle's size.
///
/// # Errors
/// A bundle that is missing or too large.
pub(crate) fn check() -> Result<(), Failure> {
    let mut large = Vec::new();
    for bundle in &describe()? {
        let (mut plain, mut compressed) = (0, 0);
        for file in ["convoy_web_bg.wasm", "convoy_web.js"] {
            let path = shell::root().join(&bundle.out).join(file);
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            plain += bytes.len();
            compressed += brotli(&bytes)?;
        }
        let (name, plain_kb) = (&bundle.name, plain / 1000);
        eprintln!("bundle {name}: {plain_kb} kB, {} kB by brotli", compressed / 1000);
        if compressed > MOST {
            large.push(name.clone());
        }
    }
    if large.is_empty() {
        return Ok(());
    }
    let (large, most) = (large.join(", "), MOST / 1000);
    Err(Failure::wrong(anyhow!("more than {most} kB by brotli: {large}")))
}

fn brotli(bytes: &[u8]) -> anyhow::Result<usize> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, QUALITY, WINDOW);
    writer.write_all(bytes)?;
    Ok(writer.into_inner().len())
}
