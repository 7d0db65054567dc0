//! The planner: formulas against reference values, schemes against brute force, plans against their rules.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adapt;
mod apico;
mod common;
mod drawing;
mod excite;
mod exhaustive;
mod heads;
mod large;
mod passing;
mod plans;
mod queue;
mod race;
mod reading;
mod reference;
mod turns;
