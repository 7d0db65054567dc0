//! Throughput over bandwidth, and over CPU frequency.

use super::panels::Panels;
use super::{DrawError, Plot, Results};
use crate::PAPERS;
use crate::cell::Cell;
use crate::claims::{by_bandwidth, by_frequency, period};
use crate::grid::{GHZ, MBIT};
use crate::setting::Speeds;
use convoy_plan::Cost;

pub(super) fn bandwidth(results: &Results) -> Result<Plot, DrawError> {
    let count = results.grid.most;
    let shows = format!(
        "Answers a minute over the bandwidth of the shared medium, {count} equal devices of {GHZ} \
         GHz, by the paper's cost model."
    );
    let cells = by_bandwidth(results.cells, results.grid).collect::<Vec<_>>();
    Panels {
        name: "throughput-bandwidth",
        title: format!("Throughput over bandwidth, {count} devices, by the paper's cost model"),
        shows,
        across: "bandwidth (Mbit/s)",
        up: "answers a minute",
        ticks: ticks(&results.grid.mbit),
        log: false,
        schemes: &PAPERS,
        line: &|network, scheme| line(&cells, network, scheme, |cell| Some(cell.setting.mbit)),
    }
    .draw()
}

pub(super) fn frequency(results: &Results) -> Result<Plot, DrawError> {
    let count = results.grid.most;
    let shows = format!(
        "Answers a minute over the CPU frequency of {count} equal devices (2 GMAC/s for each GHz) at \
         {MBIT} Mbit/s, by the paper's cost model."
    );
    let most = |cell: &&Cell| cell.setting.devices == count;
    let cells = by_frequency(results.cells).filter(most).collect::<Vec<_>>();
    let ghz = |cell: &Cell| match cell.setting.speeds {
        Speeds::Equal(ghz) => Some(ghz),
        Speeds::Mixed => None,
    };
    Panels {
        name: "throughput-frequency",
        title: format!("Throughput over CPU frequency, {count} devices, by the paper's cost model"),
        shows,
        across: "CPU frequency (GHz)",
        up: "answers a minute",
        ticks: ticks(&results.grid.ghz),
        log: false,
        schemes: &PAPERS,
        line: &|network, scheme| line(&cells, network, scheme, ghz),
    }
    .draw()
}

/// An axis needs two ends.
fn ticks(values: &[f64]) -> Vec<f64> {
    match values {
        [one] => vec![one / 2.0, *one, one * 1.5],
        _ => values.to_vec(),
    }
}

fn line(
    cells: &[&Cell],
    network: &str,
    scheme: &str,
    across: impl Fn(&Cell) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let own = cells.iter().filter(|cell| cell.setting.network == network);
    own.filter_map(|cell| Some((across(cell)?, 60.0 / period(cell, scheme, Cost::Paper)?)))
        .collect()
}
