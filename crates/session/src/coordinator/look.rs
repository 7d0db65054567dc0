//! Which of two pages' lines is slow, or the link between them alone: what to measure next, and what
//! follows. Pure.
//!
//! A link that is as slow as suspected may be so for its sender's line up, its receiver's line down, or itself. So its
//! two pages are measured with others, *witnesses*, as well: a line is slow where no link of it is
//! fast. Of two pages without a witness nobody can tell, and both are taken for slow: the plan is the same. A
//! line that is slow in one direction often is in the other, which is measured then.

use super::lines::{CLEAR, End, Side, Way};
use convoy_plan::DeviceId;
use std::collections::BTreeMap;

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// This link is to be measured.
    Measure(Way),
    Done(Verdict),
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// Nothing is slower than it was, or it cannot be told.
    Sound,
    /// A link is slow, and neither of its lines.
    Pair,
    /// These lines are slow.
    Slow(Vec<End>),
}

/// Links that were measured anew, for one that is suspected.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) way: Way,
    witnesses: Vec<DeviceId>,
    /// What each link carried when it was fast.
    expected: BTreeMap<Way, f64>,
    /// What it carries.
    found: BTreeMap<Way, f64>,
    /// Bytes a second that all lines carried meanwhile, beside the probes: whoever shares a medium may miss as
    /// much.
    pub(super) beside: f64,
}

/// Of several links of one line.
enum Judged {
    /// This one is to be measured, the so manieth.
    Open(usize, Way),
    Fast,
    Slow,
}

impl Look {
    /// A look at a link. `expected` says what links are to carry, where that is known.
    pub(super) fn new(
        way: Way,
        witnesses: Vec<DeviceId>,
        expected: impl Fn(Way) -> Option<f64>,
    ) -> Self {
        let ends = [way.0, way.1];
        let with = witnesses.iter().flat_map(|it| {
            ends.into_iter().flat_map(|end| [(end, *it), (*it, end)]).collect::<Vec<Way>>()
        });
        let known = with.chain([way]).filter_map(|way| Some((way, expected(way)?)));
        let expected = known.collect();
        Self { way, witnesses, expected, found: BTreeMap::new(), beside: 0.0 }
    }

    /// A link carries so many bytes a second.
    pub(super) fn found(&mut self, way: Way, rate: f64) {
        self.found.insert(way, rate);
    }

    /// All that was found.
    pub(super) fn all(&self) -> impl Iterator<Item = (Way, f64)> {
        self.found.iter().map(|(way, rate)| (*way, *rate))
    }

    /// Whether a link is clearly slower than it was, where it was measured.
    fn is_slow(&self, way: Way) -> Option<bool> {
        let (found, expected) = (self.found.get(&way)?, self.expected.get(&way)?);
        Some(CLEAR * (found + self.beside) < *expected)
    }

    /// Whether a line is slow by its links with all witnesses; those that cannot be known count for
    /// nothing. With `now` no other is measured.
    fn line(&self, link: impl Fn(DeviceId) -> Way, now: bool) -> Judged {
        let (mut open, mut slow) = (None, false);
        for (place, way) in self.witnesses.iter().map(|witness| link(*witness)).enumerate() {
            if !self.expected.contains_key(&way) {
                continue;
            }
            match self.is_slow(way) {
                Some(false) => return Judged::Fast,
                Some(true) => slow = true,
                None => open = open.or(Some((place, way))),
            }
        }
        match open {
            Some((place, way)) if !now => Judged::Open(place, way),
            _ if slow => Judged::Slow,
            _ => Judged::Fast,
        }
    }

    /// What to measure next, or the end; with `now` it has to end.
    pub(super) fn next(&self, now: bool) -> Next {
        let (from, to) = self.way;
        match self.is_slow(self.way) {
            None if !now && self.expected.contains_key(&self.way) => {
                return Next::Measure(self.way);
            }
            None | Some(false) => return Next::Done(Verdict::Sound),
            Some(true) => {}
        }
        if self.witnesses.is_empty() {
            return Next::Done(Verdict::Slow(vec![(from, Side::Up), (to, Side::Down)]));
        }
        let up = self.line(|witness| (from, witness), now);
        let down = self.line(|witness| (witness, to), now);
        let mut slow = Vec::new();
        match (up, down) {
            (Judged::Open(place, way), Judged::Open(other, _)) if place <= other => {
                return Next::Measure(way);
            }
            (_, Judged::Open(_, way)) | (Judged::Open(_, way), _) => return Next::Measure(way),
            (up, down) => {
                // The other directions of those that are.
                let ends = [
                    (up, (from, Side::Up), self.line(|witness| (witness, from), now), Side::Down),
                    (down, (to, Side::Down), self.line(|witness| (to, witness), now), Side::Up),
                ];
                for (line, end, back, side) in ends {
                    if !matches!(line, Judged::Slow) {
                        continue;
                    }
                    slow.push(end);
                    match back {
                        Judged::Open(_, way) => return Next::Measure(way),
                        Judged::Slow => slow.push((end.0, side)),
                        Judged::Fast => {}
                    }
                }
            }
        }
        // Where time was up before any witness was heard the pair is not known to be the one either.
        let heard = self.found.len() > 1;
        Next::Done(match slow.is_empty() {
            true if heard => Verdict::Pair,
            true => Verdict::Sound,
            false => Verdict::Slow(slow),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: f64 = 1e6;

    /// Looks at the link from page 0 to page 1 where links carry what `rate` says; what is found, and how many
    /// were measured.
    fn look(witnesses: u32, rate: impl Fn(u32, u32) -> f64) -> (Verdict, usize) {
        let pages = (2..2 + witnesses).map(DeviceId).collect();
        let mut look = Look::new((DeviceId(0), DeviceId(1)), pages, |_| Some(FAST));
        loop {
            match look.next(false) {
                Next::Measure(way) => look.found(way, rate(way.0.0, way.1.0)),
                Next::Done(verdict) => return (verdict, look.all().count()),
            }
        }
    }

    /// What a link carries where these lines, up and down, are slow.
    fn lines(slow: &[(u32, Side)]) -> impl Fn(u32, u32) -> f64 {
        move |from, to| {
            let any = slow.contains(&(from, Side::Up)) || slow.contains(&(to, Side::Down));
            if any { 1e5 } else { FAST }
        }
    }

    fn slow(ends: &[(u32, Side)]) -> Verdict {
        Verdict::Slow(ends.iter().map(|(page, side)| (DeviceId(*page), *side)).collect())
    }

    #[test]
    fn whoever_is_slow_is_found_and_nobody_else() {
        use Side::{Down, Up};
        for witnesses in 1..=2 {
            for ends in
                [vec![(0, Up)], vec![(1, Down)], vec![(0, Up), (0, Down)], vec![(1, Down), (1, Up)]]
            {
                let (verdict, measured) = look(witnesses, lines(&ends));
                assert_eq!(verdict, slow(&ends), "{witnesses} witnesses");
                assert!(measured <= 6, "{measured}");
            }
            assert_eq!(look(witnesses, |_, _| FAST), (Verdict::Sound, 1));
            let pair = |from, to| if (from, to) == (0, 1) { 1e5 } else { FAST };
            assert_eq!(look(witnesses, pair), (Verdict::Pair, 3));
        }
        assert_eq!(look(0, lines(&[(0, Up)])).0, slow(&[(0, Up), (1, Down)]));
    }

    #[test]
    fn a_witness_that_is_slow_itself_accuses_nobody() {
        use Side::{Down, Up};
        let both = [(0, Up), (2, Up), (2, Down)];
        assert_eq!(look(2, lines(&both)).0, slow(&[(0, Up)]));
        let pair = |from, to| {
            if (from, to) == (0, 1) { 1e5 } else { lines(&[(2, Up), (2, Down)])(from, to) }
        };
        assert_eq!(look(2, pair).0, Verdict::Pair);
    }

    #[test]
    fn what_others_carry_meanwhile_may_be_what_is_missing() {
        let mut look = Look::new((DeviceId(0), DeviceId(1)), vec![DeviceId(2)], |_| Some(FAST));
        look.found((DeviceId(0), DeviceId(1)), 1e5);
        look.beside = 0.6e6;
        assert_eq!(look.next(false), Next::Done(Verdict::Sound));
        look.beside = 0.3e6;
        assert!(matches!(look.next(false), Next::Measure(_)));
    }

    #[test]
    fn a_look_that_has_to_end_accuses_by_what_it_has() {
        let mut look = Look::new((DeviceId(0), DeviceId(1)), vec![DeviceId(2)], |_| Some(FAST));
        assert_eq!(look.next(true), Next::Done(Verdict::Sound));
        look.found((DeviceId(0), DeviceId(1)), 1e4);
        assert_eq!(look.next(true), Next::Done(Verdict::Sound), "nobody knows whose fault it is");
        look.found((DeviceId(0), DeviceId(2)), 1e4);
        assert_eq!(look.next(true), Next::Done(slow(&[(0, Side::Up)])));
    }
}
