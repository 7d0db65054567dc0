//! What the paper says, beside what these runs found.

use crate::cell::Cell;
use crate::checks::ROUNDING;
use crate::grid::{GHZ, Grid, MBIT};
use crate::load::Load;
use crate::setting::{NETWORKS, Speeds, Wiring};
use crate::{PAPERS, RIVALS};
use convoy_plan::Cost;

/// One of the paper's statements.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What the paper says.
    pub says: &'static str,
    /// What was found, in a sentence.
    pub found: String,
    /// Whether that agrees.
    pub agrees: bool,
}

/// Least and most of some ratios, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// How many.
    pub count: usize,
}

impl Range {
    /// Of these; `None` of none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        values.into_iter().filter(|value| value.is_finite()).fold(None, |range, value| {
            let Self { least, most, count } =
                range.unwrap_or(Self { least: value, most: value, count: 0 });
            Some(Self { least: least.min(value), most: most.max(value), count: count + 1 })
        })
    }

    fn words(range: Option<Self>) -> String {
        range.map_or("nothing to compare".into(), |it| format!("{:.2} to {:.2}", it.least, it.most))
    }
}

/// How many times the throughput of `rival` that of `pico` is, by `cost`.
#[must_use]
pub fn gain(cell: &Cell, rival: &str, cost: Cost) -> Option<f64> {
    Some(period(cell, rival, cost)? / period(cell, "pico", cost)?)
}

/// Period of a scheme in seconds, by `cost`.
#[must_use]
pub fn period(cell: &Cell, scheme: &str, cost: Cost) -> Option<f64> {
    let of = cell.of(scheme)?;
    Some(match cost {
        Cost::Paper => of.paper.period,
        Cost::Overlap => of.overlap.period,
    })
}

/// Cells of the paper's own question on bandwidth: most devices, [`GHZ`], every bandwidth.
pub fn by_bandwidth<'a>(cells: &'a [Cell], grid: &'a Grid) -> impl Iterator<Item = &'a Cell> {
    papers(cells).filter(|cell| {
        cell.setting.devices == grid.most && cell.setting.speeds == Speeds::Equal(GHZ)
    })
}

/// Cells of the paper's own question on frequency: two devices and more, [`MBIT`], every frequency.
pub fn by_frequency(cells: &[Cell]) -> impl Iterator<Item = &Cell> {
    papers(cells).filter(|cell| {
        let at = &cell.setting;
        at.devices > 1 && at.mbit == MBIT && matches!(at.speeds, Speeds::Equal(_))
    })
}

/// Cells wired as in the paper.
pub fn papers(cells: &[Cell]) -> impl Iterator<Item = &Cell> {
    cells.iter().filter(|cell| cell.setting.wiring == Wiring::Shared)
}

/// All statements, by the paper's cost model.
#[must_use]
pub fn all(cells: &[Cell], loads: &[Load], grid: &Grid) -> Vec<Claim> {
    vec![
        throughput(
            "throughput 1.8 to 6.2 times higher over network settings",
            (1.8, 6.2),
            &by_bandwidth(cells, grid).collect::<Vec<_>>(),
        ),
        throughput(
            "throughput 1.8 to 6.8 times higher over CPU frequencies with 2 to 8 devices",
            (1.8, 6.8),
            &by_frequency(cells).collect::<Vec<_>>(),
        ),
        latency(loads),
        rank(cells, "PICO has the shortest period everywhere", 0, "pico"),
        rank(cells, "OFL has the second shortest period everywhere", 1, "optimal-fused"),
        low_load(loads),
        utilisation(cells),
    ]
}

fn throughput(says: &'static str, (low, high): (f64, f64), cells: &[&Cell]) -> Claim {
    let gains = |rival| cells.iter().filter_map(move |cell| gain(cell, rival, Cost::Paper));
    let each = RIVALS.map(|rival| format!("{rival} {}", Range::words(Range::of(gains(rival)))));
    let all = Range::of(RIVALS.into_iter().flat_map(gains));
    let agrees = all.is_some_and(|all| all.least >= low && all.most <= high);
    Claim { says, found: format!("over {}", each.join(", over ")), agrees }
}

/// Over the rates that the rival keeps up with.
fn latency(loads: &[Load]) -> Claim {
    let ratios = |rival: &'static str| {
        loads.iter().flat_map(move |load| {
            (1..10).filter_map(move |tenths| {
                Some(load.at(rival, tenths)?.paper / load.at("apico", tenths)?.paper)
            })
        })
    };
    let each = RIVALS.map(|rival| {
        let all = ratios(rival).count();
        let range = Range::of(ratios(rival));
        let kept = range.map_or(0, |range| range.count);
        format!("than {rival} {} (which keeps up at {kept} of {all} rates)", Range::words(range))
    });
    let all = Range::of(RIVALS.into_iter().flat_map(ratios));
    let agrees = all.is_some_and(|all| all.least >= 1.7 && all.most <= 6.5);
    let says = "mean latency 1.7 to 6.5 times lower over workloads";
    let found = format!("lower, as a factor, where the rival keeps up: {}", each.join(", "));
    Claim { says, found, agrees }
}

/// In how many cells of two devices and more `scheme` stands at `place` (0 is first) by period, and
/// of each network by which schemes it is passed.
fn rank(cells: &[Cell], says: &'static str, place: usize, scheme: &'static str) -> Claim {
    let mut parts = Vec::new();
    let mut agrees = true;
    for network in NETWORKS {
        let own = || {
            papers(cells).filter(|cell| cell.setting.network == network && cell.setting.devices > 1)
        };
        let stands = |cell: &&Cell| faster(cell, scheme).len() == place;
        let (right, all) = (own().filter(stands).count(), own().count());
        agrees &= right == all;
        let before =
            |rival: &&str| own().filter(|cell| faster(cell, scheme).contains(rival)).count();
        let others: Vec<String> = PAPERS
            .iter()
            .filter(|rival| **rival != scheme && before(rival) > 0)
            .map(|rival| format!("{rival} before it in {}", before(rival)))
            .collect();
        let others =
            if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        parts.push(format!("{network} in {right} of {all} cells{others}"));
    }
    Claim { says, found: parts.join("; "), agrees }
}

/// The paper's schemes of a shorter period than `scheme`.
fn faster(cell: &Cell, scheme: &str) -> Vec<&'static str> {
    let own = period(cell, scheme, Cost::Paper).unwrap_or(f64::INFINITY);
    let shorter = |rival: &&str| {
        period(cell, rival, Cost::Paper).is_some_and(|other| other < own * (1.0 - ROUNDING))
    };
    PAPERS.into_iter().filter(shorter).collect()
}

fn low_load(loads: &[Load]) -> Claim {
    let lower = |load: &&Load| {
        let at = |scheme| load.at(scheme, 1).map_or(f64::NAN, |point| point.paper);
        at("apico") < at("pico") * (1.0 - ROUNDING)
    };
    let (right, all) = (loads.iter().filter(lower).count(), loads.len());
    Claim {
        says: "APICO's mean latency is below PICO's at low load",
        found: format!("at 10 % of PICO's capacity in {right} of {all} clusters"),
        agrees: right == all,
    }
}

fn utilisation(cells: &[Cell]) -> Claim {
    let mut parts = Vec::new();
    let mut agrees = true;
    for network in NETWORKS {
        let own = || {
            papers(cells).filter(|cell| cell.setting.network == network && cell.setting.devices > 1)
        };
        let of = |cell: &Cell, scheme: &str| cell.of(scheme).map_or(0.0, |it| it.utilisation);
        // Played, so a part in a thousand is no difference.
        let first =
            |cell: &&Cell| RIVALS.iter().all(|rival| of(cell, rival) <= of(cell, "pico") * 1.001);
        let (right, all) = (own().filter(first).count(), own().count());
        agrees &= right == all;
        parts.push(format!("{network} in {right} of {all} cells"));
    }
    let found = format!("as played at saturation, first with {}", parts.join("; "));
    Claim { says: "PICO has the highest CPU utilisation", found, agrees }
}
