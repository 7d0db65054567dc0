//! How fast frames come.

/// Memories of [`Arrivals`], each twice as long as the one before.
const MEMORIES: usize = 4;

/// Standard deviations between the measured rate and the ends of [`Arrivals::range`].
const DEVIATIONS: f64 = 3.0;

/// The rate of arrivals by moving averages that forget exponentially in time: each rises with every
/// arrival by `1 / memory` and falls when none come. Before the first frame there were none.
///
/// The longest memory is surest of a rate that stays, and last to notice one that does not. So the
/// shortest one's is the rate, and what that is likely to be all say together that no shorter one
/// contradicts (`docs/adr/0031`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals {
    /// Frames a second, at the time `at`, by memories of ascending length.
    rates: [f64; MEMORIES],
    at: f64,
    /// Seconds after which an arrival counts for 1/e, in the shortest memory.
    memory: f64,
}

/// A rate, and the seconds over which it was averaged.
#[derive(Debug, Clone, Copy)]
struct Average {
    rate: f64,
    memory: f64,
}

impl Average {
    /// How far what is measured over `memory` seconds may be from this rate, one standard deviation:
    /// Poisson arrivals at a steady rate are measured with a variance of `rate / (2 * memory)`. An
    /// arrival that did not come yet is counted, so that a quiet time proves little while it is short.
    fn deviation(self, memory: f64) -> f64 {
        ((self.rate + 1.0 / memory) / (2.0 * memory)).sqrt()
    }
}

impl Arrivals {
    pub(super) const fn new(memory: f64) -> Self {
        Self { rates: [0.0; MEMORIES], at: 0.0, memory }
    }

    /// What was measured so far is kept.
    pub(super) const fn remember_for(&mut self, memory: f64) {
        self.memory = memory;
    }

    pub(super) fn arrived(&mut self, now: f64) {
        let averages = self.averages(now);
        for (rate, average) in self.rates.iter_mut().zip(averages) {
            *rate = average.rate + 1.0 / average.memory;
        }
        self.at = self.at.max(now);
    }

    /// By ascending memory.
    fn averages(&self, now: f64) -> [Average; MEMORIES] {
        let mut memory = 0.5 * self.memory;
        self.rates.map(|rate| {
            memory *= 2.0;
            Average { rate: rate * (-(now - self.at).max(0.0) / memory).exp(), memory }
        })
    }

    /// Frames a second, by the shortest memory: as they come now.
    pub(super) fn rate(&self, now: f64) -> f64 {
        self.averages(now)[0].rate
    }

    /// Rates that what was measured is likely to come from: by the shortest memory, and by each longer one that no
    /// shorter one contradicts. Where these hardly meet the first may be the higher: both are tried.
    pub(super) fn range(&self, now: f64) -> [f64; 2] {
        let averages = self.averages(now);
        let mut range = [0.0, f64::INFINITY];
        for (index, average) in averages.iter().enumerate() {
            let agrees = averages[..index].iter().all(|shorter| {
                let most = DEVIATIONS * average.deviation(shorter.memory);
                (shorter.rate - average.rate).abs() <= most
            });
            if !agrees {
                break;
            }
            let away = DEVIATIONS * average.deviation(average.memory);
            let (low, high) = (average.rate - away, average.rate + away);
            range = [f64::max(range[0], low), f64::min(range[1], high)];
        }
        range
    }
}
