//! How long frames wait that come at random times: queues with Poisson arrivals and fixed service
//! times.

use crate::play::LOADS;
use crate::{Plan, Prediction, Stage};
use std::f64::consts::TAU;

/// Steps after which a root is as good as found; a handful suffice.
const STEPS: usize = 64;

/// Mean seconds from picture to answer under `plan`, by the cost model *overlap*, where `rate`
/// frames a second come at random times (Poisson); infinite where they come faster than the plan's
/// period.
///
/// A pipeline of fixed service times waits as its slowest stage alone would: as an M/D/1 queue of
/// the plan's period, `L + rate * P^2 / (2 * (1 - rate * P))` (PICO, adaptive scheme). Groups in turn
/// wait less, see [`wait`]; then what no group relieves may be what frames wait for, though it is
/// less busy: the longer of the two waits counts (our derivation). Where the plan was played, by
/// [`Prediction::excess`] more.
#[must_use]
pub fn latency(plan: &Plan, rate: f64) -> f64 {
    let Prediction { period, mean, serial, excess, .. } = plan.predicted;
    let in_turn = |(stage, period): (&Stage, f64)| wait_in_turn(rate, period, &stage.turns);
    let grouped = groups(plan).map_or(0.0, in_turn);
    let all = wait(rate, serial, 1).max(grouped);
    // Whatever it is that sets the period.
    let load = rate * period;
    if load < 1.0 { (mean + all) * (1.0 + at(load, &excess)) } else { f64::INFINITY }
}

/// The value at `load`, straight between those at [`LOADS`], and the last beyond them.
fn at(load: f64, values: &[f64; LOADS.len()]) -> f64 {
    let above = LOADS.iter().position(|other| *other > load);
    match above {
        Some(above) if above > 0 => {
            let part = (load - LOADS[above - 1]) / (LOADS[above] - LOADS[above - 1]);
            values[above - 1] + part * (values[above] - values[above - 1])
        }
        Some(first) => values[first],
        None => values[LOADS.len() - 1],
    }
}

/// As [`wait`], for groups of unequal turns: one with 2 of 5 sees between every second and every
/// third frame, so its wait lies between those of 2 and 3 groups; the mean over the groups counts,
/// each as often as it has a turn.
fn wait_in_turn(rate: f64, period: f64, turns: &[u16]) -> f64 {
    let all: f64 = turns.iter().map(|turns| f64::from(*turns)).sum();
    let taking = turns.iter().filter(|turns| **turns > 0).map(|turns| f64::from(*turns));
    taking.map(|turns| turns / all * wait_of_every(rate, period, all / turns)).sum()
}

/// Mean seconds that a frame waits where frames come at `rate` a second (Poisson) and are dealt in
/// turn to `groups` equal servers that together serve one every `period` seconds, each taking
/// `groups * period`; infinite at `rate * period >= 1`.
///
/// Each server is an `E_k/D/1` queue, and all together are M/D/k in order of arrival: with one
/// service time, frames that take turns never overtake. Crommelin's solution of M/D/k ("Delay
/// probability formulae", 1932) in the form with the roots `z` of `z^k = exp(k * load * (z - 1))`
/// within the unit circle: the mean number of waiting frames is
/// `(a^2 - k * (k - 1)) / (2 * (k - a)) + sum of 1 / (1 - z)` with `a = k * load`, and over the
/// rate the wait (Little). For one group that is M/D/1.
#[must_use]
pub fn wait(rate: f64, period: f64, groups: u32) -> f64 {
    let load = rate * period;
    if rate <= 0.0 || period <= 0.0 {
        return 0.0;
    }
    // Also where it is no number.
    if load.is_nan() || load >= 1.0 {
        return f64::INFINITY;
    }
    let groups = groups.max(1);
    let count = f64::from(groups);
    let offered = count * load;
    let waiting = (offered * offered - count * (count - 1.0)) / (2.0 * (count - offered))
        + roots(groups, load);
    (waiting / rate).max(0.0)
}

/// As [`wait`], for a server that takes every `every`-th frame on average.
fn wait_of_every(rate: f64, period: f64, every: f64) -> f64 {
    let (fewer, part) = (every.floor(), every.fract());
    let few = wait(rate, period, fewer as u32);
    if part == 0.0 { few } else { few + part * (wait(rate, period, fewer as u32 + 1) - few) }
}

/// The sum of `1 / (1 - z)` over the roots `z` other than 1 of `z^k = exp(k * load * (z - 1))`
/// within the unit circle: for each other k-th root of one, `z = root * exp(load * (z - 1))`, by
/// Newton's method. They come in conjugate pairs, so the sum has no imaginary part.
fn roots(groups: u32, load: f64) -> f64 {
    let term = |index: u32| {
        let angle = TAU * f64::from(index) / f64::from(groups);
        let (mut re, mut im) = (0.0_f64, 0.0_f64);
        for _ in 0..STEPS {
            let (size, turn) = ((load * (re - 1.0)).exp(), angle + load * im);
            let (mapped_re, mapped_im) = (size * turn.cos(), size * turn.sin());
            // (z - mapped) / (1 - load * mapped); the load keeps the divisor from 0.
            let (off_re, off_im) = (re - mapped_re, im - mapped_im);
            let (by_re, by_im) = (1.0 - load * mapped_re, -load * mapped_im);
            let square = by_re * by_re + by_im * by_im;
            let step_re = (off_re * by_re + off_im * by_im) / square;
            let step_im = (off_im * by_re - off_re * by_im) / square;
            (re, im) = (re - step_re, im - step_im);
            if step_re.abs() + step_im.abs() < 1e-15 {
                break;
            }
        }
        (1.0 - re) / ((1.0 - re) * (1.0 - re) + im * im)
    };
    (1..groups).map(term).sum()
}

/// The busiest of the stages that groups hold in turn, and its seconds a frame.
pub(crate) fn groups(plan: &Plan) -> Option<(&Stage, f64)> {
    let in_turn = plan.stages.iter().filter(|stage| stage.turns.len() > 1);
    let busiest = in_turn.map(|stage| {
        let seconds = stage.tiles.iter().map(|tile| tile.compute * stage.share(tile.group));
        (stage, seconds.fold(0.0, f64::max))
    });
    let (stage, seconds) = busiest.max_by(|a, b| a.1.total_cmp(&b.1))?;
    // Where a line of the groups is slower than they compute, it is the period.
    let Prediction { period, serial, .. } = plan.predicted;
    Some((stage, if serial < period { period } else { seconds }))
}
