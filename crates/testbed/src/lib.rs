//! The paper's experiment with real browsers: a cluster of unequal devices on one Linux machine, built
//! from network namespaces, shaped links and headless browsers, and what it really does beside what the
//! planner says of it.
//!
//! [`lab`] builds the network, [`group`] holds processors down, [`bed`] starts server and browsers in
//! it, [`load`] sends pictures, [`measure`] reads what they cost and [`forecast`] what they should cost;
//! [`report`] shows a cell, [`summary`] all of them; [`duration`] says how long one will take and
//! [`versions`] with what it was measured.
//! [`name`] takes everything down again. `docs/experiments/testbed.md` says what is shared and what was
//! found.

pub mod args;
pub mod asked;
pub mod bed;
pub mod cell;
pub mod duration;
pub mod forecast;
pub mod grid;
pub mod group;
pub mod lab;
pub mod load;
pub mod measure;
pub mod name;
pub mod outcome;
pub mod report;
pub mod run;
pub mod summary;
pub mod tool;
pub mod usage;
pub mod versions;
