//! Period over the number of devices.

use super::panels::Panels;
use super::{DrawError, Plot, Results};
use crate::SCHEMES;
use crate::claims::{papers, period};
use crate::grid::{GHZ, MBIT};
use crate::setting::Speeds;
use convoy_plan::Cost;

pub(super) fn paper(results: &Results) -> Result<Plot, DrawError> {
    let shows = format!(
        "Seconds from one answer to the next over the number of equal devices of {GHZ} GHz at {MBIT} \
         Mbit/s, by the paper's cost model, each scheme's plan of the shortest period by its own \
         rule. `best` is not drawn: it minimises by *overlap*."
    );
    let schemes = ["single", "layer-wise", "early-fused", "optimal-fused", "coedge", "pico"];
    let speeds = Speeds::Equal(GHZ);
    let title = "Period, equal devices, by the paper's cost model".into();
    draw(results, "period-paper", title, shows, &schemes, speeds, Cost::Paper)
}

pub(super) fn overlap(results: &Results) -> Result<Plot, DrawError> {
    let shows = format!(
        "The same clusters by the cost model *overlap*, which the running pipeline follows: \
         sending, receiving and computing at once, one medium for all stages. Every scheme is \
         drawn; `replicated` and `best` lie on each other where whole frames on whole devices have \
         the shortest period ({GHZ} GHz, {MBIT} Mbit/s)."
    );
    let speeds = Speeds::Equal(GHZ);
    let title = "Period, equal devices, by the cost model overlap".into();
    draw(results, "period-overlap", title, shows, &schemes(), speeds, Cost::Overlap)
}

pub(super) fn mixed(results: &Results) -> Result<Plot, DrawError> {
    let shows = format!(
        "Period of mixed clusters by *overlap*: the first so many of 1.5, 0.6, 1.2, 0.8, 1.5, 0.6, \
         1.2, 0.8 GHz, at {MBIT} Mbit/s."
    );
    let title = "Period, mixed devices, by the cost model overlap".into();
    draw(results, "period-mixed", title, shows, &schemes(), Speeds::Mixed, Cost::Overlap)
}

/// All, but `apico`, whose plan of the shortest period is `pico`'s.
fn schemes() -> Vec<&'static str> {
    SCHEMES.iter().copied().filter(|scheme| *scheme != "apico").collect()
}

fn draw(
    results: &Results,
    name: &'static str,
    title: String,
    shows: String,
    schemes: &[&'static str],
    speeds: Speeds,
    cost: Cost,
) -> Result<Plot, DrawError> {
    let line = |network, scheme| {
        let own = papers(results.cells).filter(|cell| {
            let at = &cell.setting;
            at.network == network && at.speeds == speeds && at.mbit == MBIT
        });
        own.filter_map(|cell| Some((cell.setting.devices as f64, period(cell, scheme, cost)?)))
            .collect()
    };
    Panels {
        name,
        title,
        shows,
        across: "devices",
        up: "period (s)",
        ticks: results.grid.devices.iter().map(|count| *count as f64).collect(),
        log: true,
        schemes,
        line: &line,
    }
    .draw()
}
