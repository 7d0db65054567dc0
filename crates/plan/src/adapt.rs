//! Which plan of a front to run, as the rate of arrivals changes (PICO's adaptive scheme, APICO;
//! how it decides that a change is worth it is our derivation).

mod arrivals;
mod seen;

pub use seen::Seen;

use crate::Front;
use arrivals::Arrivals;
use std::collections::BTreeMap;

/// Seconds over which arrivals are counted, at least.
const MEMORY: f64 = 10.0;
/// The same in shortest periods of the front: what "often" means depends on how fast answers are.
const MEMORY_PERIODS: f64 = 30.0;
/// Seconds that a plan runs before another may take its place, at least.
const DWELL: f64 = 5.0;
/// The same in periods of the plan.
const DWELL_PERIODS: f64 = 20.0;
/// What another plan's expected latency may be at most, in parts of the running one's.
const CLEAR: f64 = 0.9;

/// Measures arrivals and says when another plan had better run.
///
/// Another plan takes over where it is expected to answer clearly faster (10 %), at the measured
/// rate and not slower at any rate that the measurement may stand for; or where the running one
/// does not keep up. A plan stays for a while before the next may replace it. So where the rate is
/// steady, switches are rare even where two plans are as good as each other, and a step that makes
/// another plan clearly better is followed within [`Chooser::follows_within`].
///
/// A plan that was seen to take another time than forecast counts with what was seen ([`Chooser::saw`]), also
/// when another runs, until there is another front. So each plan disappoints once at most, and the room
/// stays with the one that really is the best of those that it has tried. Times are seconds of
/// any monotonic clock.
#[derive(Debug, Clone)]
pub struct Chooser {
    arrivals: Arrivals,
    /// Since when the present plan runs.
    since: f64,
    /// Plans of the front that take another time than forecast.
    seen: BTreeMap<usize, Seen>,
}

impl Default for Chooser {
    fn default() -> Self {
        let (since, seen) = (f64::NEG_INFINITY, BTreeMap::new());
        Self { arrivals: Arrivals::new(MEMORY), since, seen }
    }
}

impl Chooser {
    /// A frame came in.
    pub fn arrived(&mut self, now: f64) {
        self.arrivals.arrived(now);
    }

    /// Frames a second that come in, averaged.
    #[must_use]
    pub fn rate(&self, now: f64) -> f64 {
        self.arrivals.rate(now)
    }

    /// There is a new front: the index of the plan of it to begin with.
    pub fn begin(&mut self, now: f64, front: &Front) -> usize {
        self.arrivals.remember_for(memory(front));
        front.at_rate(self.rate(now))
    }

    /// A plan has started to run.
    pub const fn started(&mut self, now: f64) {
        self.since = now;
    }

    /// Plan `index` of the present front takes so many times as long as forecast.
    pub fn saw(&mut self, index: usize, seen: Seen) {
        self.seen.insert(index, seen);
    }

    /// So many times as long as forecast plan `index` of the present front takes, as far as that was seen.
    #[must_use]
    pub fn seen(&self, index: usize) -> Seen {
        self.seen.get(&index).copied().unwrap_or(Seen::FORECAST)
    }

    /// There is another front, of which nothing was seen.
    pub fn forget_seen(&mut self) {
        self.seen.clear();
    }

    /// As [`Front::expected`], with what was seen.
    #[must_use]
    pub fn expected(&self, front: &Front, index: usize, rate: f64) -> f64 {
        self.seen(index).expected(front, index, rate)
    }

    /// As [`Front::at_rate`], with what was seen.
    fn at_rate(&self, front: &Front, rate: f64) -> usize {
        let all = 0..front.plans.len();
        let expected = all.clone().map(|index| (index, self.expected(front, index, rate)));
        let finite = expected.filter(|(_, seconds)| seconds.is_finite());
        let period = |index: &usize| self.seen(*index).period(front, *index);
        let fastest = || all.min_by(|a, b| period(a).total_cmp(&period(b))).unwrap_or(0);
        finite.min_by(|a, b| a.1.total_cmp(&b.1)).map_or_else(fastest, |(index, _)| index)
    }

    /// The index of the plan of `front` that had better run instead of plan `current`, if any.
    #[must_use]
    pub fn better(&self, now: f64, front: &Front, current: usize) -> Option<usize> {
        if front.plans.len() < 2 || now - self.since < self.dwell(front, current) {
            return None;
        }
        let rate = self.rate(now);
        let best = self.at_rate(front, rate);
        let (here, there) = (self.expected(front, current, rate), self.expected(front, best, rate));
        let clear = || {
            let mut likely = self.arrivals.range(now).into_iter();
            there <= CLEAR * here && likely.all(|rate| self.holds_up(front, rate, best, current))
        };
        (best != current && (here.is_infinite() || clear())).then_some(best)
    }

    /// Whether plan `one` is no worse at this rate than plan `other`: of two that do not keep up the one of
    /// the shorter period.
    fn holds_up(&self, front: &Front, rate: f64, one: usize, other: usize) -> bool {
        let waits = |index| self.expected(front, index, rate);
        let period = |index| self.seen(index).period(front, index);
        let (one_waits, other_waits) = (waits(one), waits(other));
        if one_waits.is_infinite() { period(one) < period(other) } else { one_waits <= other_waits }
    }

    fn dwell(&self, front: &Front, index: usize) -> f64 {
        dwell(self.seen(index).period, front, index)
    }

    /// Seconds within which a step in the rate is followed that makes another plan clearly better,
    /// where frames come evenly: the moving average comes within 5 % of the new rate in three of its
    /// memories. Chance may make it longer where they come at random.
    #[must_use]
    pub fn follows_within(front: &Front) -> f64 {
        let dwells = (0..front.plans.len()).map(|index| dwell(1.0, front, index));
        3.0 * memory(front) + dwells.fold(0.0, f64::max)
    }
}

fn memory(front: &Front) -> f64 {
    let shortest = front.plans.first().map_or(0.0, |plan| front.cost.of(plan).period);
    MEMORY.max(MEMORY_PERIODS * shortest)
}

/// Seconds that a plan runs at least, which takes so many times as long as forecast.
fn dwell(times: f64, front: &Front, index: usize) -> f64 {
    let period = front.plans.get(index).map_or(0.0, |plan| front.cost.of(plan).period);
    DWELL.max(DWELL_PERIODS * times * period)
}
