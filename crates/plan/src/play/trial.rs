//! Trials: how far a plan, played, is from what the queue formula says of it. The formula knows one
//! scarce thing that frames wait for; a device that computes several stages lets frames get in each
//! other's way at each of them, and slices of one stage overlap more than the formula grants. Our
//! derivation.

use super::{Play, Played, Rng, play};
use crate::turns::sequence;
use crate::{Cluster, Plan, Prediction, Turns, queue};
use convoy_model::Model;

/// Parts of its capacity at which a plan is tried; at the first, frames meet nobody.
pub(crate) const LOADS: [f64; 4] = [0.0, 0.3, 0.6, 0.9];
/// Frames at each of them; of those that meet nobody a whole cycle of the groups' turns, up to this:
/// the busier, the more chance has to say.
const FRAMES: [usize; LOADS.len()] = [8, 50, 80, 260];
/// Frames by which is seen how long they wait in general.
const LONG: usize = 100_000;
/// Of the arrivals, for all plans the same.
const SEED: u64 = 20;

/// By which part frames took longer, in the mean, than [`queue::latency`] says, at each of
/// [`LOADS`]; `None` for a plan that cannot be played.
///
/// So few frames wait longer or shorter by chance. What the plan's queue alone, its scarcest device or
/// groups, would have had them wait at these times, less what it has frames wait in general, is taken
/// off (a control variate).
pub(crate) fn trial(model: &Model, cluster: &Cluster, plan: &Plan) -> Option<[f64; LOADS.len()]> {
    let period = plan.predicted.period;
    let rest = 4.0 * (plan.predicted.latency + period);
    if !rest.is_finite() || period <= 0.0 {
        return None;
    }
    let mut now = 0.0;
    let runs: Vec<Vec<f64>> = LOADS
        .into_iter()
        .zip(FRAMES)
        .map(|(load, count)| {
            let mut random = Rng::new(SEED);
            let alone = load == 0.0;
            let gap = |_| {
                now += if alone { rest } else { -period / load * (1.0 - random.fraction()).ln() };
                now
            };
            let cycle = Turns::new(plan).cycle(count as u32) as usize;
            let times = (0..if alone { cycle } else { count }).map(gap).collect();
            // Until everything at hand is answered, whatever the formula says.
            now += rest + count as f64 * period;
            times
        })
        .collect();
    let servers = Servers::of(plan);
    let played = play(model, cluster, plan, runs.concat(), &Play::default()).ok()?;
    let mut first = 0;
    let mut excess = [0.0; LOADS.len()];
    for ((load, times), excess) in LOADS.iter().zip(&runs).zip(&mut excess) {
        let rate = load / period;
        let measured = mean(&played, first..first + times.len()) - servers.luck(times, rate);
        *excess = measured / queue::latency(plan, rate) - 1.0;
        first += times.len();
    }
    Some(excess)
}

/// Mean seconds from picture to answer of these frames.
fn mean(played: &Played, frames: std::ops::Range<usize>) -> f64 {
    let frames = played.frames.get(frames).unwrap_or_default();
    frames.iter().map(super::Stay::latency).sum::<f64>() / frames.len() as f64
}

/// Servers that take frames in turn, and in common one every `seconds`.
struct Servers {
    /// Which server takes each frame of a round.
    order: Vec<usize>,
    turns: Vec<u16>,
    seconds: f64,
}

impl Servers {
    /// What frames of this plan wait for.
    fn of(plan: &Plan) -> Self {
        let Prediction { period, serial, .. } = plan.predicted;
        match queue::groups(plan).filter(|(_, seconds)| *seconds > serial) {
            Some((turns, seconds)) => {
                let order = sequence(turns).into_iter().map(usize::from).collect();
                Self { order, turns: turns.to_vec(), seconds }
            }
            None => Self { order: vec![0], turns: vec![1], seconds: period },
        }
    }

    /// By how many seconds frames that come at these times, `rate` a second by chance, wait longer
    /// in the mean than any do.
    fn luck(&self, times: &[f64], rate: f64) -> f64 {
        let even = self.turns.windows(2).all(|turns| turns[0] == turns[1]);
        let general = if rate <= 0.0 || even {
            queue::wait_in_turn(rate, self.seconds, &self.turns)
        } else {
            // For unequal turns the formula is not exact.
            let mut random = Rng::new(SEED + 1);
            let mut now = 0.0;
            let gap = |_| {
                now -= (1.0 - random.fraction()).ln() / rate;
                now
            };
            self.waited(&(0..LONG).map(gap).collect::<Vec<_>>())
        };
        self.waited(times) - general
    }

    /// Mean seconds that frames wait which come at these times (Lindley's recursion).
    fn waited(&self, times: &[f64]) -> f64 {
        let all: f64 = self.turns.iter().map(|turns| f64::from(*turns)).sum();
        let mut free = vec![0.0_f64; self.turns.len()];
        let mut waited = 0.0;
        for (time, server) in times.iter().zip(self.order.iter().copied().cycle()) {
            let start = free[server].max(*time);
            waited += start - time;
            free[server] = start + self.seconds * all / f64::from(self.turns[server]);
        }
        waited / times.len() as f64
    }
}
