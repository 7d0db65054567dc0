//! What is counted while pictures come in, beside its forecast.

use super::Session;
use crate::bed::ids;
use crate::cell::device_name;
use crate::forecast::{Forecast, Learnt};
use crate::load::{Spread, Stay};
use crate::outcome::{DeviceUse, Machine, Measurement, Predicted};
use crate::usage::{self, Usage};
use anyhow::Context as _;
use convoy_plan::DeviceId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Seconds after which the pages have told all that they had counted: they do about once a second.
const TOLD: Duration = Duration::from_millis(2500);

/// All counters at one time.
pub(super) struct Snapshot {
    pub(super) at: Instant,
    state: Value,
    pub(super) usage: Vec<Usage>,
    interfaces: BTreeMap<String, [u64; 2]>,
    machine: [f64; 2],
}

impl Session<'_> {
    /// Waits until all is idle and told, and reads every counter.
    pub(super) fn snapshot(&self) -> anyhow::Result<Snapshot> {
        sleep(TOLD);
        Ok(Snapshot {
            at: Instant::now(),
            state: self.bed.state()?,
            usage: self.bed.usage(),
            interfaces: usage::interfaces(),
            machine: usage::machine(),
        })
    }

    /// Does `work`, with all counters read before and after it. Where pictures flow on meanwhile (`flows`) those that were
    /// answered while counters were read count, too.
    pub(super) fn measured(
        &self,
        what: &'static str,
        times: Option<&[f64]>,
        flows: bool,
        work: impl FnOnce(&[f64]) -> anyhow::Result<Vec<Stay>>,
    ) -> anyhow::Result<Measurement> {
        let before = self.snapshot()?;
        let start = Instant::now();
        let stays = work(times.unwrap_or_default())?;
        let seconds = start.elapsed().as_secs_f64();
        let after = self.snapshot()?;
        let between = (after.at - before.at).as_secs_f64();
        let counted = stays.len() as f64 * if flows { between / seconds } else { 1.0 };
        // Of the plan that ran, by what was known before it did; another may have taken over at the very end, when
        // fewer pictures waited.
        let learnt = Learnt::of(&before.state);
        let first = stays.iter().filter(|stay| before.state["plan"]["epoch"] == stay.epoch).count();
        let state = if 2 * first > stays.len() { &before.state } else { &after.state };
        let forecast = Forecast::new(self.model, &self.cluster, state, learnt)?;
        let played = times.map(|times| forecast.played(times)).transpose()?.unwrap_or_default();
        let predicted = Predicted {
            scheme: forecast.scheme().to_owned(),
            shape: forecast.shape(),
            overlap: forecast.overlap(),
            bare: forecast.bare(),
            passing: learnt.passing,
            delay: learnt.delay,
            paper: forecast.paper(),
            room: forecast.room,
            played_period: forecast.played_period()?,
            played_latency: Spread::of(played.iter().map(|[_, latency]| *latency)),
            played,
            expected: None,
            expected_paper: None,
            recomputed: forecast.recomputed(),
        };
        let mut epochs: Vec<u64> = stays.iter().map(|stay| stay.epoch).collect();
        epochs.sort_unstable();
        epochs.dedup();
        let latency = Spread::of(stays.iter().map(Stay::latency)).context("no picture")?;
        Ok(Measurement {
            what: what.to_owned(),
            rate: None,
            in_flight: None,
            frames: stays.len(),
            seconds,
            period: None,
            latency,
            devices: self.devices(&forecast, &before, &after, counted)?,
            machine: Machine::between(before.machine, after.machine, &before.usage, &after.usage),
            looks: looks(&after.state)
                .zip(looks(&before.state))
                .map(|(after, before)| after - before),
            relayed: relayed(&after.state),
            settled: epochs == [forecast.epoch],
            epochs,
            predicted,
            stays,
        })
    }

    /// What each device did for a picture in the mean.
    fn devices(
        &self,
        forecast: &Forecast,
        before: &Snapshot,
        after: &Snapshot,
        frames: f64,
    ) -> anyhow::Result<Vec<DeviceUse>> {
        let (shares, weights) = (forecast.shares()?, forecast.weights());
        let seconds = (after.at - before.at).as_secs_f64();
        let devices = ids(&after.state, self.cell.pace.len())?;
        let one = |(index, id): (usize, DeviceId)| {
            let number = index + 1;
            let (old, new) = (totals(&before.state, number), totals(&after.state, number));
            let of = |from: &Snapshot| from.interfaces.get(&format!("d{number}")).copied();
            let (was, is) = (of(before).unwrap_or_default(), of(after).unwrap_or_default());
            let wire = |end: usize| is[end].saturating_sub(was[end]) as f64 / frames;
            let cpu = after.usage[index].cpu.since(&before.usage[index].cpu);
            DeviceUse {
                name: device_name(number),
                busy: (new.busy - old.busy) / frames,
                tiles: (new.tiles - old.tiles) / frames,
                page_sent: (new.sent - old.sent) / frames,
                page_received: (new.received - old.received) / frames,
                // What the switch receives, the device has sent.
                wire_sent: wire(0),
                wire_received: wire(1),
                cpu: cpu.over(frames),
                cores: cpu.all() / seconds,
                memory: after.usage[index].memory,
                weights: weights.get(&id).copied().unwrap_or(0),
                predicted: shares.get(&id).copied().unwrap_or_default(),
            }
        };
        Ok(devices.into_iter().enumerate().map(one).collect())
    }
}

/// What a page has counted so far.
struct Totals {
    busy: f64,
    tiles: f64,
    sent: f64,
    received: f64,
}

fn totals(state: &Value, number: usize) -> Totals {
    let device = crate::bed::device(state, number);
    let number = |key: &str| device.and_then(|device| device[key].as_f64()).unwrap_or_default();
    let links = |key: &str| {
        let links = device.and_then(|device| device["links"].as_array());
        links.into_iter().flatten().filter_map(|link| link[key].as_f64()).sum()
    };
    Totals {
        busy: number("busy"),
        tiles: number("tiles"),
        sent: links("sent"),
        received: links("received"),
    }
}

/// How often the room has looked at suspected lines.
fn looks(state: &Value) -> Option<u64> {
    state["counters"]["looks"].as_u64()
}

/// How many links, each counted at both ends, go through the server.
fn relayed(state: &Value) -> usize {
    let devices = state["devices"].as_array().into_iter().flatten();
    let links = devices.flat_map(|device| device["links"].as_array().into_iter().flatten());
    links.filter(|link| link["via"] != "direct").count()
}
