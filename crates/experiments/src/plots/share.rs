//! Parts in per cent over the number of devices: CPU utilisation, recomputed work.

use super::panels::Panels;
use super::{DrawError, Plot, Results};
use crate::claims::papers;
use crate::grid::{GHZ, MBIT};
use crate::measure::Measures;
use crate::setting::Speeds;

const SCHEMES: [&str; 7] =
    ["replicated", "layer-wise", "early-fused", "optimal-fused", "coedge", "pico", "best"];

pub(super) fn utilisation(results: &Results) -> Result<Plot, DrawError> {
    let shows = format!(
        "CPU utilisation as played where pictures always wait: seconds of computing over devices \
         times time, equal devices of {GHZ} GHz at {MBIT} Mbit/s. Recomputed work counts as \
         computing; devices that a scheme leaves out count as idle. \
         `replicated` lies under `best`."
    );
    let (name, title) = ("utilisation", "CPU utilisation at saturation as played");
    draw(results, (name, title, "CPU utilisation (%)"), shows, |of| of.utilisation)
}

pub(super) fn recomputed(results: &Results) -> Result<Plot, DrawError> {
    let shows = format!(
        "Recomputed work: MACs of all tiles over those of the network, less 1, equal devices of \
         {GHZ} GHz at {MBIT} Mbit/s, each scheme's plan of the shortest period."
    );
    let (name, title) = ("recomputed", "Recomputed work");
    draw(results, (name, title, "recomputed work (%)"), shows, |of| of.recomputed)
}

fn draw(
    results: &Results,
    (name, title, up): (&'static str, &str, &'static str),
    shows: String,
    part: fn(&Measures) -> f64,
) -> Result<Plot, DrawError> {
    let line = |network, scheme| {
        let own = papers(results.cells).filter(|cell| {
            let at = &cell.setting;
            at.network == network && at.speeds == Speeds::Equal(GHZ) && at.mbit == MBIT
        });
        own.filter_map(|cell| {
            Some((cell.setting.devices as f64, 100.0 * part(cell.of(scheme)?).max(0.0)))
        })
        .collect()
    };
    Panels {
        name,
        title: title.into(),
        shows,
        across: "devices",
        up,
        ticks: results.grid.devices.iter().map(|count| *count as f64).collect(),
        log: false,
        schemes: &SCHEMES,
        line: &line,
    }
    .draw()
}
