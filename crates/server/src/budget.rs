//! Counting what one address or one socket does.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Who counts as one: an address, of the newer protocol (IPv6) its network, in which a single machine
/// may take any of 2^64 addresses.
pub(crate) fn party(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

/// A token bucket: so many at once, so many a second for ever.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    burst: f64,
    rate: f64,
    level: f64,
    seen: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(now: Instant, burst: f64, rate: f64) -> Self {
        Self { burst, rate, level: burst, seen: now }
    }

    /// Takes one; the seconds to wait until it is there (0 where it is).
    pub(crate) fn take(&mut self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.level = (self.level + passed * self.rate).min(self.burst) - 1.0;
        self.seen = now;
        (-self.level / self.rate).max(0.0)
    }

    /// Puts in what came with a request, and takes what it costs, where that is there then.
    pub(crate) fn exchange(&mut self, now: Instant, brought: f64, cost: f64) -> bool {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        let level = (self.level + passed * self.rate).min(self.burst) + brought;
        let has = level >= cost;
        (self.level, self.seen) = (if has { level - cost } else { level }.min(self.burst), now);
        has
    }

    /// Puts one back.
    pub(crate) fn give_back(&mut self) {
        self.level = (self.level + 1.0).min(self.burst);
    }

    /// Whether one is there, without taking it.
    pub(crate) fn has(&self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.level + passed * self.rate >= 1.0
    }

    /// Whether nothing was taken of late.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.level + passed * self.rate >= self.burst
    }
}

/// How often each address may guess.
#[derive(Debug)]
pub(crate) struct Guesses {
    burst: f64,
    guessers: Mutex<HashMap<IpAddr, Guesser>>,
}

#[derive(Debug)]
struct Guesser {
    bucket: Bucket,
    /// Its last wrong guesses: who tries the same again, as it waits for a room to come back, learns
    /// nothing new.
    last: VecDeque<String>,
}

/// Wrong guesses of an address that are remembered.
const LAST: usize = 8;

/// Addresses remembered before those with full buckets are forgotten.
const REMEMBERED: usize = 10_000;

impl Guesses {
    pub(crate) fn new(burst: u32) -> Self {
        Self { burst: f64::from(burst), guessers: Mutex::default() }
    }

    /// Whether `address` may try another code.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        let guessers = self.guessers.lock().unwrap_or_else(PoisonError::into_inner);
        guessers.get(&address).is_none_or(|guesser| guesser.bucket.has(Instant::now()))
    }

    /// `address` was wrong with `code`, of which the length of a code counts.
    pub(crate) fn wrong(&self, address: IpAddr, code: &str) {
        let now = Instant::now();
        let mut guessers = self.guessers.lock().unwrap_or_else(PoisonError::into_inner);
        if guessers.len() >= REMEMBERED {
            guessers.retain(|_, guesser| !guesser.bucket.is_full(now));
        }
        let guesser = guessers.entry(address).or_insert_with(|| Guesser {
            bucket: Bucket::new(now, self.burst, 1.0),
            last: VecDeque::new(),
        });
        let code: String = code.chars().take(8).flat_map(char::to_uppercase).collect();
        if guesser.last.contains(&code) {
            return;
        }
        guesser.bucket.take(now);
        guesser.last.push_back(code);
        if guesser.last.len() > LAST {
            guesser.last.pop_front();
        }
    }
}

/// How many of something there are, in all and by key.
#[derive(Debug)]
pub(crate) struct Places<K: Eq + Hash> {
    most: usize,
    most_each: usize,
    taken: Mutex<HashMap<K, usize>>,
}

/// One place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    key: K,
    places: Arc<Places<K>>,
}

impl<K: Eq + Hash + Clone> Places<K> {
    pub(crate) fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, taken: Mutex::default() })
    }

    /// A place for `key`, where one is left.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= self.most {
            return None;
        }
        let count = taken.entry(key.clone()).or_default();
        if *count >= self.most_each {
            return None;
        }
        *count += 1;
        Some(Place { key, places: Arc::clone(self) })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_machine_with_many_addresses_is_one_party() {
        let of = |text: &str| party(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.168.1.7"), of("192.168.1.7"));
        assert_ne!(of("192.168.1.7"), of("192.168.1.8"));
    }

    #[test]
    fn a_bucket_gives_a_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start, 3.0, 2.0);
        assert_eq!([0; 3].map(|_| bucket.take(start)), [0.0; 3]);
        assert!((bucket.take(start) - 0.5).abs() < 1e-9);
        assert!((bucket.take(start + Duration::from_secs(1)) - 0.0).abs() < 1e-9);
    }

    #[test]
    fn the_same_wrong_code_again_is_no_further_guess() {
        let (guesses, address) = (Guesses::new(3), IpAddr::from([127, 0, 0, 1]));
        for _ in 0..100 {
            guesses.wrong(address, "abcdef");
            guesses.wrong(address, "ABCDEF");
        }
        assert!(guesses.allows(address));
        for code in ["AAAAAA", "BBBBBB", "CCCCCC"] {
            guesses.wrong(address, code);
        }
        assert!(!guesses.allows(address));
    }

    #[test]
    fn places_are_bounded_in_all_and_each_and_come_back() {
        let places = Places::new(3, 2);
        let first = [places.take('a'), places.take('a')];
        assert!(first.iter().all(Option::is_some) && places.take('a').is_none());
        let other = places.take('b');
        assert!(other.is_some() && places.take('c').is_none());
        drop(first);
        assert!(places.take('c').is_some());
    }
}
