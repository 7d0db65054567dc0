//! How fast frames come.

/// The rate of arrivals by a moving average that forgets exponentially in time: it rises with every
/// arrival by `1 / memory` and falls when none come. Before the first frame there were none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals {
    /// Frames a second, at the time `at`.
    rate: f64,
    at: f64,
    /// Seconds after which an arrival counts for 1/e.
    memory: f64,
}

/// Standard deviations between the measured rate and the ends of [`Arrivals::range`].
const DEVIATIONS: f64 = 3.0;

impl Arrivals {
    pub(super) const fn new(memory: f64) -> Self {
        Self { rate: 0.0, at: 0.0, memory }
    }

    /// What was measured so far is kept.
    pub(super) const fn remember_for(&mut self, memory: f64) {
        self.memory = memory;
    }

    pub(super) fn arrived(&mut self, now: f64) {
        self.rate = self.rate(now) + 1.0 / self.memory;
        self.at = self.at.max(now);
    }

    /// Frames a second.
    pub(super) fn rate(&self, now: f64) -> f64 {
        self.rate * (-(now - self.at).max(0.0) / self.memory).exp()
    }

    /// Rates that what was measured is likely to come from: Poisson arrivals at a steady rate are
    /// measured with a variance of `rate / (2 * memory)`. An arrival that did not come yet is
    /// counted, so that a quiet time proves little while it is short.
    pub(super) fn range(&self, now: f64) -> [f64; 2] {
        let rate = self.rate(now);
        let deviation = ((rate + 1.0 / self.memory) / (2.0 * self.memory)).sqrt();
        [(rate - DEVIATIONS * deviation).max(0.0), rate + DEVIATIONS * deviation]
    }
}
