//! Pictures and answers against their reference values.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod golden;
mod photo;
mod placement;
