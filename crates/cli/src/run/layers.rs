//! Where a network's time goes, layer by layer.

use crate::output;
use convoy_worker::LayerTime;
use serde::Serialize;

/// Runs that the least time is taken of.
pub(super) const RUNS: usize = 5;

/// One layer, as `--json` shows it.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    op: &'static str,
    kernel: &'static str,
    macs: u64,
    seconds: f64,
}

impl From<LayerTime> for Row {
    fn from(LayerTime { name, op, kernel, macs, seconds }: LayerTime) -> Self {
        Self { name, op, kernel, macs, seconds }
    }
}

/// Prints a table.
pub(super) fn show(rows: &[Row]) {
    let total: f64 = rows.iter().map(|row| row.seconds).sum();
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    output::line(format_args!(
        "{:width$}  {:>9}  {:>5}  {:>7}  {:>8}  by",
        "layer", "ms", "%", "GMAC/s", "MMAC"
    ));
    for Row { name, op, kernel, macs, seconds } in rows {
        let (ms, part) = (seconds * 1e3, 100.0 * seconds / total);
        let macs = *macs as f64;
        let (rate, work) = if macs > 0.0 {
            (format!("{:.1}", macs / seconds / 1e9), format!("{:.1}", macs / 1e6))
        } else {
            (String::new(), String::new())
        };
        output::line(format_args!(
            "{name:width$}  {ms:9.3}  {part:5.1}  {rate:>7}  {work:>8}  {op}, {kernel}"
        ));
    }
    output::line(format_args!("{:width$}  {:9.3}", "all", total * 1e3));
}
