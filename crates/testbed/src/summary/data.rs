//! Every measurement in a line.

use crate::outcome::{Measurement, Outcome, SchemeOutcome};
use std::fmt::Write as _;

const HEAD: &str = "cell,model,devices,mbit,shared,slower,scheme,limit,how,rate,frames,stages,passing,delay,period,period_overlap,\
                    period_bare,period_played,period_paper,latency,latency_p95,latency_overlap,latency_bare,latency_played,\
                    latency_paper,recomputed,busy_share,sent,wire,main,transport,worker,other,memory,machine_busy,relayed,\
                    settled\n";

/// All of them, seconds and Mbit/s as they really were, slow motion and all.
pub(super) fn csv(outcomes: &[Outcome]) -> String {
    let mut text = HEAD.to_owned();
    for outcome in outcomes {
        for scheme in &outcome.schemes {
            let all = scheme.alone.iter().chain(&scheme.saturated).chain(&scheme.rates);
            for of in all.chain(&scheme.wave_in_all) {
                line(&mut text, outcome, scheme, of);
            }
        }
    }
    text
}

fn line(text: &mut String, outcome: &Outcome, scheme: &SchemeOutcome, of: &Measurement) {
    let (cell, predicted) = (&outcome.cell, &of.predicted);
    let optional =
        |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
    let sum = |value: &dyn Fn(&crate::outcome::DeviceUse) -> f64| {
        of.devices.iter().map(value).sum::<f64>()
    };
    let most = of.devices.iter().map(|device| device.memory).max().unwrap_or(0);
    let played = predicted.played_latency.map(|spread| spread.mean);
    let fields = [
        cell.name.clone(),
        cell.model.clone(),
        cell.pace.len().to_string(),
        cell.mbit.to_string(),
        cell.shared.to_string(),
        outcome.cell.slower.to_string(),
        scheme.scheme.clone(),
        optional(scheme.limit),
        of.what.clone(),
        optional(of.rate),
        of.frames.to_string(),
        predicted.shape.clone(),
        format!("{:.5}", predicted.passing),
        format!("{:.5}", predicted.delay),
        optional(of.period),
        optional(Some(predicted.overlap.period)),
        optional(Some(predicted.bare.period)),
        optional(predicted.played_period),
        optional(Some(predicted.paper.period)),
        optional(Some(of.latency.mean)),
        optional(Some(of.latency.p95)),
        optional(Some(predicted.overlap.latency)),
        optional(Some(predicted.bare.latency)),
        optional(played),
        optional(Some(predicted.paper.latency)),
        optional(Some(predicted.recomputed)),
        optional(of.busy_share()),
        format!("{:.0}", sum(&|device| device.page_sent)),
        format!("{:.0}", sum(&|device| device.wire_sent)),
        optional(Some(sum(&|device| device.cpu.main))),
        optional(Some(sum(&|device| device.cpu.transport))),
        optional(Some(sum(&|device| device.cpu.worker))),
        optional(Some(sum(&|device| device.cpu.other))),
        most.to_string(),
        optional(Some(of.machine.busy)),
        of.relayed.to_string(),
        of.settled.to_string(),
    ];
    let _ = writeln!(text, "{}", fields.join(","));
}
