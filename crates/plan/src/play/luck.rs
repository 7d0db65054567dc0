//! What chance has to say in a play: frames that come at random times wait longer or shorter than
//! any do in the long run. How much of that a plan's scarcest servers explain is told beside them and
//! taken off (a control variate). Our derivation.

use super::Rng;
use crate::turns::sequence;
use crate::{Plan, Prediction, queue};

/// Frames by which is seen how long those wait in the long run that take unequal turns.
const LONG: usize = 40_000;
/// Of their arrivals.
const SEED: u64 = 21;

/// Servers that take frames in turn: the groups or the device or line that a plan's frames wait for.
/// Played by themselves they cost next to nothing, and how long frames wait for them in the long run
/// is known.
#[derive(Debug, Clone)]
pub struct Servers {
    /// Which server takes each frame of a round.
    order: Vec<usize>,
    /// Seconds that each takes for a frame.
    seconds: Vec<f64>,
    /// Of all of them together, a frame.
    period: f64,
}

impl Servers {
    /// What frames of this plan wait for.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let Prediction { period, serial, .. } = plan.predicted;
        let Some((stage, period)) = queue::groups(plan).filter(|(_, period)| *period > serial)
        else {
            return Self { order: vec![0], seconds: vec![period], period };
        };
        let groups = 0..stage.turns.len() as u16;
        let slowest = |group| stage.group(group).map(|tile| tile.compute).fold(0.0, f64::max);
        let seconds: Vec<f64> = groups.clone().map(slowest).collect();
        let busiest = groups.map(|group| seconds[usize::from(group)] * stage.share(group));
        // Where a line of theirs is slower than they compute, all are as much slower.
        let slower = period / busiest.fold(0.0, f64::max);
        Self {
            order: sequence(&stage.turns).into_iter().map(usize::from).collect(),
            seconds: seconds.into_iter().map(|seconds| seconds * slower).collect(),
            period,
        }
    }

    /// Mean seconds that frames wait in the long run which come at random times, `rate` a second.
    #[must_use]
    pub fn wait(&self, rate: f64) -> f64 {
        let count = self.seconds.len();
        let alike = |pair: &[f64]| (pair[0] / pair[1] - 1.0).abs() < 1e-9;
        if rate <= 0.0 || (self.order.len() == count && self.seconds.windows(2).all(alike)) {
            return queue::wait(rate, self.period, count as u32);
        }
        // No formula knows unequal ones: how much longer than for equal ones, as many as come
        // nearest, is seen by playing both.
        let frames = |server: usize| self.order.iter().filter(|of| **of == server).count() as f64;
        let squares: f64 = (0..count).map(|server| frames(server).powi(2)).sum();
        let nearest = ((self.order.len() as f64).powi(2) / squares).round().max(1.0) as usize;
        let equal = Self {
            order: (0..nearest).collect(),
            seconds: vec![self.period * nearest as f64; nearest],
            period: self.period,
        };
        let times = arrivals(rate, LONG, SEED);
        let mean = |servers: &Self| servers.waits(&times).sum::<f64>() / LONG as f64;
        (equal.wait(rate) + mean(self) - mean(&equal)).max(0.0)
    }

    /// Seconds that each frame waits of those that come at these times (Lindley's recursion).
    pub fn waits<'a>(&'a self, times: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let mut free = vec![0.0_f64; self.seconds.len()];
        // Frames count from 1.
        times.iter().zip(self.order.iter().copied().cycle().skip(1)).map(move |(time, server)| {
            let start = free[server].max(*time);
            free[server] = start + self.seconds[server];
            start - time
        })
    }
}

/// Seconds at which `count` frames come at random, `rate` a second.
#[must_use]
pub fn arrivals(rate: f64, count: usize, seed: u64) -> Vec<f64> {
    let mut random = Rng::new(seed);
    let mut now = 0.0;
    let time = |_| {
        now -= (1.0 - random.fraction()).ln() / rate;
        now
    };
    (0..count).map(time).collect()
}

/// The mean of what was measured, chance taken off, and the standard error of that: the line through
/// the means of `parts` consecutive parts of it over how much longer those frames waited for the
/// servers than any do (`luck`), where that is nothing. `None` where there are too few.
#[must_use]
pub fn without(luck: &[f64], measured: &[f64], parts: usize) -> Option<(f64, f64)> {
    let length = measured.len() / parts.max(1);
    if parts < 3 || length == 0 {
        return None;
    }
    let count = parts as f64;
    let means = |of: &[f64]| -> Vec<f64> {
        let parts = of.chunks_exact(length).take(parts);
        parts.map(|part| part.iter().sum::<f64>() / length as f64).collect()
    };
    let (luck, measured) = (means(luck), means(measured));
    let mean = |of: &[f64]| of.iter().sum::<f64>() / count;
    let (luck_mean, measured_mean) = (mean(&luck), mean(&measured));
    let pairs = || luck.iter().zip(&measured).map(|(a, b)| (a - luck_mean, b - measured_mean));
    let spread: f64 = pairs().map(|(a, _)| a * a).sum();
    let slope = if spread > 0.0 { pairs().map(|(a, b)| a * b).sum::<f64>() / spread } else { 0.0 };
    let left: f64 = pairs().map(|(a, b)| (b - slope * a).powi(2)).sum();
    let off = if spread > 0.0 { luck_mean * luck_mean / spread } else { 0.0 };
    let error = (left / (count - 2.0) * (1.0 / count + off)).sqrt();
    Some((measured_mean - slope * luck_mean, error))
}
