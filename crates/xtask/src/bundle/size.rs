//! What a bundle weighs on its way to a browser.

use super::{Args, chosen};
use crate::shell::{self, Failure};
use anyhow::{Context, anyhow};
use std::fs;
use std::io::Write as _;

/// Brotli's best: what a proxy that compresses ahead would send.
const QUALITY: u32 = 11;

/// A window of 4 MiB: all of a module.
const WINDOW: u32 = 22;

/// Prints the sizes of the bundles that are asked for.
///
/// # Errors
/// A bundle that is missing or too large.
pub(crate) fn check(args: &Args) -> Result<(), Failure> {
    let mut large = Vec::new();
    for bundle in &chosen(args)? {
        let (mut plain, mut compressed) = (0, 0);
        let stem = bundle.stem()?;
        for file in [format!("{stem}_bg.wasm"), format!("{stem}.js")] {
            let path = shell::root().join(&bundle.out).join(file);
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            plain += bytes.len();
            compressed += brotli(&bytes)?;
        }
        let (name, plain_kb, most) = (&bundle.name, plain / 1000, bundle.most_kb);
        eprintln!("bundle {name}: {plain_kb} kB, {} kB by brotli", compressed / 1000);
        if compressed > 1000 * most {
            large.push(format!("{name} has more than {most} kB by brotli"));
        }
    }
    if large.is_empty() {
        return Ok(());
    }
    Err(Failure::wrong(anyhow!(large.join(", "))))
}

fn brotli(bytes: &[u8]) -> anyhow::Result<usize> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, QUALITY, WINDOW);
    writer.write_all(bytes)?;
    Ok(writer.into_inner().len())
}
