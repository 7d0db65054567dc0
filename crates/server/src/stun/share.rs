//! Who gets how many answers. An answer is longer than the shortest request: whoever sends requests in
//! somebody else's name could have more bytes sent there than he sends himself. What a network gets beyond
//! what came from it is counted, and once that is used up it gets no more bytes than it has sent since:
//! of the shortest requests five in eleven are answered then (over IPv4 five in eight), and browsers ask again.

use crate::budget::{Bucket, party};
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Answers to all within [`SPAN`].
const ALL: u32 = 2000;
const SPAN: Duration = Duration::from_secs(1);

/// Bytes that a network may get beyond those it sent, at once and each second for ever: a thousand answers
/// to IPv6, and twenty. A class of sixty browsers behind one network, each with seven connections, asks some four
/// hundred times as it connects, and, once all is used up, again until it is answered.
const BURST: f64 = 24_000.0;
const RATE: f64 = 480.0;

/// How many networks are remembered before those that have all of it left are forgotten. With as many
/// answers as there may be no more than some hundred have not.
const REMEMBERED: usize = 4096;

/// Who has had how much.
#[derive(Debug)]
pub(super) struct Share {
    since: Instant,
    all: u32,
    /// Bytes that each network may get beyond those it sends.
    each: HashMap<IpAddr, Bucket>,
}

impl Share {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, all: 0, each: HashMap::new() }
    }

    /// Whether a request of `asked` bytes from `address` gets an answer of `answer` bytes.
    pub(super) fn has(
        &mut self,
        now: Instant,
        address: IpAddr,
        asked: usize,
        answer: usize,
    ) -> bool {
        if now.saturating_duration_since(self.since) >= SPAN {
            (self.since, self.all) = (now, 0);
        }
        if self.all >= ALL {
            return false;
        }
        if self.each.len() >= REMEMBERED {
            self.each.retain(|_, bucket| !bucket.is_full(now));
        }
        let bucket =
            self.each.entry(party(address)).or_insert_with(|| Bucket::new(now, BURST, RATE));
        let has = bucket.exchange(now, asked as f64, answer as f64);
        self.all += u32::from(has);
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    /// Of so many requests of `asked` bytes at once from `address`, how many get answers of `answer`.
    fn answered(
        share: &mut Share,
        now: Instant,
        address: IpAddr,
        sizes: [usize; 2],
        many: u32,
    ) -> u32 {
        (0..many).map(|_| u32::from(share.has(now, address, sizes[0], sizes[1]))).sum()
    }

    /// Some address of this network.
    fn of(network: u16, machine: u16) -> IpAddr {
        Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, machine).into()
    }

    #[test]
    fn a_network_that_has_used_up_its_share_gets_no_more_than_it_sends() {
        let mut now = Instant::now();
        let mut share = Share::new(now);
        let (mut sent, mut got) = (0, 0);
        for machine in 0..10_000 {
            // From an address of its own each, a hundred a second.
            now += Duration::from_millis(10);
            sent += 20;
            got += 44 * u64::from(answered(&mut share, now, of(1, machine), [20, 44], 1));
        }
        let allowed = BURST + 100.0 * RATE;
        assert!(got as f64 <= sent as f64 + allowed, "{sent} bytes sent, {got} got");
        assert!(got as f64 >= sent as f64 + allowed - 100.0, "{sent} bytes sent, {got} got");
    }

    #[test]
    fn once_it_is_used_up_some_of_the_shortest_requests_are_answered_still() {
        let now = Instant::now();
        let mut share = Share::new(now);
        assert_eq!(answered(&mut share, now, of(1, 1), [20, 44], 1000), 1000);
        let next: Vec<bool> = (0..9).map(|_| share.has(now, of(1, 2), 20, 44)).collect();
        assert_eq!(next.iter().filter(|answered| **answered).count(), 4, "{next:?}");
        assert!(!next.windows(3).any(|three| three == [false; 3]), "{next:?}");
        // Whoever pads a request to the length of its answer is answered each time.
        assert_eq!(answered(&mut share, now, of(1, 3), [44, 44], 100), 100);
    }

    #[test]
    fn a_network_is_not_held_to_what_another_has_used_up() {
        let now = Instant::now();
        let mut share = Share::new(now);
        assert!(answered(&mut share, now, of(1, 1), [20, 44], 1500) < 1250);
        assert_eq!(answered(&mut share, now, of(2, 1), [20, 44], 500), 500);
        let later = now + Duration::from_secs(50);
        assert_eq!(answered(&mut share, later, of(1, 1), [20, 44], 900), 900);
    }

    #[test]
    fn all_together_get_so_many_answers_a_second_and_few_are_remembered() {
        let mut now = Instant::now();
        let mut share = Share::new(now);
        for _ in 0..5 {
            let mut has = |network: u32| share.has(now, IpAddr::V4((network << 8).into()), 20, 32);
            assert_eq!((0..6000).filter(|network| has(*network)).count(), ALL as usize);
            now += SPAN;
        }
        assert!(share.each.len() <= REMEMBERED);
    }
}
