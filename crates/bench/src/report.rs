//! What was found, as JSON and as text.

use crate::bars::{Bar, Ratio, bars, ratio};
use crate::opening::Opening;
use crate::outcome::{Layer, Outcome, Strips, median};
use crate::points::Point;
use crate::table::table;
use convoy_model::{Model, Region, macs};
use serde::Serialize;
use std::fmt::Write as _;

/// The most that an output may differ from another library's, as a part of its range.
const AGREEMENT: f64 = 1e-3;

/// Everything.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    points: Vec<Row>,
    ratios: Vec<Ratio>,
    agreements: Vec<Agreement>,
    /// Outputs that are not what others make of the same input, in words.
    pub(crate) disagreements: Vec<String>,
    opening: Option<Opening>,
    /// What is to be reached.
    pub(crate) bars: Vec<Bar>,
}

/// One network by one contender: medians over repetitions.
#[derive(Debug, Serialize)]
struct Row {
    model: String,
    contender: String,
    /// Fresh browsers.
    repetitions: usize,
    ready_ms: f64,
    first_ms: f64,
    steady_ms: f64,
    /// The least and the most of a repetition's steady times.
    spread_ms: [f64; 2],
    gmacs: f64,
    wasm_mb: f64,
    peak_mb: Option<f64>,
    layers: Vec<Layer>,
    strips: Vec<Strips>,
}

/// How far an output is from another's.
#[derive(Debug, Serialize)]
struct Agreement {
    model: String,
    ours: String,
    other: String,
    /// As a part of the output's range; null where they cannot be compared.
    difference: Option<f64>,
}

impl Report {
    /// From all points.
    pub(crate) fn new(models: &[Model], points: &[Point], opening: Option<Opening>) -> Self {
        let (mut ratios, mut agreements) = (Vec::new(), Vec::new());
        for ours in points.iter().filter(|point| point.contender.is_ours()) {
            let same = |other: &&Point| other.model == ours.model && !other.contender.is_ours();
            for other in points.iter().filter(same) {
                if other.contender.threads == ours.contender.threads {
                    ratios.push(ratio(ours, other));
                }
                let pair = ours.outcomes.first().zip(other.outcomes.first());
                agreements.push(Agreement {
                    model: ours.model.clone(),
                    ours: ours.contender.name(),
                    other: other.contender.name(),
                    difference: pair.and_then(|(ours, other)| ours.difference(other)),
                });
            }
        }
        let wrong = |agreement: &&Agreement| {
            agreement
                .difference
                .is_none_or(|difference| difference.is_nan() || difference > AGREEMENT)
        };
        let words = |Agreement { model, ours, other, difference }: &Agreement| {
            format!("{model}: {ours} differs from {other} by {difference:?} of the output's range")
        };
        let disagreements = agreements.iter().filter(wrong).map(words).collect();
        let macs = |id: &str| {
            let model = models.iter().find(|model| model.id == id);
            model.map_or(0, |Model { graph, .. }| {
                graph.iter().map(|(id, node)| macs(graph, id, Region::whole(node.shape))).sum()
            })
        };
        let points_rows = points.iter().map(|point| Row::new(point, macs(&point.model))).collect();
        Self { points: points_rows, ratios, agreements, disagreements, opening, bars: bars(points) }
    }

    /// For people; `layers` tells each layer's part too.
    pub(crate) fn text(&self, layers: bool) -> String {
        let heads = ["", "ready", "first", "steady ms", "spread", "GMAC/s", "wasm MB", "peak MB"];
        let mut text = String::new();
        let mut model = "";
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in &self.points {
            if row.model != model {
                model = &row.model;
                rows.push(vec![model.to_owned()]);
            }
            rows.push(row.cells());
        }
        text.push_str(&table(&heads, &rows));
        if layers {
            for row in self.points.iter().filter(|row| !row.layers.is_empty()) {
                row.layers_into(&mut text);
            }
        }
        for row in self.points.iter().filter(|row| !row.strips.is_empty()) {
            row.strips_into(&mut text);
        }
        if !self.ratios.is_empty() {
            let cells = |ratio: &Ratio| {
                let Ratio { model, ours, other, median, min, max } = ratio;
                let spread = format!("{min:.2}..{max:.2}");
                vec![format!("{model}: {other} by {ours}"), format!("{median:.2}"), spread]
            };
            let rows: Vec<_> = self.ratios.iter().map(cells).collect();
            let _ = write!(text, "\n{}", table(&["times as fast", "median", "spread"], &rows));
        }
        let differences = self.agreements.iter().filter_map(|agreement| agreement.difference);
        if let Some(worst) = differences.reduce(f64::max) {
            let _ = writeln!(
                text,
                "\noutputs differ from the others' by at most {worst:.1e} of their range"
            );
        }
        for words in &self.disagreements {
            let _ = writeln!(text, "WRONG: {words}");
        }
        if let Some(opening) = &self.opening {
            text.push_str(&opening.text());
        }
        if !self.bars.is_empty() {
            let cells = |bar: &Bar| {
                let word = match bar.met() {
                    Some(true) => "met",
                    Some(false) => "MISSED",
                    None => "not measured",
                };
                let found = bar.found.map_or_else(|| "-".to_owned(), |found| format!("{found:.2}"));
                vec![bar.what.clone(), found, format!("{:.2}", bar.wanted), word.to_owned()]
            };
            let rows: Vec<_> = self.bars.iter().map(cells).collect();
            let _ = write!(text, "\n{}", table(&["bar", "found", "at least", ""], &rows));
        }
        text
    }
}

impl Row {
    fn new(point: &Point, macs: u64) -> Self {
        let of = |value: &dyn Fn(&Outcome) -> f64| -> Vec<f64> {
            point.outcomes.iter().map(value).collect()
        };
        let steady = of(&Outcome::steady);
        let seconds = median(&steady);
        let peaks: Vec<f64> = point
            .outcomes
            .iter()
            .filter_map(|outcome| Some(outcome.peak_bytes? as f64 / 1e6))
            .collect();
        let first = point.outcomes.first();
        Self {
            model: point.model.clone(),
            contender: point.contender.name(),
            repetitions: point.outcomes.len(),
            ready_ms: median(&of(&|outcome| outcome.ready)) * 1e3,
            first_ms: median(&of(&|outcome| outcome.first)) * 1e3,
            steady_ms: seconds * 1e3,
            spread_ms: [
                steady.iter().copied().fold(f64::INFINITY, f64::min) * 1e3,
                steady.iter().copied().fold(0.0, f64::max) * 1e3,
            ],
            gmacs: macs as f64 / seconds / 1e9,
            wasm_mb: median(&of(&|outcome| outcome.wasm_bytes as f64)) / 1e6,
            peak_mb: (!peaks.is_empty()).then(|| median(&peaks)),
            layers: first.map(|outcome| outcome.layers.clone()).unwrap_or_default(),
            strips: first.map(|outcome| outcome.strips.clone()).unwrap_or_default(),
        }
    }

    fn cells(&self) -> Vec<String> {
        let [least, most] = self.spread_ms;
        vec![
            format!("  {}", self.contender),
            format!("{:.0}", self.ready_ms),
            format!("{:.1}", self.first_ms),
            format!("{:.1}", self.steady_ms),
            format!("{least:.1}..{most:.1}"),
            format!("{:.1}", self.gmacs),
            format!("{:.0}", self.wasm_mb),
            self.peak_mb.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0}")),
        ]
    }

    fn strips_into(&self, text: &mut String) {
        let cells = |strips: &Strips| {
            let Strips { pieces: [first, end], strips: count, effort, macs, seconds } = strips;
            vec![
                format!("{first}..{end}"),
                count.to_string(),
                format!("{macs:.3}"),
                format!("{effort:.3}"),
                format!("{seconds:.3}"),
                format!("{:.3}", strips.cost()),
            ]
        };
        let rows: Vec<_> = self.strips.iter().map(cells).collect();
        let heads = ["pieces", "strips", "MACs", "work", "time", "time by work"];
        let (model, contender) = (&self.model, &self.contender);
        let _ =
            write!(text, "\n{model} by {contender}, stages in strips\n{}", table(&heads, &rows));
    }

    fn layers_into(&self, text: &mut String) {
        let total: f64 = self.layers.iter().map(|layer| layer.seconds).sum();
        let cells = |layer: &Layer| {
            let Layer { name, op, kernel, macs, seconds } = layer;
            vec![
                name.clone(),
                op.clone(),
                kernel.clone(),
                format!("{:.1}", *macs as f64 / 1e6),
                format!("{:.3}", seconds * 1e3),
                if *macs > 0 {
                    format!("{:.1}", *macs as f64 / seconds / 1e9)
                } else {
                    String::new()
                },
                format!("{:.1}", 100.0 * seconds / total),
            ]
        };
        let rows: Vec<_> = self.layers.iter().map(cells).collect();
        let heads = ["", "layer", "by", "MMAC", "ms", "GMAC/s", "%"];
        let _ = write!(text, "\n{} by {}\n{}", self.model, self.contender, table(&heads, &rows));
    }
}
