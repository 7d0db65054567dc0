//! The paper's questions asked again: every scheme on a grid of networks, clusters and loads, by
//! formula and as played in virtual time, with one report, its data and its plots.
//!
//! [`grid`] says what is run, [`cell`] runs one cluster, [`checks`] holds `best` against every other
//! scheme, [`load`] plays rising rates, [`planning`] measures the planner itself; [`claims`] sets
//! the results beside the paper's, and [`report`], [`data`] and [`plots`] write them down. All but
//! the planner's times are a function of the seed.

pub mod cell;
pub mod checks;
pub mod claims;
pub mod data;
pub mod grid;
pub mod load;
pub mod measure;
pub mod planning;
pub mod plots;
pub mod report;
pub mod setting;

/// Every scheme but `exhaustive`, which is for smaller cases than these.
pub const SCHEMES: [&str; 9] = [
    "single",
    "replicated",
    "layer-wise",
    "early-fused",
    "optimal-fused",
    "coedge",
    "pico",
    "apico",
    "best",
];

/// The schemes that the paper compares, in the paper's names' order; its own comes last.
pub const PAPERS: [&str; 5] = ["layer-wise", "early-fused", "optimal-fused", "coedge", "pico"];

/// Those of [`PAPERS`] that are not the paper's own.
pub const RIVALS: [&str; 4] = ["layer-wise", "early-fused", "optimal-fused", "coedge"];
