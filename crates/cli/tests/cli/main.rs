//! Commands of the binary, each run as people run it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod import;
mod plan;
#[cfg(unix)]
mod serve;
mod simulate;
