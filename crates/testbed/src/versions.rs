//! With what a scheme was measured: what somebody who gets other numbers compares first.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Versions, each as its program tells it; empty where it does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Versions {
    /// Of the product: its commit, with a `-dirty` where files differ from it.
    pub convoy: String,
    /// Of the browser in which pages ran.
    pub browser: String,
    /// Of the kernel that shaped lines.
    pub kernel: String,
    /// How many cores of which processor.
    pub processor: String,
}

impl Versions {
    /// Those of this machine and of the checkout `root`, without what says who built them.
    #[must_use]
    pub fn here(root: &Path) -> Self {
        let browser = convoy_harness::find_chromium();
        let browser = browser.ok().and_then(|path| said(Command::new(path).arg("--version")));
        let browser = browser.unwrap_or_default();
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let described = ["describe", "--always", "--dirty"];
        Self {
            convoy: said(Command::new("git").arg("-C").arg(root).args(described))
                .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
            browser: browser.split(" built on ").next().unwrap_or_default().to_owned(),
            kernel: format!("Linux {}", release.trim().split('-').next().unwrap_or_default()),
            processor: format!("{cores} x {}", processor()),
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { convoy, browser, kernel, processor } = self;
        write!(f, "Convoy {convoy}, {browser}, {kernel}, {processor}")
    }
}

/// What a program prints in one line.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map(|name| name.trim_start_matches([' ', '\t', ':']).trim());
    name.unwrap_or("a processor that has no name").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_says_what_it_is() {
        let here = Versions::here(Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(!here.convoy.is_empty());
        assert!(here.kernel.starts_with("Linux ") && here.kernel.len() > 6, "{here}");
        assert!(here.processor.contains(" x "), "{here}");
        // No folder of anybody's repository has another version than the program.
        let elsewhere = Versions::here(Path::new("/"));
        assert_eq!(elsewhere.convoy, env!("CARGO_PKG_VERSION"));
    }
}
