//! Whether the plan that runs takes as long as forecast, seen from its answers alone: suspicion, which
//! [`super::looking`] follows up.
//!
//! Two yardsticks. *A frame's flight*, from its source's hands to its answer: with `k - 1` others under way a
//! pipeline needs between its latency and `k - 1` periods more. *The gap between answers* while as many frames are
//! under way as the plan has credits: the period. Either is believed as the times of tiles are
//! ([`super::drift`]): four of the newest seven must be off by a factor of 1.5, all to the same side, and
//! the first two under a plan do not count; of gaps each is the mean of two, or of a whole round where groups
//! take turns. So noise of 30 % is never believed, nor is a single stall.
//!
//! The forecast is that of the devices and lines as they are believed to be by now. What a slow device explains
//! casts no doubt on lines.

use super::Coordinator;
use super::drift::Drift;
use convoy_plan::{Prediction, Seen, priced};
use convoy_wire::{Epoch, FrameId};
use std::collections::BTreeMap;

/// The factor by which answers must be off.
const CLEAR: f64 = 1.5;
/// Least and most times as long as forecast that is believed. What is faster is no reason to doubt.
const LIMITS: [f64; 2] = [1.0, 64.0];
/// Seconds that a flight may take longer than forecast in any case: the photograph's way to its source, and
/// what else no plan counts.
const LEAST: f64 = 0.1;
/// Most gaps that are taken together.
const ROUND: u32 = 16;
/// Most flights that are remembered.
const FLIGHTS: usize = 256;

/// What is seen of the plan that runs.
#[derive(Debug)]
pub(super) struct Doubts {
    pub(super) epoch: Epoch,
    /// When the plan began.
    since: f64,
    /// Latency and period as forecast.
    forecast: Option<(f64, f64)>,
    /// When each frame was handed out, and how many were under way then, itself among them.
    flights: BTreeMap<FrameId, (f64, usize)>,
    flight: Drift,
    gap: Drift,
    /// When the last answer came after which as many frames were under way as may be.
    full_since: Option<f64>,
    gaps: Vec<f64>,
    /// How many are taken together.
    round: u32,
}

impl Default for Doubts {
    fn default() -> Self {
        let drift = || Drift::new(CLEAR, LIMITS);
        Self {
            epoch: Epoch(0),
            since: 0.0,
            forecast: None,
            flights: BTreeMap::new(),
            flight: drift(),
            gap: drift(),
            full_since: None,
            gaps: Vec::new(),
            round: 2,
        }
    }
}

impl Doubts {
    /// A frame was handed to its source, with so many under way.
    pub(super) fn handed(&mut self, now: f64, frame: FrameId, under_way: usize) {
        if self.flights.len() == FLIGHTS {
            self.flights.pop_first();
        }
        self.flights.insert(frame, (now, under_way));
    }

    /// How many times as long as forecast the plan takes.
    pub(super) fn seen(&self) -> Seen {
        let (gap, latency) = (self.gap.times(), self.flight.times());
        // Of a pipeline that was never full it is only known that all takes longer.
        let period = if gap > 1.0 { gap } else { latency };
        Seen { period, latency: if latency > 1.0 { latency } else { period } }
    }

    /// What was under way means nothing for what is to come.
    fn begin(&mut self) {
        self.flight.begin();
        self.gap.begin();
        self.full_since = None;
        self.gaps.clear();
    }

    /// A frame was answered that came back after its flight. True where another value is believed now.
    fn landed(&mut self, now: f64, frame: FrameId) -> bool {
        let flight = self.flights.remove(&frame).filter(|(handed, _)| *handed >= self.since);
        let (Some((handed, under_way)), Some((latency, period))) = (flight, self.forecast) else {
            return false;
        };
        let seconds = now - handed;
        let most = latency + (under_way.max(1) - 1) as f64 * period;
        let (low, high) = ((seconds - LEAST).max(0.0) / most, seconds / latency);
        // Anything between fits: then what was believed does.
        self.flight.saw(self.flight.times().clamp(low, high.max(low)))
    }

    /// An answer came while as many frames were under way as may be. True where another value is believed now.
    fn followed(&mut self, now: f64) -> bool {
        let (Some(since), Some((_, period))) = (self.full_since, self.forecast) else {
            return false;
        };
        self.gaps.push(now - since);
        if self.gaps.len() < self.round as usize {
            return false;
        }
        let mean = self.gaps.iter().sum::<f64>() / self.gaps.len() as f64;
        self.gaps.clear();
        self.gap.saw(mean / period)
    }
}

impl Coordinator {
    /// The plan that runs is another, or what is believed of devices and lines is: it is to be held against
    /// what follows from that.
    pub(super) fn forecast_anew(&mut self, now: f64) {
        let current = self.planning.current.as_ref().filter(|_| self.planning.running);
        let Some((current, plan)) = current.and_then(|current| Some((current, current.plan()?)))
        else {
            return;
        };
        let cluster = self.cluster(&current.devices);
        let priced = priced(&self.model, &cluster, plan).ok().map(|plan| plan.predicted);
        let (epoch, round) = (current.epoch, current.turns.cycle(ROUND).max(2));
        let doubts = &mut self.doubts;
        if doubts.epoch != epoch {
            let flights = std::mem::take(&mut doubts.flights);
            *doubts = Doubts { epoch, since: now, flights, ..Doubts::default() };
            // It was seen before, if it is of the same front.
            let seen = self.adapting.seen(current.chosen);
            doubts.flight.measured(seen.latency);
            doubts.gap.measured(seen.period);
        }
        doubts.begin();
        doubts.round = round;
        let sound = |it: &Prediction| it.latency > 0.0 && it.period > 0.0 && it.latency.is_finite();
        doubts.forecast = priced.filter(sound).map(|it| (it.latency, it.period));
    }

    /// A frame was answered; with `full` as many were under way until then as may be.
    pub(super) fn compare(&mut self, now: f64, frame: FrameId, epoch: Epoch, full: bool) {
        let steady = self.planning.running
            && !self.planning.is_changing()
            && !self.adapting.drains()
            && !self.is_looking();
        if epoch != self.doubts.epoch || !steady {
            self.doubts.flights.remove(&frame);
            self.doubts.full_since = None;
            return;
        }
        let before = self.doubts.seen();
        let mut news = self.doubts.landed(now, frame);
        if full {
            news |= self.doubts.followed(now);
        }
        if news {
            self.doubted(now, before);
        }
    }

    /// Notes whether as many frames are under way as may be, after an answer and all that followed from it.
    pub(super) fn note_full(&mut self, now: f64) {
        self.doubts.full_since = self.is_full().then_some(now);
    }

    /// Whether as many frames are under way as the plan has credits.
    pub(super) fn is_full(&self) -> bool {
        let credits = self.planning.credits(&self.model.id);
        credits.is_some_and(|(own, _)| self.frames.of_epoch(self.planning.newest) >= own)
    }
}
