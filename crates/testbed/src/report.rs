//! An outcome for people.

use crate::outcome::{Measurement, Outcome, SchemeOutcome};
use crate::usage::Cpu;
use std::fmt::{self, Write as _};

/// The tables of a cell.
#[must_use]
pub fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    write(&mut text, outcome).unwrap_or_default();
    text
}

/// A scheme in a line, for whoever waits for the others.
#[must_use]
pub fn line(scheme: &SchemeOutcome) -> String {
    let mut text = String::new();
    row(&mut text, scheme).unwrap_or_default();
    text.trim_end().to_owned()
}

fn write(text: &mut String, outcome: &Outcome) -> fmt::Result {
    let cell = &outcome.cell;
    let paces: Vec<String> = cell.pace.iter().map(|pace| format!("{pace:.1}")).collect();
    let wiring = if cell.shared { "shared" } else { "a line each" };
    writeln!(
        text,
        "\n{}: {} on {} devices of {} GMAC/s, {} Mbit/s {wiring}",
        cell.name,
        cell.model,
        cell.pace.len(),
        paces.join(", "),
        cell.mbit
    )?;
    writeln!(text, "no plan's period is below {:.3} s", outcome.bound)?;
    if let Some(mbit) = outcome.measured_mbit {
        writeln!(
            text,
            "the pages measured {mbit:.1} Mbit/s and {:.1} ms a message",
            outcome.message * 1e3
        )?;
    }
    let pages = outcome.idle.len().max(1) as f64;
    let mean = |of: fn(&Cpu) -> f64| 100.0 * outcome.idle.iter().map(of).sum::<f64>() / pages;
    writeln!(
        text,
        "a page that only waits takes of a core: main thread {:.1} %, worker {:.1} %, transport {:.1} %, \
         other {:.1} %",
        mean(|cpu| cpu.main),
        mean(|cpu| cpu.worker),
        mean(|cpu| cpu.transport),
        mean(|cpu| cpu.other),
    )?;
    periods(text, outcome)?;
    latencies(text, outcome)?;
    waves(text, outcome)?;
    for scheme in &outcome.schemes {
        if let Some(saturated) = &scheme.saturated {
            devices(text, &scheme.scheme, saturated)?;
        }
    }
    Ok(())
}

/// Schemes side by side where pictures always wait, and one after another.
fn periods(text: &mut String, outcome: &Outcome) -> fmt::Result {
    writeln!(
        text,
        "\nPictures always wait (period), or come one after another (latency); seconds:"
    )?;
    writeln!(
        text,
        "{:<14}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}   {:>9}{:>9}{:>9}{:>7}  {:<12}{:>7}{:>6}",
        "scheme",
        "period",
        "overlap",
        "bare",
        "played",
        "paper",
        "room",
        "ratio",
        "latency",
        "overlap",
        "paper",
        "ratio",
        "stages",
        "recomp",
        "busy",
    )?;
    for scheme in &outcome.schemes {
        row(text, scheme)?;
    }
    Ok(())
}

fn row(text: &mut String, scheme: &SchemeOutcome) -> fmt::Result {
    if let Some(problem) = scheme.problem.as_ref().or(scheme.error.as_ref()) {
        return writeln!(text, "{:<14}  {problem}", scheme.scheme);
    }
    let (Some(saturated), Some(alone)) = (&scheme.saturated, &scheme.alone) else { return Ok(()) };
    let (fast, slow) = (&saturated.predicted, &alone.predicted);
    writeln!(
        text,
        "{:<14}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}   {:>9}{:>9}{:>9}{:>7}  {:<12}{:>7}{:>6}",
        scheme.scheme,
        seconds(saturated.period),
        seconds(Some(fast.overlap.period)),
        seconds(Some(fast.bare.period)),
        seconds(fast.played_period),
        seconds(Some(fast.paper.period)),
        seconds(Some(fast.room.period)),
        shown(scheme.period_ratio()),
        seconds(Some(alone.latency.mean)),
        seconds(Some(slow.overlap.latency)),
        seconds(Some(slow.paper.latency)),
        shown(scheme.latency_ratio()),
        fast.shape,
        format!("{:.0} %", 100.0 * fast.recomputed.max(0.0)),
        saturated
            .busy_share()
            .map_or_else(|| "-".into(), |share| format!("{:.0} %", 100.0 * share)),
    )
}

/// Schemes side by side at each rate.
fn latencies(text: &mut String, outcome: &Outcome) -> fmt::Result {
    if outcome.schemes.iter().all(|scheme| scheme.rates.is_empty() && scheme.behind.is_empty()) {
        return Ok(());
    }
    writeln!(text, "\nPictures that come at a rate, latency in seconds:")?;
    writeln!(
        text,
        "{:<14}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}",
        "scheme", "rate", "mean", "p95", "overlap", "played", "paper", "ratio"
    )?;
    for scheme in &outcome.schemes {
        for of in &scheme.rates {
            let played = of.predicted.played_latency.map(|spread| spread.mean);
            writeln!(
                text,
                "{:<14}{:>9.3}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}",
                scheme.scheme,
                of.rate.unwrap_or_default(),
                seconds(Some(of.latency.mean)),
                seconds(Some(of.latency.p95)),
                seconds(of.predicted.expected),
                seconds(played),
                seconds(of.predicted.expected_paper),
                ratio(Some(of.latency.mean), played),
            )?;
        }
        for rate in &scheme.behind {
            writeln!(text, "{:<14}{rate:>9.3}  does not keep up", scheme.scheme)?;
        }
    }
    Ok(())
}

/// Loads that rise and fall.
fn waves(text: &mut String, outcome: &Outcome) -> fmt::Result {
    for scheme in outcome.schemes.iter().filter(|scheme| !scheme.wave.is_empty()) {
        let looks = scheme.wave_in_all.as_ref().and_then(|all| all.looks);
        let looks = looks.map_or_else(String::new, |looks| format!(", {looks} looks at lines"));
        writeln!(text, "\n{} under a load that rises and falls{looks}:", scheme.scheme)?;
        for step in &scheme.wave {
            writeln!(
                text,
                "{:>9.3} a second{:>5} pictures{:>9} mean{:>9} played{:>9} p95   plans {:?}",
                step.rate,
                step.frames,
                seconds(step.latency.map(|spread| spread.mean)),
                seconds(step.played),
                seconds(step.latency.map(|spread| spread.p95)),
                step.epochs,
            )?;
        }
    }
    Ok(())
}

/// What each device did for a picture at saturation.
fn devices(text: &mut String, scheme: &str, of: &Measurement) -> fmt::Result {
    writeln!(
        text,
        "\n{scheme}, {} pictures, for each; the machine was busy {:.0} %, with the pages {:.0} %, load \
         {:.1}; {} ends of links relayed:",
        of.frames,
        100.0 * of.machine.busy,
        100.0 * of.machine.pages,
        of.machine.load,
        of.relayed,
    )?;
    if of.machine.is_full() {
        writeln!(
            text,
            "  the machine was full: these numbers are its own rather than a cluster's"
        )?;
    }
    writeln!(
        text,
        "{:<10}{:>8}{:>9}{:>7}   {:>9}{:>9}{:>9}{:>10}{:>10}{:>10}   {:>8}{:>8}{:>8}{:>8}{:>8}",
        "",
        "busy s",
        "overlap",
        "share",
        "sent kB",
        "page",
        "wire",
        "recv kB",
        "page",
        "wire",
        "main s",
        "worker",
        "transp",
        "other",
        "MB",
    )?;
    for device in &of.devices {
        let share = of.period.map(|period| device.busy / period);
        let kilo = |bytes: f64| format!("{:.1}", bytes / 1e3);
        writeln!(
            text,
            "{:<10}{:>8.3}{:>9.3}{:>7}   {:>9}{:>9}{:>9}{:>10}{:>10}{:>10}   {:>8.3}{:>8.3}{:>8.3}{:>8.3}\
             {:>8.0}",
            device.name,
            device.busy,
            device.predicted.busy,
            share.map_or_else(|| "-".into(), |share| format!("{:.0} %", 100.0 * share)),
            kilo(device.predicted.sent),
            kilo(device.page_sent),
            kilo(device.wire_sent),
            kilo(device.predicted.received),
            kilo(device.page_received),
            kilo(device.wire_received),
            device.cpu.main,
            device.cpu.worker,
            device.cpu.transport,
            device.cpu.other,
            device.memory as f64 / 1e6,
        )?;
    }
    Ok(())
}

fn seconds(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.3}"))
}

fn ratio(measured: Option<f64>, predicted: Option<f64>) -> String {
    let both = measured.zip(predicted).filter(|(_, predicted)| *predicted > 0.0);
    shown(both.map(|(measured, predicted)| measured / predicted))
}

fn shown(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".into(), |ratio| format!("{ratio:.2}"))
}
