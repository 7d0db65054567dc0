//! Whole rooms in virtual time: healthy, disturbed, and with deliberate bugs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adaptive;
mod agree;
mod arrivals;
mod bare;
mod common;
mod deaths;
mod disturbed;
mod healthy;
mod lies;
mod lines;
#[cfg(feature = "mutants")]
mod mutants;
mod passing;
mod seeds;
mod silence;
mod slowness;
mod unfit;
