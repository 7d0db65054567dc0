//! Workers as the devices of a room use them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checks;
mod jobs;
mod room;
mod whole;
