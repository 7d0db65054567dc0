//! Whether the server is still there. A connection whose other end has vanished, with its machine or with the
//! network between, looks open for many minutes; browsers answer the server's pings by themselves and show
//! them to nobody. So the server says a word every few seconds, and a page that has heard nothing for longer
//! than that takes the connection for lost.

use convoy_wire::{SLOWEST, WORD};

/// Words that may be missing before the connection counts as lost.
const MISSED: f64 = 3.0;

/// Seconds between two looks beyond which it is the page itself that has stood still.
const STANDSTILL: f64 = 2.0;

/// How a connection has been heard.
#[derive(Debug)]
pub(crate) struct Vigil {
    /// When it counts as lost.
    until: f64,
    /// Whether it is open already, by a server that has said no word yet: one of an earlier version says
    /// none.
    wordless: bool,
    looked: f64,
}

impl Vigil {
    /// The connection is being opened.
    pub(crate) const fn new(now: f64) -> Self {
        Self { until: now + MISSED * WORD, wordless: false, looked: now }
    }

    /// It is open.
    pub(crate) const fn opened(&mut self) {
        self.wordless = true;
    }

    /// Something came.
    pub(crate) fn heard(&mut self, now: f64) {
        self.until = self.until.max(now + MISSED * WORD);
    }

    /// The server said a word, and that `bytes` follow, before which nothing else can come.
    pub(crate) fn word(&mut self, now: f64, bytes: u32) {
        self.wordless = false;
        // What follows may take so long, and no longer than the words after it.
        self.until = now + MISSED * WORD + f64::from(bytes) / SLOWEST;
    }

    /// Looks, about four times a second, whether it counts as lost.
    pub(crate) fn is_lost(&mut self, now: f64) -> bool {
        let passed = now - self.looked;
        self.looked = now;
        if passed > STANDSTILL {
            // Nobody could be heard.
            self.until += passed;
        }
        !self.wordless && now > self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks as a page does, from `from` on; when the connection counts as lost.
    fn lost(vigil: &mut Vigil, from: f64) -> f64 {
        let looks = (1..100_000).map(|look| from + 0.25 * f64::from(look));
        looks.into_iter().find(|now| vigil.is_lost(*now)).unwrap_or(f64::INFINITY)
    }

    /// Looks as a page does for so long, through which the connection does not count as lost.
    fn holds(vigil: &mut Vigil, [from, to]: [f64; 2]) {
        let looks = (1..).map(|look| from + 0.25 * f64::from(look));
        assert!(looks.take_while(|now| *now <= to).all(|now| !vigil.is_lost(now)));
    }

    /// Open, and heard at 1 s.
    fn open() -> Vigil {
        let mut vigil = Vigil::new(0.0);
        vigil.opened();
        vigil.word(1.0, 0);
        vigil
    }

    #[test]
    fn a_server_that_says_nothing_any_more_is_lost_after_three_words() {
        let after = 1.0 + MISSED * WORD;
        assert!((after..=after + 0.5).contains(&lost(&mut open(), 1.0)));
        let mut talks = open();
        for word in 0..1000 {
            let now = 1.0 + WORD * f64::from(word);
            talks.word(now, 0);
            holds(&mut talks, [now, now + WORD]);
        }
    }

    #[test]
    fn whatever_comes_is_a_sign_and_a_long_message_has_its_time() {
        let long = 20 << 20;
        let at_ten = || {
            let mut vigil = open();
            holds(&mut vigil, [1.0, 10.0]);
            vigil
        };
        let mut vigil = at_ten();
        vigil.heard(10.0);
        let after = 10.0 + MISSED * WORD;
        assert!((after..=after + 0.5).contains(&lost(&mut vigil, 10.0)));
        let mut vigil = at_ten();
        vigil.word(10.0, long);
        vigil.heard(11.0);
        let after = 10.0 + MISSED * WORD + f64::from(long) / SLOWEST;
        assert!((after..=after + 0.5).contains(&lost(&mut vigil, 10.0)), "it is on its way still");
        let mut vigil = at_ten();
        vigil.word(10.0, long);
        holds(&mut vigil, [10.0, 30.0]);
        vigil.word(30.0, 0);
        let after = 30.0 + MISSED * WORD;
        assert!((after..=after + 0.5).contains(&lost(&mut vigil, 30.0)), "it has come");
    }

    #[test]
    fn a_connection_that_does_not_open_is_lost_too() {
        let after = MISSED * WORD;
        assert!((after..=after + 0.5).contains(&lost(&mut Vigil::new(0.0), 0.0)));
    }

    #[test]
    fn a_server_that_says_no_words_is_not_taken_for_lost() {
        let mut vigil = Vigil::new(0.0);
        vigil.opened();
        assert_eq!(lost(&mut vigil, 0.0), f64::INFINITY);
    }

    #[test]
    fn a_page_that_stood_still_blames_nobody() {
        let mut vigil = open();
        assert!(!vigil.is_lost(2.0));
        assert!(!vigil.is_lost(500.0), "a laptop that slept");
        let after = 500.0 + MISSED * WORD - 1.0;
        assert!((after..=after + 0.5).contains(&lost(&mut vigil, 500.0)));
    }
}
