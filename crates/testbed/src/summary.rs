//! The outcomes of many cells in one report: what was measured beside what was predicted, the bars of the
//! experiment, a plot, and all numbers as CSV.
//!
//! Seconds, paces and Mbit/s are those of the cluster that the cell's name speaks of: what ran in slow motion is
//! counted back.

mod bars;
mod cells;
mod coverage;
mod data;
mod place;
mod plot;

use crate::outcome::{Outcome, SchemeOutcome};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// `best` whose pictures may take 0.66 of `single`'s latency, as it is asked for.
const LIMITED: &str = "best@0.66";

/// Reads every outcome of a folder, those of cells of which only a part could be measured among them, in
/// the order of their names.
///
/// # Errors
/// A folder or a file that cannot be read.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Outcome>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    files.sort();
    let outcome = |file: &Path| {
        let text = fs::read_to_string(file)?;
        serde_json::from_str(&text).map_err(anyhow::Error::from)
    };
    let of = |file: &std::path::PathBuf| {
        outcome(file).with_context(|| format!("{} is no outcome of a cell", file.display()))
    };
    files.iter().map(of).collect()
}

/// Writes `testbed-cells.md`, its plot and its data into a folder.
///
/// # Errors
/// No outcomes, or a file that cannot be written.
pub fn write(outcomes: &[Outcome], folder: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(!outcomes.is_empty(), "there are no outcomes yet: measure cells first");
    let plots = plot::all(outcomes)?;
    let mut text = String::from(
        "# What cells of the testbed measured\n\nMade by `cargo xtask testbed --summary` from the JSON that each cell \
         left; [testbed.md](testbed.md) says how they are measured and what was found. All numbers: \
         [testbed-cells.csv](testbed-cells.csv).\n\nSeconds, GMAC/s and Mbit/s are those of the cluster named; \
         *slow motion* says how many times slower computing and lines really were (*fast* how many times faster), *busy* which part of the machine's \
         time its cores were at work. Ratios are measured over predicted by *overlap*, with what the room had *learnt* before: what \
         passing on a tile takes a device, and what a stage's slices are late.\n",
    );
    writeln!(text, "\n{}", coverage::words(outcomes))?;
    bars::write(&mut text, outcomes)?;
    for plot in &plots {
        write!(text, "\n![{}]({}.svg)\n", plot.shows, plot.name)?;
        fs::write(folder.join(format!("{}.svg", plot.name)), &plot.svg)?;
    }
    cells::write(&mut text, outcomes)?;
    fs::write(folder.join("testbed-cells.md"), text)?;
    fs::write(folder.join("testbed-cells.csv"), data::csv(outcomes))?;
    Ok(())
}

impl Outcome {
    /// Seconds as they would have been without slow motion.
    fn own(&self, seconds: f64) -> f64 {
        seconds / self.cell.slower
    }

    /// Of a scheme as it was asked for.
    fn of(&self, asked: &str) -> Option<&SchemeOutcome> {
        self.schemes.iter().find(|scheme| scheme.scheme == asked)
    }

    /// The cluster in words.
    fn cluster(&self) -> String {
        let paces = self.cell.pace.iter().map(|pace| pace * self.cell.slower);
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for pace in paces.map(|pace| number(pace, 2)) {
            match kinds.iter_mut().find(|(known, _)| *known == pace) {
                Some((_, count)) => *count += 1,
                None => kinds.push((pace, 1)),
            }
        }
        let kinds: Vec<String> =
            kinds.iter().map(|(pace, count)| format!("{count} x {pace}")).collect();
        let wiring = if self.cell.shared { "shared" } else { "a line each" };
        let mbit = number(self.cell.mbit * self.cell.slower, 1);
        let quota: Vec<String> = self.cell.cpu.iter().map(|cores| number(*cores, 2)).collect();
        let quota = match quota.as_slice() {
            [] => String::new(),
            [one, others @ ..] if others.iter().all(|it| it == one) => {
                format!(", {one} cores each")
            }
            all => format!(", {} cores", all.join(" + ")),
        };
        format!("{} GMAC/s, {mbit} Mbit/s {wiring}{quota}", kinds.join(" + "))
    }
}

/// A number with so many digits behind the point at most.
fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.digits$}"))
}
