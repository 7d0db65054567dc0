//! How often each address, or room, may have something: a token bucket for each.

use crate::budget::Bucket;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A bucket for each of those who were seen of late.
#[derive(Debug)]
pub(crate) struct Rates<K: Eq + Hash> {
    burst: f64,
    rate: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

/// How many are remembered before those with full buckets are forgotten.
const REMEMBERED: usize = 10_000;

impl<K: Eq + Hash> Rates<K> {
    /// For each `burst` at once and `rate` a second for ever.
    pub(crate) fn new(burst: f64, rate: f64) -> Self {
        Self { burst, rate, buckets: Mutex::default() }
    }

    /// Takes one of `key`'s, where one is there.
    pub(crate) fn take(&self, key: K) -> bool {
        let now = Instant::now();
        let mut buckets = self.lock();
        let bucket = self.bucket(&mut buckets, now, key);
        let there = bucket.has(now);
        if there {
            bucket.take(now);
        }
        there
    }

    /// Gives back what was taken for nothing.
    pub(crate) fn give_back(&self, key: K) {
        let now = Instant::now();
        self.bucket(&mut self.lock(), now, key).give_back();
    }

    /// Takes one of `key`'s in any case; the seconds to wait until it is there (0 where it is).
    pub(crate) fn wait(&self, key: K) -> f64 {
        let now = Instant::now();
        self.bucket(&mut self.lock(), now, key).take(now)
    }

    fn bucket<'a>(
        &self,
        buckets: &'a mut HashMap<K, Bucket>,
        now: Instant,
        key: K,
    ) -> &'a mut Bucket {
        if buckets.len() >= REMEMBERED && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        buckets.entry(key).or_insert_with(|| Bucket::new(now, self.burst, self.rate))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Bucket>> {
        // A thread that panicked cannot have left half a bucket behind.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_burst_of_its_own_and_what_is_given_back_can_be_taken_again() {
        let rates = Rates::new(2.0, 1e-6);
        assert_eq!([(); 3].map(|()| rates.take('a')), [true, true, false]);
        assert!(rates.take('b'));
        rates.give_back('a');
        assert_eq!([(); 2].map(|()| rates.take('a')), [true, false]);
        // More than there ever were cannot be given back.
        (0..10).for_each(|_| rates.give_back('b'));
        assert_eq!([(); 3].map(|()| rates.take('b')), [true, true, false]);
    }

    #[test]
    fn who_must_wait_is_told_how_long_and_who_had_enough_is_forgotten() {
        let rates = Rates::new(1.0, 10.0);
        assert!(rates.wait(0) <= 0.0);
        assert!((0.05..=0.1).contains(&rates.wait(0)));
        let rates = Rates::new(1.0, 1e12);
        assert!((0..3 * REMEMBERED).all(|key| rates.take(key)));
        assert!(rates.lock().len() <= REMEMBERED);
    }
}
