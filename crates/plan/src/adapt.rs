//! Which plan of a front to run, as the rate of arrivals changes (PICO's adaptive scheme, APICO;
//! how it decides that a change is worth it is our derivation).

mod alone;
mod arrivals;
mod backlog;

use crate::{Front, Plan, Prediction};
use alone::Alone;
use arrivals::Arrivals;
use backlog::{Backlog, Lasting};

/// Seconds over which arrivals are counted, at least.
const MEMORY: f64 = 10.0;
/// The same in shortest periods of the front: what "often" means depends on how fast answers are.
const MEMORY_PERIODS: f64 = 30.0;
/// Seconds that a plan runs before another may take its place, at least.
const DWELL: f64 = 5.0;
/// The same in periods of the plan.
const DWELL_PERIODS: f64 = 20.0;
/// What each tile that a device passes on of a picture may take it longer than forecast, as a part of the period.
const RISK: f64 = 0.001;
/// A plan of less than such a part of the tiles is clearly lighter.
const LIGHTER: f64 = 0.5;
/// What another plan's expected latency may be at most, in parts of the running one's.
const CLEAR: f64 = 0.9;

/// Measures arrivals and says when another plan had better run.
///
/// Another plan takes over where it is expected to answer clearly faster (10 %), at the measured
/// rate and not slower at any rate that the measurement may stand for; or where the running one
/// does not keep up. One of a longer period takes over only where it needs no longer for as many frames
/// as are there: callers who wait for answers come as slowly as the running plan is slower than
/// forecast. A plan stays for a while before the next may replace it. So where the rate is
/// steady, switches are rare even where two plans are as good as each other, and a step that makes
/// another plan clearly better is followed within [`Chooser::follows_within`].
///
/// Where frames have waited all the time since before that while, the rate says too little. If they
/// grow fewer, that plan takes over which has answered those that wait clearly sooner, and one more. If
/// they do not, as many come as are answered, and by Little's law each stays for the period times as many
/// as are there: that plan takes over where they stay for a clearly shorter time, or where they stay no longer and its
/// devices pass on clearly fewer tiles, as each may take longer than forecast.
///
/// Where frames never meet though they would by chance, as those of somebody who waits for each answer, only latency
/// counts. Times are seconds of any monotonic clock.
#[derive(Debug, Clone)]
pub struct Chooser {
    arrivals: Arrivals,
    alone: Alone,
    backlog: Backlog,
    /// Since when the present plan runs.
    since: f64,
}

impl Default for Chooser {
    fn default() -> Self {
        let (arrivals, alone, backlog) =
            (Arrivals::new(MEMORY), Alone::default(), Backlog::default());
        Self { arrivals, alone, backlog, since: f64::NEG_INFINITY }
    }
}

impl Chooser {
    /// For which part of the time with the running plan frames may stay at most with another that takes over, where as
    /// many keep waiting: what they say is surer than a rate.
    pub const STAYING: f64 = 0.97;

    /// A frame came in while so many others were there, waiting or under way.
    pub fn arrived(&mut self, now: f64, there: usize) {
        self.arrivals.arrived(now);
        self.alone.arrived(there);
    }

    /// So many frames wait now for their turn, beside those that the plan is at: so many are `under_way`.
    pub fn wait(&mut self, now: f64, frames: usize, under_way: usize) {
        self.backlog.looked(now, frames, under_way);
    }

    /// Frames a second that come in, averaged.
    #[must_use]
    pub fn rate(&self, now: f64) -> f64 {
        self.arrivals.rate(now)
    }

    /// Frames a second as plans of `front` feel them: [`Self::rate`], if they come at random; none where frames never
    /// meet, such as those of somebody who waits for each answer.
    #[must_use]
    pub fn load(&self, now: f64, front: &Front) -> f64 {
        if self.never_meet(now, front) { 0.0 } else { self.rate(now) }
    }

    /// Between which rates that load is likely to be.
    fn likely(&self, now: f64, front: &Front) -> [f64; 2] {
        if self.never_meet(now, front) { [0.0; 2] } else { self.arrivals.range(now) }
    }

    fn never_meet(&self, now: f64, front: &Front) -> bool {
        self.alone.never_meet(self.rate(now), front)
    }

    /// There is a new front: the index of the plan of it to begin with.
    pub fn begin(&mut self, now: f64, front: &Front) -> usize {
        self.arrivals.remember_for(memory(front));
        front.at_rate(self.load(now, front))
    }

    /// A plan has started to run.
    pub fn started(&mut self, now: f64) {
        self.since = now;
        self.backlog.begin(now);
    }

    /// The index of the plan of `front` that had better run instead of plan `current`, if any.
    #[must_use]
    pub fn better(&self, now: f64, front: &Front, current: usize) -> Option<usize> {
        let dwell = dwell(front, current);
        if front.plans.len() < 2 || now - self.since < dwell {
            return None;
        }
        let waiting = self.backlog.lasting(now, dwell);
        let stay = |index, waiting| stay(front, index, waiting);
        let answers = |index| answers(front, index, self.backlog.there());
        if let Some(waiting) = waiting {
            let all = (0..front.plans.len()).map(|index| (index, stay(index, waiting)));
            let (best, seconds) = all.min_by(|a, b| a.1.total_cmp(&b.1))?;
            let tiles = |index: usize| front.plans.get(index).map_or(0.0, Plan::tiles_each);
            let clear = match waiting.stays {
                true if tiles(best) < LIGHTER * tiles(current) => 1.0,
                true => Self::STAYING,
                false => CLEAR,
            };
            if seconds <= clear * stay(current, waiting) {
                return Some(best);
            }
        }
        let load = self.load(now, front);
        let best = front.at_rate(load);
        let (here, there) = (front.expected(current, load), front.expected(best, load));
        let clear = || {
            let mut likely = self.likely(now, front).into_iter();
            // While many wait, one that answers them later is no better whatever the rate says.
            waiting.is_none_or(|waiting| stay(best, waiting) <= stay(current, waiting))
                && (best < current || answers(best) <= answers(current))
                && there <= CLEAR * here
                && likely.all(|rate| holds_up(front, rate, best, current))
        };
        (best != current && (here.is_infinite() || clear())).then_some(best)
    }

    /// Seconds that a plan of this period runs before another may take its place, at least.
    #[must_use]
    pub const fn dwells(period: f64) -> f64 {
        DWELL.max(DWELL_PERIODS * period)
    }

    /// Seconds within which a step in the rate is followed that makes another plan clearly better,
    /// where frames come evenly: the moving average comes within 5 % of the new rate in three of its
    /// memories. Chance may make it longer where they come at random.
    #[must_use]
    pub fn follows_within(front: &Front) -> f64 {
        let dwells = (0..front.plans.len()).map(|index| dwell(front, index));
        3.0 * memory(front) + dwells.fold(0.0, f64::max)
    }
}

/// Seconds for which frames stay with plan `index`: until all that wait are answered, and one more; or, where they
/// grow no fewer, each of as many as are there now.
fn stay(front: &Front, index: usize, waiting: Lasting) -> f64 {
    let Some(plan) = front.plans.get(index) else { return f64::INFINITY };
    if waiting.stays {
        let risk = 1.0 + RISK * plan.tiles_each();
        return answers(front, index, waiting.least + waiting.under_way) * risk;
    }
    let Prediction { period, latency, .. } = front.cost.of(plan);
    latency + waiting.least as f64 * period
}

/// Seconds in which plan `index` answers so many frames, of which each that is answered brings the next (Little's law).
fn answers(front: &Front, index: usize, there: usize) -> f64 {
    let plan = front.plans.get(index).map(|plan| front.cost.of(plan));
    plan.map_or(f64::INFINITY, |of| of.latency.max(there as f64 * of.period))
}

/// Whether plan `one` is no worse at this rate than plan `other`: of two that do not keep up the
/// one of the shorter period, which comes first.
fn holds_up(front: &Front, rate: f64, one: usize, other: usize) -> bool {
    let (one_waits, other_waits) = (front.expected(one, rate), front.expected(other, rate));
    if one_waits.is_infinite() { one < other } else { one_waits <= other_waits }
}

fn memory(front: &Front) -> f64 {
    let shortest = front.plans.first().map_or(0.0, |plan| front.cost.of(plan).period);
    MEMORY.max(MEMORY_PERIODS * shortest)
}

fn dwell(front: &Front, index: usize) -> f64 {
    Chooser::dwells(front.plans.get(index).map_or(0.0, |plan| front.cost.of(plan).period))
}
