//! What the experiment is held to, cell by cell: what was measured, and whether it is enough.

use super::place::{self, Measured, Place};
use super::{LIMITED, number, shown};
use crate::outcome::{Outcome, SchemeOutcome};
use std::fmt::{self, Write};

/// What measured and predicted may differ by.
const CLOSE: f64 = 0.15;
/// The latency limit of `best`, as a part of `single`'s.
const LIMIT: f64 = 0.66;
/// What `best` has to have of the best rival's throughput.
const EQUAL: f64 = 0.97;
/// What `best` may be later than the best fixed scheme under a load that rises and falls.
const WAVE: f64 = 1.05;
/// Seconds of main thread and transport for a picture, on each device.
const WORK: f64 = 0.1;
/// The paper's rivals of its scheme.
const RIVALS: [&str; 3] = ["layer-wise", "early-fused", "optimal-fused"];

/// How many times `single`'s throughput `best` has to have within the limit, and how many times less latency it
/// has to have with a line each.
fn wanted(model: &str) -> (f64, f64) {
    match model {
        "vgg16" => (6.0, 3.0),
        "yolov2" => (6.0, 2.5),
        _ => (4.5, 2.0),
    }
}

pub(super) fn write(text: &mut String, outcomes: &[Outcome]) -> fmt::Result {
    let places = place::all(outcomes);
    let eight = |place: &&Place| place.is_plain() && place.devices() == 8;
    let bars: Vec<&Place> = places.iter().filter(eight).collect();
    writeln!(text, "\n## The bars\n")?;
    if bars.is_empty() {
        writeln!(text, "No cell of eight devices of 2 GMAC/s at 50 Mbit/s is measured yet.")?;
    } else {
        of_eight(text, &bars)?;
        close(text, &places)?;
    }
    order(text, &places)?;
    waves(text, outcomes)
}

/// A value, and whether it is at least that.
fn least(value: Option<f64>, wanted: f64) -> String {
    let met = |value: f64| if value >= wanted { "met" } else { "missed" };
    let say = |value: f64| format!("{value:.2} of {}: {}", number(wanted, 2), met(value));
    value.map_or_else(|| "-".into(), say)
}

/// How many times as much the first has of something.
fn times<'a>(
    of: fn(&Measured<'a>) -> Option<f64>,
    first: Option<Measured<'a>>,
    second: Option<Measured<'a>>,
) -> Option<f64> {
    Some(of(&first?)? / of(&second?)?)
}

fn of_eight(text: &mut String, bars: &[&Place]) -> fmt::Result {
    writeln!(
        text,
        "Eight devices of 2 GMAC/s, 50 Mbit/s. Throughput as a multiple of `single`'s: of `best`, and of `best` \
         whose pictures may take {LIMIT} of `single`'s latency. Latency of pictures one after another: `single`'s as a \
         multiple of `best`'s, asked where each device has a line of its own. Work: seconds of main thread and \
         transport a second under `best` at one picture a second, on the busiest device. A scheme that was measured in \
         several motions counts as in the slowest.\n\n\
         | network | wiring | `best` | within the limit | its latency | less latency | work |\n\
         |---|---|---|---|---|---|---|"
    )?;
    for place in bars {
        let (throughput, latency) = wanted(place.model());
        let (single, best, limited) = (place.of("single"), place.of("best"), place.of(LIMITED));
        let sooner = times(Measured::latency, single, best);
        let used = limited.and_then(|it| Some(it.latency()? / it.limit()?));
        let work = best.and_then(|it| it.cell.own_work(it.scheme.saturated.as_ref()?));
        let work = work.map(|[_, most]| {
            format!("{most:.3} s: {}", if most <= WORK { "met" } else { "missed" })
        });
        let shared = place.cell().cell.shared;
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            place.model(),
            if shared { "shared" } else { "a line each" },
            least(times(Measured::period, single, best), 7.5),
            least(times(Measured::period, single, limited), throughput),
            used.map_or_else(|| "-".into(), |used| format!("{used:.2} of the limit")),
            if shared { shown(sooner, 2) } else { least(sooner, latency) },
            work.unwrap_or_else(|| "-".into()),
        )?;
    }
    Ok(())
}

/// How close measured and predicted are.
fn close(text: &mut String, places: &[Place]) -> fmt::Result {
    let mut far = Vec::new();
    let (mut all, mut within) = (0, 0);
    for it in places.iter().flat_map(Place::schemes) {
        let both = [("period", it.scheme.period_ratio()), ("latency", it.scheme.latency_ratio())];
        for (what, ratio) in both {
            let Some(ratio) = ratio else { continue };
            all += 1;
            if (ratio - 1.0).abs() <= CLOSE {
                within += 1;
            } else {
                let full = it.scheme.saturated.as_ref().is_some_and(|it| it.machine.is_full());
                let full = if full { ", on a full machine" } else { "" };
                far.push(format!(
                    "{}, `{}`: {what} {ratio:.2}{full}",
                    it.cell.cell.name, it.scheme.scheme
                ));
            }
        }
    }
    writeln!(
        text,
        "\nMeasured within {:.0} % of predicted, on every cluster: {within} of {all} periods and latencies. The others: {}.",
        100.0 * CLOSE,
        if far.is_empty() { "none".into() } else { far.join("; ") },
    )
}

/// Who answers more.
fn order(text: &mut String, places: &[Place]) -> fmt::Result {
    writeln!(
        text,
        "\nThroughput of `best` as a part of the best of all others that were measured on the cluster ({EQUAL} is \
         asked; within the limit the others are those no later than it), and of `pico` as a multiple of the best of \
         layer-wise, early-fused and optimal-fused (1 is asked). Where rivals have several devices to share.\n\n\
         | network | cluster | `best` | within the limit | `pico` |\n|---|---|---|---|---|"
    )?;
    for place in places.iter().filter(|place| place.devices() > 1) {
        let schemes = place.schemes();
        let rivals = || schemes.iter().filter(|it| !it.scheme.scheme.starts_with("best"));
        let soonest = |all: &mut dyn Iterator<Item = &Measured>| {
            all.filter_map(Measured::period).min_by(f64::total_cmp)
        };
        let part = |asked: &str, rival: Option<f64>| Some(rival? / place.of(asked)?.period()?);
        let limit = place.of(LIMITED).and_then(|it| it.limit());
        let in_time = |it: &&Measured| {
            limit.zip(it.latency()).is_some_and(|(limit, latency)| latency <= limit)
        };
        let papers = |it: &&Measured| RIVALS.contains(&it.scheme.scheme.as_str());
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            place.model(),
            place.cell().cluster(),
            least(part("best", soonest(&mut rivals())), EQUAL),
            least(part(LIMITED, soonest(&mut rivals().filter(in_time))), EQUAL),
            least(part("pico", soonest(&mut rivals().filter(papers))), 1.0),
        )?;
    }
    Ok(())
}

/// Under a load that rises and falls.
fn waves(text: &mut String, outcomes: &[Outcome]) -> fmt::Result {
    for outcome in outcomes.iter().filter(|outcome| !outcome.cell.wave.is_empty()) {
        let steps = outcome.cell.wave.len();
        let mean = |scheme: &SchemeOutcome, step: usize| Some(scheme.wave.get(step)?.latency?.mean);
        let fixed = |step: usize| {
            let fixed = |it: &&SchemeOutcome| !["best", "apico"].contains(&it.scheme.as_str());
            let all = outcome.schemes.iter().filter(fixed).filter_map(|it| mean(it, step));
            all.min_by(f64::total_cmp)
        };
        let ratio = |step| Some(mean(outcome.of("best")?, step)? / fixed(step)?);
        let ratios: Vec<Option<f64>> = (0..steps).map(ratio).collect();
        let met = ratios.iter().flatten().filter(|ratio| **ratio <= WAVE).count();
        let shown: Vec<String> = ratios.iter().map(|ratio| shown(*ratio, 2)).collect();
        writeln!(
            text,
            "\nUnder a load that rises and falls ({}, {}), mean latency of `best` over the best fixed scheme's, step by \
             step: {}. {WAVE} is asked at each: {met} of {steps} met.",
            outcome.cell.model,
            outcome.cluster(),
            shown.join(", "),
        )?;
    }
    Ok(())
}
