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

/// Holds computing down to a given rate. A timer that is late after one tile shortens the wait after the
/// next, by at most [`SLACK`], so that over time the rate is what was asked for.
#[derive(Debug, Clone)]
pub(crate) struct ComputePace {
    /// MAC/s; `None` lets everything run at once.
    limit: Option<f64>,
    /// Seconds by which timers have been late.
    late: f64,
}

impl ComputePace {
    /// A pace of so many GMAC/s; anything that is not a positive number is no limit.
    pub(crate) fn from_gmacs(gmacs: Option<f64>) -> Self {
        let limit = gmacs.filter(|pace| pace.is_finite() && *pace > 0.0).map(|pace| pace * 1e9);
        Self { limit, late: 0.0 }
    }

    /// MAC/s, where it is limited.
    pub(crate) const fn limit(&self) -> Option<f64> {
        self.limit
    }

    /// Seconds that a computation of `macs` multiply-accumulates must still wait where it has taken
    /// `taken` seconds; zero without a limit.
    pub(crate) fn rest(&self, macs: u64, taken: f64) -> f64 {
        self.limit.map_or(0.0, |limit| (macs as f64 / limit - taken - self.late).max(0.0))
    }

    /// Takes note that this computation, which had taken `taken` seconds, was over after `spent`, its wait
    /// included; the seconds that it counts for. A wait that is shortened for a timer that was late before says
    /// nothing of how fast the device is, nor does a timer whose delay will be made up for.
    pub(crate) fn done(&mut self, macs: u64, taken: f64, spent: f64) -> f64 {
        let Some(limit) = self.limit else { return spent };
        // What the computing itself takes too long is the device's own and not made up for.
        let due = f64::max(macs as f64 / limit, taken);
        let late = self.late + spent - due;
        self.late = late.clamp(0.0, SLACK);
        due + (late - SLACK).max(0.0)
    }
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
        let pace = |gmacs| ComputePace::from_gmacs(gmacs);
        assert_eq!(pace(Some(1.0)).rest(2_000_000_000, 0.5), 1.5);
        assert_eq!(pace(Some(1.0)).rest(2_000_000_000, 2.5), 0.0);
        for none in [None, Some(0.0), Some(f64::NAN)] {
            assert_eq!(pace(none).rest(2_000_000_000, 0.5), 0.0);
        }
    }

    #[test]
    fn late_timers_do_not_lower_the_rate() {
        let (mut pace, mut now) = (ComputePace::from_gmacs(Some(2.0)), 0.0);
        for tile in 0..100 {
            let (macs, taken) = (20_000_000, 0.002);
            let rest = pace.rest(macs, taken);
            // A timer that is 1 to 7 ms late.
            let spent = taken + rest + 0.001 * f64::from(1 + tile % 7);
            pace.done(macs, taken, spent);
            now += spent;
        }
        assert!((now - 1.0).abs() < 0.01, "1 s of tiles took {now} s");
    }

    #[test]
    fn a_tile_counts_for_what_the_limit_says_whatever_timers_do() {
        let mut pace = ComputePace::from_gmacs(Some(2.0));
        // A small tile whose timer is late, then a large one that waits less for it.
        assert!((pace.done(20_000_000, 0.002, 0.025) - 0.01).abs() < 1e-9);
        let spent = 0.01 + pace.rest(200_000_000, 0.01);
        assert!((spent - 0.085).abs() < 1e-9, "{spent}");
        assert!((pace.done(200_000_000, 0.01, spent) - 0.1).abs() < 1e-9);
        // What is later than will be made up for counts.
        assert!((pace.done(20_000_000, 0.002, 0.05) - 0.03).abs() < 1e-9);
        assert_eq!(ComputePace::from_gmacs(None).done(20_000_000, 0.002, 0.05), 0.05);
    }

    #[test]
    fn a_device_that_is_too_slow_is_not_hurried_later() {
        let mut pace = ComputePace::from_gmacs(Some(2.0));
        pace.done(20_000_000, 0.5, 0.5);
        assert_eq!(pace.rest(20_000_000, 0.0), 0.01);
        // Nor does one timer that was very late give more than the slack.
        pace.done(20_000_000, 0.001, 3.0);
        assert!((pace.rest(200_000_000, 0.0) - (0.1 - SLACK)).abs() < 1e-12);
    }
}
