//! What passing on tiles costs: learnt from how much longer pictures take than forecast, planned with.
//!
//! A device takes slices, checks them, hands them to its worker and what comes of them to others; browsers do all of
//! that on one thread, beside whatever else the machine does. No page can measure it by itself. So the room
//! compares what its plan does with what was forecast. Where pictures wait all the time and it answers less often, devices
//! are kept busy by that for so long a tile. Where a picture has the room to itself and takes longer, slices are
//! delayed by so much at each stage: threads wake up late, and nobody is kept from anything, so that plans answer as
//! often as before. Where tiles or stages are many, what is missing is shared out among them (our derivation);
//! where they are few it has other reasons, and says nothing.
//!
//! What was learnt holds for the other plans, too: those that run are costed anew, and others are asked for.

use super::Coordinator;
use super::cluster::median;
use super::measured::{mean, push};
use convoy_plan::{Cluster, Cost, Plan, Prediction, priced};
use convoy_wire::Epoch;
use std::collections::{BTreeMap, VecDeque};

/// Answers after which something is said: while pictures wait, and of pictures on their own.
const ANSWERS: [usize; 2] = [12, 5];
/// The first answers of a plan while pictures wait, which say nothing: its pipeline fills.
const FILLING: usize = 6;
/// Tiles that a device must have of each picture, and stages in a row.
const TILES: f64 = 4.0;
const STAGES: f64 = 8.0;
/// What forecast and measurement may differ by, in parts of the forecast.
const CLEAR: f64 = 0.15;
/// Seconds for which they must: by then a line or a device that has become slow is found.
const LASTING: f64 = 10.0;
/// Seconds that a tile takes more at most, on a device of mean capacity, and that a stage's slices take.
const MOST: f64 = 0.04;
/// Less than that is nothing.
const LEAST: f64 = 2e-4;
/// Seconds of a plan for which it is judged at most before another may take over.
const JUDGED: f64 = 60.0;
/// Seconds without anything learnt after which half of it is forgotten.
const FORGOTTEN: f64 = 600.0;

/// What was learnt, and the answers of the plan that runs.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// Multiply-accumulates a tile, as in [`convoy_plan::Device::passing`].
    pub(super) cost: f64,
    /// Seconds that a stage's slices take longer than by the round trips that pages measured.
    pub(super) delay: f64,
    learnt_at: f64,
    epoch: Epoch,
    answers: usize,
    /// Seconds between two answers while pictures waited all the time, and from picture to answer of those on
    /// their own.
    periods: VecDeque<f64>,
    latencies: VecDeque<f64>,
    last: Option<f64>,
    waited: bool,
    /// Whether there is something new to look at.
    fresh: bool,
    /// Since when the plan has not been as fast as forecast.
    off_since: Option<f64>,
}

/// An answer, as far as it says how fast the plan is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) epoch: Epoch,
    pub(super) submitted: f64,
    /// Whether another picture is in flight, and whether others wait for their turn.
    pub(super) busy: bool,
    pub(super) waits: bool,
}

impl Passing {
    /// A plan has started, or was costed anew: nothing is known of it yet.
    pub(super) fn begin(&mut self, now: f64, epoch: Epoch) {
        let Self { cost, delay, learnt_at, .. } = *self;
        *self = Self { cost, delay, learnt_at, epoch, last: Some(now), ..Self::default() };
    }

    /// A picture was answered.
    pub(super) fn saw(&mut self, now: f64, seen: Seen) {
        if seen.epoch != self.epoch {
            return;
        }
        self.answers += 1;
        let last = self.last.replace(now);
        let waited = std::mem::replace(&mut self.waited, seen.waits);
        let Some(last) = last else { return };
        self.fresh = true;
        if waited && seen.waits && self.answers > FILLING {
            push(&mut self.periods, ANSWERS[0], now - last);
        }
        if !seen.busy && !seen.waits && seen.submitted >= last {
            push(&mut self.latencies, ANSWERS[1], now - seen.submitted);
        }
    }

    /// Whether there are enough answers, and one that was not looked at.
    fn is_ripe(&mut self) -> bool {
        let enough = [&self.periods, &self.latencies].map(VecDeque::len);
        std::mem::take(&mut self.fresh)
            && enough.iter().zip(ANSWERS).any(|(len, most)| *len >= most)
    }

    /// How far the plan is from its forecast; `None` where nothing can be said, or it is not.
    fn off(&self, plan: &Plan, cluster: &Cluster) -> Option<Off> {
        let Prediction { period, latency, .. } = plan.predicted;
        let load = Load::of(plan, cluster)?;
        let clear = |seen: &f64, forecast: f64| (seen - forecast).abs() > CLEAR * forecast;
        // Answers may come in twos and threes; a picture that takes long for a reason of its own says nothing.
        if load.tiles >= TILES && self.periods.len() >= ANSWERS[0] {
            let seen = mean(&self.periods).filter(|seen| clear(seen, period));
            if let Some(seen) = seen {
                return Some(Off::Tile((seen - period) / load.seconds));
            }
        }
        let stages = plan.stages.len() as f64;
        if stages >= STAGES && self.latencies.len() >= ANSWERS[1] {
            let seen = median(self.latencies.iter().copied().collect());
            // The way from the picture's source to the first stage is one, too.
            return seen
                .filter(|seen| clear(seen, latency))
                .map(|seen| Off::Stage((seen - latency) / (stages + 1.0)));
        }
        None
    }
}

/// How far a plan is from its forecast.
#[derive(Debug, Clone, Copy)]
enum Off {
    /// Multiply-accumulates a tile.
    Tile(f64),
    /// Seconds a stage.
    Stage(f64),
}

/// What the device that tiles keep busy longest has of them.
struct Load {
    tiles: f64,
    /// Seconds that a picture takes it longer for each multiply-accumulate more a tile.
    seconds: f64,
}

impl Load {
    fn of(plan: &Plan, cluster: &Cluster) -> Option<Self> {
        let mut loads: BTreeMap<_, Self> = BTreeMap::new();
        for stage in &plan.stages {
            for tile in &stage.tiles {
                let each = 1.0 / cluster.device(tile.device)?.capacity;
                let load = loads.entry(tile.device).or_insert(Self { tiles: 0.0, seconds: 0.0 });
                load.tiles += stage.share(tile.group);
                load.seconds += stage.share(tile.group) * each;
            }
        }
        loads.into_values().max_by(|a, b| a.seconds.total_cmp(&b.seconds))
    }
}

impl Coordinator {
    /// Looks whether the plan that runs is as fast as forecast, and learns where it is not.
    pub(super) fn learn_passing(&mut self, now: f64) {
        let Passing { cost, delay, .. } = self.passing;
        let old = (cost > 0.0 || delay > 0.0) && now - self.passing.learnt_at > FORGOTTEN;
        // A slow line is another reason, and a look hands out no pictures.
        if !self.is_steady() || self.looks.holds() || self.blames_lines() {
            let epoch = self.passing.epoch;
            return self.passing.begin(now, epoch);
        }
        if !self.passing.is_ripe() && !old {
            return;
        }
        // The paper's adaptive scheme plans by the paper's costs.
        let current = self.planning.current.as_ref().filter(|it| it.front.cost == Cost::Overlap);
        let Some((plan, devices)) = current.and_then(|it| Some((it.plan()?, &it.devices))) else {
            return;
        };
        let devices = devices.clone();
        let cluster = self.cluster(&devices);
        let mean = mean_capacity(&cluster);
        // As it is known by now, whatever was known when it was made.
        let Ok(plan) = priced(&self.model, &cluster, plan) else { return };
        let off = self.passing.off(&plan, &cluster);
        let since = *self.passing.off_since.get_or_insert(now);
        if off.is_none() {
            self.passing.off_since = None;
        }
        let learnt = match off {
            Some(_) if now - since < LASTING => return,
            Some(Off::Tile(off)) => ((cost + off).clamp(0.0, MOST * mean), delay),
            Some(Off::Stage(off)) => (cost, (delay + off).clamp(0.0, MOST)),
            None if old => (half(cost, LEAST * mean), half(delay, LEAST)),
            None => return,
        };
        if learnt == (cost, delay) {
            return;
        }
        let epoch = self.passing.epoch;
        (self.passing.cost, self.passing.delay) = learnt;
        self.passing.learnt_at = now;
        self.passing.begin(now, epoch);
        self.cost_anew(&self.cluster(&devices));
        self.drifts.news = true;
    }

    /// Whether the running plan is slower than forecast while pictures wait, and it is not known yet why: the others'
    /// forecasts may be no truer then, and what is known of this one would be lost with it.
    pub(super) fn judges_plan(&self, now: f64) -> bool {
        let current = self.planning.current.as_ref().filter(|it| it.front.cost == Cost::Overlap);
        let recent = current.filter(|it| now - it.prepared_at < JUDGED);
        let Some((plan, devices)) = recent.and_then(|it| Some((it.plan()?, &it.devices))) else {
            return false;
        };
        let many = Load::of(plan, &self.cluster(devices)).is_some_and(|load| load.tiles >= TILES);
        let slow = |seen: f64| seen - plan.predicted.period > CLEAR * plan.predicted.period;
        many && (self.blames_lines() || mean(&self.passing.periods).is_some_and(slow))
    }

    /// Seconds that passing on a tile takes a device of mean capacity, beside computing it.
    pub(super) fn passing_seconds(&self) -> f64 {
        if self.passing.cost == 0.0 {
            return 0.0;
        }
        let cluster = self.cluster(&self.planning.devices);
        self.passing.cost / mean_capacity(&cluster)
    }

    /// What there is to choose from is costed for the cluster as it is known by now.
    fn cost_anew(&mut self, cluster: &Cluster) {
        let Some(current) = &mut self.planning.current else { return };
        let front = &mut current.front;
        let plans = front.plans.iter().map(|plan| priced(&self.model, cluster, plan));
        let plans = plans.collect::<Result<Vec<_>, _>>();
        let Ok(mut plans) = plans.map(|plans| plans.into_iter().enumerate().collect::<Vec<_>>())
        else {
            return;
        };
        let period = |(_, plan): &(usize, Plan)| front.cost.of(plan).period;
        plans.sort_by(|a, b| period(a).total_cmp(&period(b)));
        let chosen = plans.iter().position(|(before, _)| *before == current.chosen);
        current.chosen = chosen.unwrap_or(current.chosen);
        front.plans = plans.into_iter().map(|(_, plan)| plan).collect();
    }
}

/// Half of it, or nothing where that is less than `least`.
fn half(learnt: f64, least: f64) -> f64 {
    let half = 0.5 * learnt;
    if half < least { 0.0 } else { half }
}

/// Multiply-accumulates a second of a device, in the mean.
fn mean_capacity(cluster: &Cluster) -> f64 {
    let sum: f64 = cluster.devices.iter().map(|device| device.capacity).sum();
    (sum / cluster.devices.len().max(1) as f64).max(1.0)
}
