//! Coordinator and devices in one hall, without sockets and without a clock.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adapting;
mod ahead;
mod checks;
mod common;
mod device;
mod drawing;
mod frames;
mod joining;
mod lines;
mod medium;
mod overlapping;
mod planning;
mod requests;
mod showing;
mod silence;
mod slow_lines;
mod slowness;
