//! Pacing: lets one machine show a cluster of unequal devices by holding transfers and computing
//! down to a stated rate. Pure: time comes in as an argument, in seconds of any monotonic clock.

/// Seconds by which a transfer may run ahead after a pause, so that the coarse timers of browsers
/// (4 ms and more) do not lower the rate.
const SLACK: f64 = 0.02;

/// Spaces transfers so that over time no more than a given rate passes.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Bytes a second; `None` lets everything pass at once.
    rate: Option<f64>,
    /// When the bytes accepted so far will have passed.
    free_at: f64,
}

impl Pace {
    /// A pace of `mbit` million bits a second; anything that is not a positive number is no limit.
    pub(crate) fn from_mbit(mbit: Option<f64>) -> Self {
        let rate = mbit.filter(|mbit| mbit.is_finite() && *mbit > 0.0).map(|mbit| mbit * 1e6 / 8.0);
        Self { rate, free_at: f64::NEG_INFINITY }
    }

    /// When the next transfer may begin: at most `now` means at once.
    pub(crate) fn ready_at(&self, now: f64) -> f64 {
        if self.rate.is_some() { self.free_at.max(now - SLACK) } else { now }
    }

    /// Takes `bytes` on and says when they will have passed.
    pub(crate) fn accept(&mut self, now: f64, bytes: usize) -> f64 {
        let Some(rate) = self.rate else { return now };
        self.free_at = self.free_at.max(now - SLACK) + bytes as f64 / rate;
        self.free_at
    }
}

/// Seconds that a computation of `macs` multiply-accumulates must still wait where it has taken
/// `taken` seconds and may do `limit` MAC/s; zero without a limit.
pub(crate) fn rest_of_computing(macs: u64, taken: f64, limit: Option<f64>) -> f64 {
    limit.map_or(0.0, |limit| (macs as f64 / limit - taken).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paced_stream_keeps_its_rate() {
        let mut pace = Pace::from_mbit(Some(8.0));
        let (mut now, mut sent) = (100.0, 0_usize);
        while now < 110.0 {
            while pace.ready_at(now) <= now {
                pace.accept(now, 60_000);
                sent += 60_000;
            }
            // A browser's timer: late by an uneven amount, yet by less than the slack.
            now += 0.004 + 0.010 * ((sent / 60_000) % 2) as f64;
        }
        let rate = sent as f64 / 10.0;
        assert!((0.99e6..1.02e6).contains(&rate), "{rate} bytes a second instead of 1e6");
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let mut pace = Pace::from_mbit(Some(8.0));
        pace.accept(0.0, 1000);
        let passed = pace.accept(50.0, 1_000_000);
        assert!((50.9..=51.0).contains(&passed), "{passed}");
    }

    #[test]
    fn without_a_rate_everything_passes_at_once() {
        for mbit in [None, Some(0.0), Some(-1.0), Some(f64::NAN)] {
            let mut pace = Pace::from_mbit(mbit);
            assert_eq!(pace.accept(3.0, 1 << 30), 3.0);
            assert_eq!(pace.ready_at(3.0), 3.0);
        }
    }

    #[test]
    fn computing_waits_for_what_the_limit_leaves() {
        assert_eq!(rest_of_computing(2_000_000_000, 0.5, Some(1e9)), 1.5);
        assert_eq!(rest_of_computing(2_000_000_000, 2.5, Some(1e9)), 0.0);
        assert_eq!(rest_of_computing(2_000_000_000, 0.5, None), 0.0);
    }
}
