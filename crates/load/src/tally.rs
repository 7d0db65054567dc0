//! What all pages count together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What all pages count together.
#[derive(Debug)]
pub(crate) struct Tally {
    start: Instant,
    /// Whether everybody is there: before, delays are those of the rush to join.
    pub(crate) steady: AtomicBool,
    pub(crate) joined: AtomicU64,
    /// Pages that never got in.
    pub(crate) given_up: AtomicU64,
    /// Pages whose room carries out a plan.
    pub(crate) running: AtomicU64,
    pub(crate) heard: AtomicU64,
    pub(crate) heard_bytes: AtomicU64,
    pub(crate) relayed: AtomicU64,
    pub(crate) relayed_bytes: AtomicU64,
    /// What pages were too far behind to say.
    pub(crate) unsaid: AtomicU64,
    joins: Mutex<Vec<f64>>,
    rush: Mutex<Vec<f64>>,
    calm: Mutex<Vec<f64>>,
    slow_ended: Mutex<Vec<f64>>,
    endings: Mutex<BTreeMap<String, u64>>,
}

/// Some of a list of seconds, sorted.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Spread {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Spread {
    /// Of seconds in any order.
    pub(crate) fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let count = seconds.len();
        // The smallest value that so many parts of all do not exceed; 0 of nothing.
        let part = |share: f64| {
            let at = (share * count as f64).ceil() as usize;
            seconds.get(at.max(1) - 1).map_or(0.0, |seconds| seconds * 1e3)
        };
        Self { count, p50_ms: part(0.5), p99_ms: part(0.99), max_ms: part(1.0) }
    }
}

fn push(list: &Mutex<Vec<f64>>, seconds: f64) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(seconds);
}

fn take(list: &Mutex<Vec<f64>>) -> Vec<f64> {
    std::mem::take(&mut list.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            steady: AtomicBool::new(false),
            joined: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            running: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            heard_bytes: AtomicU64::new(0),
            relayed: AtomicU64::new(0),
            relayed_bytes: AtomicU64::new(0),
            unsaid: AtomicU64::new(0),
            joins: Mutex::default(),
            rush: Mutex::default(),
            calm: Mutex::default(),
            slow_ended: Mutex::default(),
            endings: Mutex::default(),
        }
    }

    /// Pages that were welcomed or given up.
    pub(crate) fn arrived(&self) -> u64 {
        self.joined.load(Ordering::Relaxed) + self.given_up.load(Ordering::Relaxed)
    }

    /// Nanoseconds on the clock of all pages.
    pub(crate) fn clock(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A page was welcomed, so long after it began to connect.
    pub(crate) fn welcomed(&self, after: Duration) {
        self.joined.fetch_add(1, Ordering::Relaxed);
        push(&self.joins, after.as_secs_f64());
    }

    /// A signal came that was sent at `sent` on the clock.
    pub(crate) fn signaled(&self, sent: u64) {
        let delay = self.clock().saturating_sub(sent) as f64 * 1e-9;
        push(if self.steady.load(Ordering::Relaxed) { &self.calm } else { &self.rush }, delay);
    }

    /// The server ended a page that does not read, after so many seconds of being sent to.
    pub(crate) fn ended_slow(&self, seconds: f64) {
        push(&self.slow_ended, seconds);
    }

    /// A page's connection ended, or never was, though nobody wanted it to.
    pub(crate) fn ended(&self, why: String) {
        let mut endings = self.endings.lock().unwrap_or_else(PoisonError::into_inner);
        *endings.entry(why).or_default() += 1;
    }

    pub(crate) fn joins(&self) -> Spread {
        Spread::of(take(&self.joins))
    }

    /// Delays of signals while pages joined, and once all were there.
    pub(crate) fn signals(&self) -> (Spread, Spread) {
        (Spread::of(take(&self.rush)), Spread::of(take(&self.calm)))
    }

    pub(crate) fn slow_ended(&self) -> Vec<f64> {
        take(&self.slow_ended)
    }

    pub(crate) fn endings(&self) -> BTreeMap<String, u64> {
        self.endings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn parts_of_a_list_are_its_own_values() {
        let spread = Spread::of((1..=200).rev().map(|value| f64::from(value) * 1e-3).collect());
        assert_eq!((spread.count, spread.p50_ms, spread.max_ms), (200, 100.0, 200.0));
        assert_eq!(spread.p99_ms, 198.0);
        let none = Spread::of(Vec::new());
        assert_eq!((none.count, none.max_ms), (0, 0.0));
    }
}
