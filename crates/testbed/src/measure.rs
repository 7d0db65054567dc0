//! Measuring one scheme after another on a bed, each measurement beside its forecast.

mod counters;
pub(crate) mod loads;
pub(crate) mod patience;

use crate::asked::Asked;
use crate::bed::{Bed, ids, text};
use crate::cell::Cell;
use crate::forecast::{Forecast, Learnt, Pair};
use crate::load::{self, Caller, Stay};
use crate::outcome::SchemeOutcome;
use crate::usage;
use anyhow::anyhow;
use convoy_harness::ApiError;
use convoy_model::Model;
use convoy_plan::{Cluster, Front, Options, PlanError, front};
use patience::{enough, in_time};
use serde_json::Value;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Most pictures that are sent one after another.
pub(crate) const ALONE: usize = 5;

/// How long nobody sends anything, to see what pages cost that only wait; and how long before, as they still fetch
/// weights and measure links.
pub(crate) const IDLE: Duration = Duration::from_secs(8);
pub(crate) const SETTLING: Duration = Duration::from_secs(15);

/// How long a plan may take until it runs.
const PLANNED: Duration = Duration::from_secs(180);

/// Seconds that planning may take, as in a room.
const BUDGET: f64 = 2.0;

/// Which part of what a scheme answers a second may come in for its latency to mean something.
pub(crate) const KEEPS_UP: f64 = 0.97;

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
    /// What `single` is predicted to take a picture, where one device can hold the network.
    single: Option<f64>,
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
        let mut session = Self { bed, cell, pictures, model, cluster, capacity: 0.0, single: None };
        session.single =
            session.planned("single", None).ok().map(|front| front.plans[0].predicted.mean);
        session.capacity = session.reference()?;
        Ok(session)
    }

    fn reference(&self) -> anyhow::Result<f64> {
        for scheme in ["pico", "best", "single"] {
            if let Ok(front) = self.planned(scheme, None) {
                return Ok(1.0 / front.plans[0].predicted.period);
            }
        }
        Err(anyhow!("nobody can plan {} for this cluster", self.cell.model))
    }

    /// The front of a scheme for the cluster as it was built.
    fn planned(&self, scheme: &str, latency_limit: Option<f64>) -> Result<Front, PlanError> {
        let start = Instant::now();
        let clock = || start.elapsed().as_secs_f64();
        let options = Options { latency_limit, budget: BUDGET, clock: &clock };
        front(scheme, self.model, &self.cluster, &options)
    }

    /// What no plan can beat, in seconds a picture.
    ///
    /// # Errors
    /// A cluster that makes no sense.
    pub fn bound(&self) -> anyhow::Result<f64> {
        let front = self.planned("single", None).or_else(|_| self.planned("pico", None))?;
        Ok(front.bound.period)
    }

    /// Processor time that each page takes a second while nobody sends pictures.
    ///
    /// # Errors
    /// No server.
    pub fn idle(&self) -> anyhow::Result<Vec<usage::Cpu>> {
        sleep(SETTLING);
        let before = self.snapshot()?;
        sleep(IDLE);
        let after = self.snapshot()?;
        let seconds = (after.at - before.at).as_secs_f64();
        let both = before.usage.iter().zip(&after.usage);
        Ok(both.map(|(old, new)| new.cpu.since(&old.cpu).over(seconds)).collect())
    }

    /// Measures a scheme, once the room has learnt what it can of it.
    ///
    /// # Errors
    /// A picture that is not answered, or a page that leaves.
    pub fn scheme(&self, asked: &Asked) -> anyhow::Result<SchemeOutcome> {
        let limit = asked.within.zip(self.single).map(|(part, single)| part * single);
        if asked.within.is_some() && limit.is_none() {
            let problem =
                "no device holds the network alone, so there is no latency to compare with";
            return Ok(SchemeOutcome::none(asked, problem.into()));
        }
        let known = match self.planned(&asked.scheme, limit) {
            Ok(front) => front,
            Err(error) => return Ok(SchemeOutcome::none(asked, error.to_string())),
        };
        if let Some(problem) = self.start(&asked.scheme, limit)? {
            return Ok(SchemeOutcome::none(asked, problem));
        }
        // Meets cold caches, and code that the browser has not translated yet.
        let forecast = self.forecast()?;
        let in_flight = in_time(self.cell, forecast.credits().min(8), forecast.room.period);
        self.flood(in_flight, in_flight)?;
        self.learn()?;
        self.calm()?;
        let mut outcome = SchemeOutcome::new(asked);
        outcome.limit = limit;
        outcome.planned = Some(Pair {
            period: known.plans[0].predicted.period,
            latency: known.plans[0].predicted.mean,
        });
        let alone = enough(self.cell.frames.min(ALONE), self.forecast()?.room.latency);
        outcome.alone =
            Some(self.measured("one after another", None, false, |_| self.flood(1, alone))?);
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
            // The room comes from pictures that always waited.
            self.calm()?;
            let (wave, measurement) = self.wave()?;
            outcome.wave = wave;
            outcome.wave_in_all = Some(measurement);
        }
        Ok(outcome)
    }

    /// Has the room run a scheme; why it does not, where it does not.
    fn start(&self, scheme: &str, limit: Option<f64>) -> anyhow::Result<Option<String>> {
        let (api, code) = (&self.bed.api, &self.bed.code);
        let before = self.bed.state()?;
        if before["scheme"] == scheme && before["latency_limit"].as_f64() == limit {
            return Ok(None);
        }
        let old = before["plan"]["epoch"].as_u64().unwrap_or(0);
        api.set_scheme_within(code, scheme, limit)?;
        let new = |state: &Value| {
            state["plan"]["epoch"].as_u64().is_some_and(|epoch| epoch > old)
                && state["plan"]["running"] == true
        };
        match api.wait_for(code, "the next plan", PLANNED, |_| (), new) {
            Err(ApiError::Timeout { .. }) => {
                Ok(Some(text(&self.bed.state()?["status"]).to_owned()))
            }
            other => other.map(|_| None).map_err(Into::into),
        }
    }

    fn caller(&self) -> Caller<'a> {
        Caller { api: &self.bed.api, code: &self.bed.code, image: self.pictures.image }
    }

    fn flood(&self, in_flight: usize, count: usize) -> anyhow::Result<Vec<Stay>> {
        load::flood(self.caller(), in_flight, count)
    }

    /// The forecast of whatever runs.
    fn forecast(&self) -> anyhow::Result<Forecast> {
        let state = self.bed.state()?;
        Forecast::new(self.model, &self.cluster, &state, Learnt::of(&state))
    }
}
