//! Mean latency over load, as played.

use super::panels::Panels;
use super::{DrawError, Plot, Results};
use crate::SCHEMES;
use crate::grid::{GHZ, MBIT};
use crate::setting::Speeds;

pub(super) fn equal(results: &Results) -> Result<Plot, DrawError> {
    let count = results.grid.most;
    let cluster = format!("{count} equal devices of {GHZ} GHz");
    let title = format!("Mean latency over load as played, {count} equal devices");
    draw(results, "latency-equal", title, &cluster, Speeds::Equal(GHZ))
}

pub(super) fn mixed(results: &Results) -> Result<Plot, DrawError> {
    let count = results.grid.most;
    let title = format!("Mean latency over load as played, {count} mixed devices");
    draw(results, "latency-mixed", title, &format!("{count} mixed devices"), Speeds::Mixed)
}

fn draw(
    results: &Results,
    name: &'static str,
    title: String,
    cluster: &str,
    speeds: Speeds,
) -> Result<Plot, DrawError> {
    let shows = format!(
        "Mean seconds from picture to answer on {cluster} at {MBIT} Mbit/s, pictures coming at \
         random times (Poisson) at 10 to 90 % of the rate that `pico` can do by the paper's cost \
         model; {} frames each, the same times for every scheme, in the bare simulator. A line ends \
         where its scheme does not keep up.",
        results.grid.load_frames
    );
    let line = |network, scheme| {
        let own = results
            .loads
            .iter()
            .filter(|load| load.setting.network == network && load.setting.speeds == speeds);
        let points = own.flat_map(|load| &load.points).filter(|point| point.scheme == scheme);
        points.filter_map(|point| Some((10.0 * f64::from(point.tenths), point.played?))).collect()
    };
    Panels {
        name,
        title,
        shows,
        across: "load (% of pico's capacity)",
        up: "mean latency (s)",
        ticks: (1..10).map(|tenths| 10.0 * f64::from(tenths)).collect(),
        log: true,
        schemes: &SCHEMES,
        line: &line,
    }
    .draw()
}
