//! The main job with real browsers: photographs answered by pages together.
//!
//! Pages are paced, so that a plan with several stages pays on one machine too; no test asks how
//! long something took.

mod bad_pages;
mod departures;
mod engines;
mod networks;
mod page;
mod restarts;
mod schemes;
mod sharing;
