//! Measuring one scheme after another on a bed, each measurement beside its forecast.

use crate::bed::{Bed, ids, text};
use crate::cell::{Cell, device_name};
use crate::forecast::{Forecast, Pair};
use crate::load::{self, Caller, Spread, Stay};
use crate::outcome::{DeviceUse, Machine, Measurement, Predicted, SchemeOutcome, Step};
use crate::usage::{self, Usage};
use anyhow::{Context as _, anyhow};
use convoy_harness::ApiError;
use convoy_model::Model;
use convoy_plan::{Cluster, Cost, DeviceId, Front, Options, front};
use convoy_sim::Arrivals;
use serde_json::Value;
use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Most pictures that are sent one after another.
const ALONE: usize = 5;

/// Seconds after which the pages have told all that they had counted: they do about once a second.
const TOLD: Duration = Duration::from_millis(2500);

/// How long nobody sends anything, to see what pages cost that only wait.
const IDLE: Duration = Duration::from_secs(5);

/// How long a plan may take until it runs.
const PLANNED: Duration = Duration::from_secs(180);

/// Seconds that planning may take, as in a room.
const BUDGET: f64 = 2.0;

/// Which part of what a scheme answers a second may come in for its latency to mean something.
const KEEPS_UP: f64 = 0.97;

/// Periods after which a plan of a front that has not taken over is not waited for any more: the room
/// counts arrivals over 30 of the shortest and lets a plan run for 20 of its own.
const SETTLED: usize = 80;

/// Pictures that are sent at once so that the plan of the shortest period takes over: more than it could
/// answer in the time over which a room counts arrivals. Callers who wait for an answer before they ask
/// again never come faster than the running plan answers, however slow that really is.
const BURST: usize = 40;

/// How pictures come in.
#[derive(Debug, Clone, Copy)]
pub struct Pictures<'a> {
    /// The picture's file.
    pub image: &'a [u8],
    /// Whether they come evenly rather than at random.
    pub constant: bool,
    /// Where random times begin.
    pub seed: u64,
}

/// A bed with what is known of it.
pub struct Session<'a> {
    bed: &'a Bed,
    cell: &'a Cell,
    pictures: Pictures<'a>,
    model: &'a Model,
    /// The cluster as it was built.
    pub cluster: Cluster,
    /// What `pico`, or else the first scheme that has a plan, is predicted to answer a second.
    pub capacity: f64,
}

/// All counters at one time.
struct Snapshot {
    at: Instant,
    state: Value,
    usage: Vec<Usage>,
    interfaces: BTreeMap<String, [u64; 2]>,
    machine: [f64; 2],
}

impl<'a> Session<'a> {
    /// On a bed whose pages are connected.
    ///
    /// # Errors
    /// A page that has left, or a cluster for which nobody can plan.
    pub fn new(
        bed: &'a Bed,
        cell: &'a Cell,
        model: &'a Model,
        pictures: Pictures<'a>,
    ) -> anyhow::Result<Self> {
        let state = bed.state()?;
        let devices = cell.pace.len();
        let ids = ids(&state, devices)?;
        let of = |number| crate::bed::device(&state, number).cloned().unwrap_or_default();
        let all: Vec<Value> = (1..=devices).map(of).collect();
        let memory: Vec<u64> =
            all.iter().map(|device| device["memory"].as_u64().unwrap_or(1 << 29)).collect();
        let mut trips: Vec<f64> = all
            .iter()
            .flat_map(|device| device["links"].as_array().into_iter().flatten())
            .filter_map(|link| link["round_trip_ms"].as_f64())
            .collect();
        trips.sort_by(f64::total_cmp);
        // As the room takes it: half of the median round trip.
        let latency = trips.get(trips.len() / 2).map_or(0.0, |trip| trip / 2e3);
        let mut cluster = cell.cluster(&ids, &memory, latency);
        for (device, shown) in cluster.devices.iter_mut().zip(&all) {
            // A quota makes a device slower than its pace; then what it measured counts.
            if let Some(capacity) = shown["capacity"].as_f64().filter(|_| !cell.cpu.is_empty()) {
                device.capacity = device.capacity.min(capacity);
            }
        }
        let mut session = Self { bed, cell, pictures, model, cluster, capacity: 0.0 };
        session.capacity = session.reference()?;
        Ok(session)
    }

    fn reference(&self) -> anyhow::Result<f64> {
        for scheme in ["pico", "best", "single"] {
            if let Ok(front) = self.planned(scheme) {
                return Ok(1.0 / front.plans[0].predicted.period);
            }
        }
        Err(anyhow!("nobody can plan {} for this cluster", self.cell.model))
    }

    /// The front of a scheme for the cluster as it was built.
    fn planned(&self, scheme: &str) -> Result<Front, convoy_plan::PlanError> {
        let start = Instant::now();
        let clock = || start.elapsed().as_secs_f64();
        let options = Options { latency_limit: None, budget: BUDGET, clock: &clock };
        front(scheme, self.model, &self.cluster, &options)
    }

    /// What no plan can beat, in seconds a picture.
    ///
    /// # Errors
    /// A cluster that makes no sense.
    pub fn bound(&self) -> anyhow::Result<f64> {
        Ok(self.planned("single").or_else(|_| self.planned("pico"))?.bound.period)
    }

    /// Processor time that each page takes a second while nobody sends pictures.
    ///
    /// # Errors
    /// No server.
    pub fn idle(&self) -> anyhow::Result<Vec<usage::Cpu>> {
        let before = self.snapshot()?;
        sleep(IDLE);
        let after = self.snapshot()?;
        let seconds = (after.at - before.at).as_secs_f64();
        let both = before.usage.iter().zip(&after.usage);
        Ok(both.map(|(old, new)| new.cpu.since(&old.cpu).over(seconds)).collect())
    }

    /// Measures a scheme.
    ///
    /// # Errors
    /// A picture that is not answered, or a page that leaves.
    pub fn scheme(&self, scheme: &str) -> anyhow::Result<SchemeOutcome> {
        let known = match self.planned(scheme) {
            Ok(front) => front,
            Err(error) => return Ok(SchemeOutcome::none(scheme, error.to_string())),
        };
        if let Some(problem) = self.start(scheme)? {
            return Ok(SchemeOutcome::none(scheme, problem));
        }
        // Meets cold caches, and code that the browser has not translated yet.
        let in_flight = self.forecast()?.credits().min(8);
        self.flood(in_flight, in_flight)?;
        let mut outcome = SchemeOutcome::new(scheme);
        outcome.planned = Some(Pair {
            period: known.plans[0].predicted.period,
            latency: known.plans[0].predicted.mean,
        });
        let alone = self.cell.frames.min(ALONE);
        outcome.alone = Some(self.measured("one after another", None, |_| self.flood(1, alone))?);
        let saturated = self.saturated()?;
        let period = saturated.period;
        outcome.saturated = Some(saturated);
        let loads = self.cell.loads.iter().map(|load| load * self.capacity);
        for rate in self.cell.rates.iter().copied().chain(loads) {
            if period.is_some_and(|period| rate * period > KEEPS_UP) {
                outcome.behind.push(rate);
                continue;
            }
            outcome.rates.push(self.at_rate(rate)?);
        }
        if !self.cell.wave.is_empty() {
            let (wave, measurement) = self.wave()?;
            outcome.wave = wave;
            outcome.wave_in_all = Some(measurement);
        }
        Ok(outcome)
    }

    /// Has the room run a scheme; why it does not, where it does not.
    fn start(&self, scheme: &str) -> anyhow::Result<Option<String>> {
        let (api, code) = (&self.bed.api, &self.bed.code);
        let before = self.bed.state()?;
        if before["scheme"] != scheme {
            let old = before["plan"]["epoch"].as_u64().unwrap_or(0);
            api.set_scheme(code, scheme)?;
            let new = |state: &Value| {
                state["plan"]["epoch"].as_u64().is_some_and(|epoch| epoch > old)
                    && state["plan"]["running"] == true
            };
            match api.wait_for(code, "the next plan", PLANNED, |_| (), new) {
                Err(ApiError::Timeout { .. }) => {
                    let state = self.bed.state()?;
                    return Ok(Some(text(&state["status"]).to_owned()));
                }
                other => other.map(drop)?,
            }
        }
        Ok(None)
    }

    fn caller(&self) -> Caller<'a> {
        Caller { api: &self.bed.api, code: &self.bed.code, image: self.pictures.image }
    }

    fn flood(&self, in_flight: usize, count: usize) -> anyhow::Result<Vec<Stay>> {
        load::flood(self.caller(), in_flight, count)
    }

    /// The forecast of whatever runs.
    fn forecast(&self) -> anyhow::Result<Forecast> {
        Forecast::new(self.model, &self.cluster, &self.bed.state()?)
    }

    /// Waits until all is idle and told, and reads every counter.
    fn snapshot(&self) -> anyhow::Result<Snapshot> {
        sleep(TOLD);
        Ok(Snapshot {
            at: Instant::now(),
            state: self.bed.state()?,
            usage: self.bed.usage(),
            interfaces: usage::interfaces(),
            machine: usage::machine(),
        })
    }

    /// As many in flight as the plan takes, once the room runs that of the shortest period.
    fn saturated(&self) -> anyhow::Result<Measurement> {
        let in_flight = || -> anyhow::Result<usize> { Ok(self.forecast()?.credits() + 1) };
        let settled = |state: &Value| {
            let alone = state["front"]["plans"].as_array().is_none_or(|plans| plans.len() < 2);
            let first = state["front"]["chosen"] == 0 && state["front"]["next"].is_null();
            (alone || first) && state["plan"]["running"] == true
        };
        if !settled(&self.bed.state()?) {
            let look = || Ok(settled(&self.bed.state()?));
            load::flood_until(self.caller(), BURST, SETTLED, look)?;
        }
        let (count, cycle) = (in_flight()?, self.forecast()?.cycle());
        let frames = self.cell.frames.div_ceil(cycle) * cycle;
        let mut measurement =
            self.measured("saturated", None, |_| self.flood(count, frames + 2 * count))?;
        measurement.period = load::period(&measurement.stays, count, cycle);
        measurement.in_flight = Some(count);
        Ok(measurement)
    }

    fn arrivals(&self, rate: f64, seed: u64, count: usize) -> anyhow::Result<Vec<f64>> {
        let arrivals = match self.pictures.constant {
            true => Arrivals::constant(rate),
            false => Arrivals::poisson(rate, seed),
        };
        Ok(arrivals?.take(count).collect())
    }

    fn at_rate(&self, rate: f64) -> anyhow::Result<Measurement> {
        let times = self.arrivals(rate, self.pictures.seed, self.cell.frames)?;
        let mut measurement =
            self.measured("at a rate", Some(&times), |times| load::at_times(self.caller(), times))?;
        let forecast = self.forecast()?;
        measurement.rate = Some(rate);
        measurement.predicted.expected = forecast.expected(Cost::Overlap, rate);
        measurement.predicted.expected_paper = forecast.expected(Cost::Paper, rate);
        Ok(measurement)
    }

    /// Loads that follow each other without a pause.
    fn wave(&self) -> anyhow::Result<(Vec<Step>, Measurement)> {
        let (mut times, mut ends, mut end) = (Vec::new(), Vec::new(), 0.0);
        for (index, load) in (0..).zip(&self.cell.wave) {
            let rate = load * self.capacity;
            let seed = self.pictures.seed.wrapping_add(index);
            times
                .extend(self.arrivals(rate, seed, self.cell.frames)?.iter().map(|time| end + time));
            end += self.cell.frames as f64 / rate;
            ends.push((rate, end));
        }
        // The last arrivals of a step may come after its mean end.
        times.sort_by(f64::total_cmp);
        let measurement =
            self.measured("wave", Some(&times), |times| load::at_times(self.caller(), times))?;
        let mut from = 0.0;
        let steps = ends.into_iter().map(|(rate, to)| {
            let of = |stay: &&Stay| (from..to).contains(&stay.sent);
            let stays: Vec<&Stay> = measurement.stays.iter().filter(of).collect();
            from = to;
            let mut epochs: Vec<u64> = stays.iter().map(|stay| stay.epoch).collect();
            epochs.sort_unstable();
            epochs.dedup();
            let latency = Spread::of(stays.iter().map(|stay| stay.latency()));
            Step { rate, frames: stays.len(), latency, epochs }
        });
        Ok((steps.collect(), measurement))
    }

    /// Does `work`, with all counters read before and after it.
    fn measured(
        &self,
        what: &'static str,
        times: Option<&[f64]>,
        work: impl FnOnce(&[f64]) -> anyhow::Result<Vec<Stay>>,
    ) -> anyhow::Result<Measurement> {
        let before = self.snapshot()?;
        let start = Instant::now();
        let stays = work(times.unwrap_or_default())?;
        let seconds = start.elapsed().as_secs_f64();
        let after = self.snapshot()?;
        let forecast = self.forecast()?;
        let played = times.map(|times| forecast.played(times)).transpose()?.flatten();
        let predicted = Predicted {
            scheme: forecast.scheme().to_owned(),
            shape: forecast.shape(),
            overlap: forecast.overlap(),
            paper: forecast.paper(),
            room: forecast.room,
            played_period: forecast.played_period()?,
            played_latency: played,
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
            devices: self.devices(&forecast, &before, &after, stays.len() as f64)?,
            machine: Machine::between(before.machine, after.machine, &before.usage, &after.usage),
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

/// How many links, each counted at both ends, go through the server.
fn relayed(state: &Value) -> usize {
    let devices = state["devices"].as_array().into_iter().flatten();
    let links = devices.flat_map(|device| device["links"].as_array().into_iter().flatten());
    links.filter(|link| link["via"] != "direct").count()
}
