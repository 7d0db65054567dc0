//! How long a plan really takes, where that is not what was forecast.

use crate::{Front, Prediction};

/// So many times as long as forecast a plan takes, from answer to answer and from picture to answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// From answer to answer.
    pub period: f64,
    /// From picture to answer.
    pub latency: f64,
}

impl Seen {
    /// As forecast.
    pub const FORECAST: Self = Self { period: 1.0, latency: 1.0 };

    /// Seconds from answer to answer of plan `index` of `front`; infinite where there is none.
    pub(super) fn period(self, front: &Front, index: usize) -> f64 {
        let forecast = front.plans.get(index).map(|plan| front.cost.of(plan));
        forecast.map_or(f64::INFINITY, |Prediction { period, .. }| self.period * period)
    }

    /// Mean seconds from picture to answer where `rate` frames a second come, as [`Front::expected`]. Where
    /// everything takes `p` times as long, frames wait `p` times as long as they would at `p` times the rate;
    /// what they need without any wait takes `latency` times as long (our derivation).
    #[must_use]
    pub fn expected(self, front: &Front, index: usize, rate: f64) -> f64 {
        if self == Self::FORECAST {
            return front.expected(index, rate);
        }
        let alone = front.expected(index, 0.0);
        let wait = front.expected(index, self.period * rate) - alone;
        self.latency * alone + self.period * wait
    }
}
