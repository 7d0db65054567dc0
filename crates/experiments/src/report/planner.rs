//! What the planner takes, in a file of its own, since it hangs on the machine.

use super::tables::table;
use super::text::{percent, seconds};
use crate::grid::MBIT;
use crate::planning::{Large, Planning, Time};
use crate::plots::Plot;
use crate::setting::Wiring;

/// Seconds that `best` aims to plan eight unequal devices in, exactly.
const BEST: f64 = 1.0;
/// The same for `pico`.
const PICO: f64 = 0.02;

/// The text of `planning.md`.
#[must_use]
pub fn planning(planning: &Planning, plot: &Plot, command: &str) -> String {
    let unequal = planning.unequal.first().map_or(0, |time| time.devices);
    let rows: Vec<_> = planning.unequal.iter().map(time).collect();
    let times = table(&["network", "wiring", "scheme", "planning", "aim", "exact"], &rows);
    let rows: Vec<_> = planning.large.iter().map(large).collect();
    let titles = [
        "network",
        "Mbit/s",
        "limit s",
        "memory MB",
        "planning",
        "period s",
        "latency s",
        "bound s",
        "above",
    ];
    let found = table(&titles, &rows);
    let mut text = format!(
        "# Planning\n\n\
         Times of one core of the machine that made this, and plans that hang on them; so this file \
         differs from run to run. Made by `{command}`.\n\n\
         ## {unequal} unequal devices\n\n\
         {unequal} devices from 0.6 to 1.5 GHz, no two alike, {MBIT} Mbit/s shared (maps in f32), or \
         a line each (u8 pixels, f16 maps, 2 ms a message); the least of several runs. \
         Exact: the whole space was searched.\n\n{times}\n\
         ## {} unequal devices under limits\n\n\
         {} devices at random between 0.6 and 1.5 GHz, a line each, u8 pixels, f16 maps, 2 ms a \
         message; no device holds more than a quarter of the weights; each frame is to be answered \
         within half of what the fastest device alone would take (its memory aside). `best` with a \
         budget of {} s. Above: how far the period is above the bound, all work over all capacities \
         or, where nobody may take whole frames, the source's line, whichever is more.\n\n{found}",
        planning.devices, planning.devices, planning.budget,
    );
    for of in &planning.large {
        if let Err(error) = &of.found {
            text += &format!("\n- {} at {} Mbit/s has no plan: {error}.\n", of.network, of.mbit);
        }
    }
    text += "\nOf vgg16 the first fully connected layer (fc6) alone is three quarters of the weights: no \
             device of a quarter can hold it, so it is divided.\n";
    text + &format!(
        "\n## {0}\n\n{1} Rerun: `{command}`.\n\n![{0}]({0}.svg)\n",
        plot.name, plot.shows
    )
}

fn time(time: &Time) -> Vec<String> {
    let aim = if time.scheme == "best" { BEST } else { PICO };
    let kept = if time.seconds <= aim { "kept" } else { "missed" };
    let exact = match time.scheme {
        "best" if time.exact => "yes",
        "best" => "no",
        _ => "-",
    };
    let wiring = match time.wiring {
        Wiring::Shared => "shared",
        Wiring::Lines => "a line each",
    };
    vec![
        time.network.into(),
        wiring.into(),
        time.scheme.into(),
        format!("{:.1} ms", 1e3 * time.seconds),
        format!("{:.0} ms: {kept}", 1e3 * aim),
        exact.into(),
    ]
}

fn large(of: &Large) -> Vec<String> {
    let [period, latency, bound] = of.found.as_ref().map_or([f64::NAN; 3], |found| *found);
    vec![
        of.network.into(),
        format!("{}", of.mbit),
        seconds(Some(of.limit)),
        format!("{}", of.memory / 1_000_000),
        format!("{:.1} s", of.seconds),
        seconds(Some(period)),
        seconds(Some(latency)),
        seconds(Some(bound)),
        if period.is_nan() { "no plan".into() } else { percent(period / bound - 1.0) },
    ]
}
