//! Answers a minute by the number of devices, as measured.

use crate::outcome::Outcome;
use convoy_experiments::plots::{Panels, Plot};

const SCHEMES: [&str; 6] = ["single", "replicated", "layer-wise", "optimal-fused", "pico", "best"];

/// The plots for which there are cells enough.
pub(super) fn all(outcomes: &[Outcome]) -> anyhow::Result<Vec<Plot>> {
    let equal = |outcome: &&Outcome| outcome.is_plain() && !outcome.cell.shared;
    let equal: Vec<&Outcome> = outcomes.iter().filter(equal).collect();
    let counts = equal.iter().map(|outcome| outcome.cell.pace.len());
    if counts.clone().min() == counts.max() {
        return Ok(Vec::new());
    }
    let plot = Panels {
        name: "testbed-devices",
        title: "Throughput over the number of devices, as measured with browsers".into(),
        shows: "Answers a minute over the number of equal devices of 1 GHz (2 GMAC/s), 50 Mbit/s a line each, measured \
                with real browsers."
            .into(),
        across: "devices",
        up: "answers a minute",
        ticks: (1..=8).map(f64::from).collect(),
        log: false,
        schemes: &SCHEMES,
        line: &|network, scheme| line(&equal, network, scheme),
    };
    Ok(vec![plot.draw()?])
}

fn line(cells: &[&Outcome], network: &str, scheme: &str) -> Vec<(f64, f64)> {
    let own = cells.iter().filter(|outcome| outcome.cell.model == network);
    let point = |outcome: &&Outcome| {
        let period = outcome.of(scheme)?.period()?;
        Some((outcome.cell.pace.len() as f64, 60.0 / outcome.own(period)))
    };
    let mut points: Vec<_> = own.filter_map(point).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}
