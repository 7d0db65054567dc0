//! Planning time over the number of devices.

use super::panels::Panels;
use super::{DrawError, Plot};
use crate::grid::{GHZ, MBIT};
use crate::planning::Planning;

pub(super) fn times(planning: &Planning) -> Result<Plot, DrawError> {
    let line = |network, scheme| {
        let own =
            planning.equal.iter().filter(|time| time.network == network && time.scheme == scheme);
        own.map(|time| (time.devices as f64, 1e3 * time.seconds)).collect()
    };
    let mut ticks: Vec<f64> = planning.equal.iter().map(|time| time.devices as f64).collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    Panels {
        name: "planning",
        title: "Planning time on one core, equal devices".into(),
        shows: format!(
            "Milliseconds of planning on one core over the number of equal devices of {GHZ} GHz at \
             {MBIT} Mbit/s, the least of several runs: the whole front by `best`, one plan by `pico`."
        ),
        across: "devices",
        up: "planning time (ms)",
        ticks,
        log: true,
        schemes: &["pico", "best"],
        line: &line,
    }
    .draw()
}
