//! Each cell's table.

use super::{number, shown};
use crate::outcome::{Outcome, SchemeOutcome};
use crate::versions::Versions;
use std::collections::BTreeSet;
use std::fmt::{self, Write};

pub(super) fn write(text: &mut String, outcomes: &[Outcome]) -> fmt::Result {
    writeln!(text, "\n## The cells")?;
    for outcome in outcomes {
        cell(text, outcome)?;
    }
    Ok(())
}

fn cell(text: &mut String, outcome: &Outcome) -> fmt::Result {
    let slower = outcome.cell.slower;
    let motion = match slower {
        1.0 => String::new(),
        _ if slower > 1.0 => format!(", in slow motion {} to 1", number(slower, 2)),
        _ => format!(", in fast motion 1 to {}", number(1.0 / slower, 2)),
    };
    writeln!(text, "\n### {}, {}{motion}", outcome.cell.model, outcome.cluster())?;
    let waits: f64 = outcome.idle.iter().map(|cpu| cpu.main + cpu.transport).sum();
    writeln!(
        text,
        "\nNo plan's period is below {:.3} s. A page that only waits takes {:.1} % of a core for its main thread and \
         transport. {} pictures a measurement.\n",
        outcome.own(outcome.bound),
        100.0 * waits / outcome.idle.len().max(1) as f64,
        outcome.cell.frames,
    )?;
    writeln!(
        text,
        "| scheme | stages | learnt | period | overlap | ratio | played | paper | latency | overlap | ratio | \
         recomputed | devices busy | MB sent | main and transport at 1/s | busy |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    )?;
    for scheme in &outcome.schemes {
        row(text, outcome, scheme)?;
    }
    rates(text, outcome)?;
    waves(text, outcome)?;
    versions(text, outcome)
}

/// With what it was measured, where the outcome says so.
fn versions(text: &mut String, outcome: &Outcome) -> fmt::Result {
    let all: BTreeSet<&Versions> =
        outcome.schemes.iter().filter_map(|scheme| scheme.versions.as_ref()).collect();
    for version in &all {
        let of = |scheme: &&SchemeOutcome| scheme.versions.as_ref() == Some(version);
        let whose: Vec<String> =
            outcome.schemes.iter().filter(of).map(|it| format!("`{}`", it.scheme)).collect();
        writeln!(text, "\nWith {version}: {}.", whose.join(", "))?;
    }
    Ok(())
}

fn row(text: &mut String, outcome: &Outcome, scheme: &SchemeOutcome) -> fmt::Result {
    let name = &scheme.scheme;
    if let Some(problem) = scheme.problem.as_ref().or(scheme.error.as_ref()) {
        return writeln!(text, "| `{name}` | {problem} |");
    }
    let (Some(saturated), Some(alone)) = (&scheme.saturated, &scheme.alone) else { return Ok(()) };
    let (fast, slow) = (&saturated.predicted, &alone.predicted);
    let own = |seconds: Option<f64>| shown(seconds.map(|it| outcome.own(it)), 3);
    let sent: f64 = saturated.devices.iter().map(|device| device.page_sent).sum();
    let percent =
        |part: Option<f64>| part.map_or_else(|| "-".into(), |it| format!("{:.0} %", 100.0 * it));
    let stages = if slow.shape == fast.shape {
        fast.shape.clone()
    } else {
        format!("{} ({})", fast.shape, slow.shape)
    };
    writeln!(
        text,
        "| `{name}` | {} | {:.0} + {:.0} ms | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.2} | {} s | {} |",
        short(&stages),
        1e3 * fast.passing,
        1e3 * slow.delay,
        own(saturated.period),
        own(Some(fast.overlap.period)),
        shown(scheme.period_ratio(), 2),
        own(fast.played_period),
        own(Some(fast.paper.period)),
        own(Some(alone.latency.mean)),
        own(Some(slow.overlap.latency)),
        shown(scheme.latency_ratio(), 2),
        percent(Some(fast.recomputed.max(0.0))),
        percent(saturated.busy_share()),
        sent / 1e6,
        shown(outcome.own_work(saturated).map(|work| work[0]), 3),
        percent(Some(saturated.machine.busy)),
    )
}

/// Stages of a long plan by their number: `8+8+8+1` is `3 of 8, 1`.
fn short(shape: &str) -> String {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for stage in shape.split('+') {
        match runs.last_mut() {
            Some((last, count)) if *last == stage => *count += 1,
            _ => runs.push((stage, 1)),
        }
    }
    if shape.len() <= 16 {
        return shape.into();
    }
    let run = |(stage, count): &(&str, usize)| match count {
        1 => (*stage).to_owned(),
        _ => format!("{count} of {stage}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

fn rates(text: &mut String, outcome: &Outcome) -> fmt::Result {
    let rates = |scheme: &SchemeOutcome| !scheme.rates.is_empty() || !scheme.behind.is_empty();
    if !outcome.schemes.iter().any(rates) {
        return Ok(());
    }
    writeln!(
        text,
        "\nPictures at random, mean and 95 of 100 no later than, beside what was played with the same arrivals:\n\n\
         | scheme | a second | mean | played | ratio | 95 % |\n|---|---|---|---|---|---|"
    )?;
    for scheme in &outcome.schemes {
        for of in &scheme.rates {
            let played = of.predicted.played_latency.map(|spread| spread.mean);
            writeln!(
                text,
                "| `{}` | {:.3} | {:.3} | {} | {} | {:.3} |",
                scheme.scheme,
                of.rate.unwrap_or_default() * outcome.cell.slower,
                outcome.own(of.latency.mean),
                shown(played.map(|it| outcome.own(it)), 3),
                shown(played.map(|played| of.latency.mean / played), 2),
                outcome.own(of.latency.p95),
            )?;
        }
        for rate in &scheme.behind {
            writeln!(
                text,
                "| `{}` | {:.3} | does not keep up |",
                scheme.scheme,
                rate * outcome.cell.slower
            )?;
        }
    }
    Ok(())
}

fn waves(text: &mut String, outcome: &Outcome) -> fmt::Result {
    let with: Vec<&SchemeOutcome> =
        outcome.schemes.iter().filter(|scheme| !scheme.wave.is_empty()).collect();
    let Some(first) = with.first() else { return Ok(()) };
    let names: Vec<String> = with.iter().map(|scheme| format!("`{}`", scheme.scheme)).collect();
    writeln!(
        text,
        "\nA load that rises and falls, mean latency of each step, and as played with the same arrivals by one plan, though several may have run:\n\n| a second | {} |\n|---|{}",
        names.join(" | "),
        "---|".repeat(with.len()),
    )?;
    for (index, step) in first.wave.iter().enumerate() {
        let cells: Vec<String> = with
            .iter()
            .map(|scheme| {
                let step = scheme.wave.get(index);
                let mean = step.and_then(|step| step.latency).map(|spread| spread.mean);
                let played = step.and_then(|step| step.played);
                let [mean, played] =
                    [mean, played].map(|it| shown(it.map(|it| outcome.own(it)), 3));
                format!("{mean} ({played})")
            })
            .collect();
        writeln!(text, "| {:.3} | {} |", step.rate * outcome.cell.slower, cells.join(" | "))?;
    }
    let looks = |scheme: &SchemeOutcome| scheme.wave_in_all.as_ref()?.looks;
    let known: Vec<String> = with
        .iter()
        .filter_map(|scheme| Some(format!("`{}` {}", scheme.scheme, looks(scheme)?)))
        .collect();
    if !known.is_empty() {
        let known = known.join(", ");
        writeln!(
            text,
            "\nLooks at suspected lines meanwhile, for each of which no picture is begun for some seconds: {known}."
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn long_plans_are_told_by_the_number_of_stages() {
        assert_eq!(short("8+8+1"), "8+8+1");
        assert_eq!(short("8+8+8+8+8+8+8+8+1"), "8 of 8, 1");
        assert_eq!(short("3+8+8+8+8+8+8+8+2x4"), "3, 7 of 8, 2x4");
    }
}
