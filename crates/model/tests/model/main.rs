//! Networks, their regions and their heads.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod heads;
mod regions;
mod zoo;
