//! The main job with real browsers: photographs answered by pages together.
//!
//! Pages are paced, so that a plan with several stages pays on one machine too; no test asks how
//! long something took.

mod bad_pages;
mod belongings;
mod calm;
mod churn;
mod departures;
mod doors;
mod drawing;
mod engines;
mod faults;
mod firefox;
mod growing;
mod joined;
mod lies;
mod networks;
mod own_networks;
mod page;
mod pictures;
mod playing;
mod restarts;
mod schemes;
mod sharing;
