//! How fast pages' lines are, from links that were measured one at a time ([`super::measuring`]). Pure.
//!
//! A link carries what the slower of two lines does: the sender's up, or the receiver's down. So a page's
//! line is at least as fast as the fastest of its links, and that is what it is taken for: the others say
//! how fast the lines at their other ends are. Links between pages of one machine leave no machine, and
//! count only where a page has no others.
//!
//! Measurements scatter, and the fastest of several is too fast by as much. So all lines are taken for slower by what the
//! link in the middle is slower than its two lines let expect.

use convoy_plan::{DeviceId, Link};
use std::collections::BTreeMap;

/// The factor by which a line is clearly another.
pub(super) const CLEAR: f64 = 1.5;

/// A link in one direction: from whom, to whom.
pub(super) type Way = (DeviceId, DeviceId);

/// A direction of a page's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Up,
    Down,
}

/// A direction of the line of a page.
pub(super) type End = (DeviceId, Side);

/// What a link carried.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// Bytes a second.
    rate: f64,
    at: f64,
    /// Whether both pages are of one machine.
    within: bool,
}

/// What a page's line carries, as far as it was measured: bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Line {
    pub(super) up: Option<f64>,
    pub(super) down: Option<f64>,
}

impl Line {
    /// One direction of it.
    pub(super) const fn side(&self, side: Side) -> Option<f64> {
        match side {
            Side::Up => self.up,
            Side::Down => self.down,
        }
    }
}

/// What was measured of all lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    samples: BTreeMap<Way, Sample>,
    /// Which part of what their two lines let expect links carried, in the middle of all; found anew when a sample is.
    fit: Option<f64>,
    /// From when on samples say what a line is like that has become slow; older ones say what it was like.
    fresh: BTreeMap<End, f64>,
    /// What the newest plan was made with.
    planned: BTreeMap<DeviceId, Link>,
}

impl Lines {
    /// A link was measured. Nonsense says nothing.
    pub(super) fn measured(&mut self, at: f64, way: Way, rate: f64, within: bool) {
        if rate.is_finite() && rate > 0.0 {
            self.samples.insert(way, Sample { rate, at, within });
            self.fit = self.fits();
        }
    }

    /// A link was measured again while it may have carried other things: it carries that at least.
    pub(super) fn at_least(&mut self, at: f64, way: Way, rate: f64, within: bool) {
        let known = self.fresh_sample(way).map_or(0.0, |sample| sample.rate);
        self.measured(at, way, rate.max(known), within);
    }

    /// A line has become slow: what its links carried before `since` says nothing any more.
    pub(super) fn refresh(&mut self, end: End, since: f64) {
        self.fresh.insert(end, since);
        self.fit = self.fits();
    }

    /// Since when samples say what a line is like.
    fn since(&self, end: End) -> f64 {
        self.fresh.get(&end).copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// What a link carried, unless one of its lines has become slow since.
    fn fresh_sample(&self, way: Way) -> Option<Sample> {
        let since = self.since((way.0, Side::Up)).max(self.since((way.1, Side::Down)));
        self.samples.get(&way).copied().filter(|sample| sample.at >= since)
    }

    /// What a link is to carry by what is known: bytes a second.
    pub(super) fn expected(&self, way: Way) -> Option<f64> {
        let (up, down) = (self.of(way.0).up?, self.of(way.1).down?);
        let known = self.fresh_sample(way).map_or(f64::INFINITY, |sample| sample.rate);
        Some(up.min(down).min(known))
    }

    /// Whether a link has been measured.
    pub(super) fn knows(&self, way: Way) -> bool {
        self.samples.contains_key(&way)
    }

    /// A page is gone.
    pub(super) fn forget(&mut self, device: DeviceId) {
        self.samples.retain(|way, _| way.0 != device && way.1 != device);
        self.fresh.retain(|end, _| end.0 != device);
        self.planned.remove(&device);
        self.fit = self.fits();
    }

    /// What was measured of other links than these says nothing; which links that were.
    pub(super) fn keep(&mut self, counts: impl Fn(Way) -> bool) -> Vec<Way> {
        let others = self.samples.extract_if(.., |way, _| !counts(*way));
        let others = others.map(|(way, _)| way).collect();
        self.fit = self.fits();
        others
    }

    /// A link goes another way now: what it carried says nothing.
    pub(super) fn forget_way(&mut self, way: Way) {
        self.samples.remove(&way);
        self.fit = self.fits();
    }

    /// How many links of each page were measured since a time of its own: from it, and to it.
    pub(super) fn counts(&self, since: impl Fn(DeviceId) -> f64) -> BTreeMap<DeviceId, [usize; 2]> {
        let mut counts: BTreeMap<DeviceId, [usize; 2]> = BTreeMap::new();
        for ((from, to), sample) in &self.samples {
            for (at, end) in [from, to].into_iter().enumerate() {
                if sample.at >= since(*end) {
                    counts.entry(*end).or_default()[at] += 1;
                }
            }
        }
        counts
    }

    /// A page's line.
    pub(super) fn of(&self, device: DeviceId) -> Line {
        let fastest = self.fastest(device);
        let fit = self.fit.unwrap_or(1.0);
        Line { up: fastest.up.map(|rate| fit * rate), down: fastest.down.map(|rate| fit * rate) }
    }

    /// See the field; where every link carries exactly what the slower line does that is 1.
    fn fits(&self) -> Option<f64> {
        let mut known: BTreeMap<DeviceId, Line> = BTreeMap::new();
        let mut part = |way: &Way| {
            let sample = self.fresh_sample(*way).filter(|sample| !sample.within)?;
            let [from, to] =
                [way.0, way.1].map(|end| *known.entry(end).or_insert_with(|| self.fastest(end)));
            Some(sample.rate / from.up?.min(to.down?))
        };
        let mut parts: Vec<f64> = self.samples.keys().filter_map(&mut part).collect();
        parts.sort_by(f64::total_cmp);
        parts.get(parts.len() / 2).copied()
    }

    /// The fastest links of a page.
    fn fastest(&self, device: DeviceId) -> Line {
        let since = [Side::Up, Side::Down].map(|side| self.since((device, side)));
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for ((from, to), sample) in &self.samples {
            if *from == device && sample.at >= since[0] {
                up.push(*sample);
            } else if *to == device && sample.at >= since[1] {
                down.push(*sample);
            }
        }
        Line { up: fastest(&up), down: fastest(&down) }
    }

    /// The median of all links that were measured.
    pub(super) fn common(&self) -> Option<f64> {
        let mut rates: Vec<f64> = self.samples.values().map(|sample| sample.rate).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied()
    }

    /// A plan is made with these lines.
    pub(super) fn plan_with(&mut self, lines: impl Iterator<Item = (DeviceId, Link)>) {
        self.planned = lines.collect();
    }

    /// Whether a line is clearly another by now than the newest plan was made with.
    pub(super) fn differ(&self) -> bool {
        let differs = |now: Option<f64>, then: f64| {
            now.is_some_and(|now| now >= CLEAR * then || then >= CLEAR * now)
        };
        self.planned.iter().any(|(device, then)| {
            let line = self.of(*device);
            differs(line.up, then.up) || differs(line.down, then.down)
        })
    }
}

/// The fastest of several links; where there are others, not of those within a machine.
fn fastest(samples: &[Sample]) -> Option<f64> {
    let most = |within: bool| {
        let rates = samples.iter().filter(|sample| within || !sample.within);
        rates.map(|sample| sample.rate).max_by(f64::total_cmp)
    };
    most(false).or_else(|| most(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages with such lines, up and down, all of whose links were measured.
    fn measured(lines: &[(f64, f64)]) -> Lines {
        let mut all = Lines::default();
        for (from, (up, _)) in (0..).zip(lines) {
            for (to, (_, down)) in (0..).zip(lines).filter(|(to, _)| *to != from) {
                all.measured(0.0, (DeviceId(from), DeviceId(to)), up.min(*down), false);
            }
        }
        all
    }

    fn line(up: f64, down: f64) -> Line {
        Line { up: Some(up), down: Some(down) }
    }

    #[test]
    fn each_page_has_the_line_that_it_has_and_not_that_of_a_slow_peer() {
        let lines = measured(&[(6e6, 6e6), (6e6, 6e6), (5e5, 2e6), (1e6, 6e6)]);
        assert_eq!(lines.of(DeviceId(0)), line(6e6, 6e6));
        assert_eq!(lines.of(DeviceId(1)), line(6e6, 6e6));
        assert_eq!(lines.of(DeviceId(2)), line(5e5, 2e6));
        assert_eq!(lines.of(DeviceId(3)), line(1e6, 6e6));
    }

    #[test]
    fn two_fast_pages_among_slow_ones_are_fast() {
        let mut ends = vec![(1e6, 1e6); 8];
        (ends[2], ends[6]) = ((5e7, 5e7), (5e7, 5e7));
        let lines = measured(&ends);
        assert_eq!(lines.of(DeviceId(2)), line(5e7, 5e7));
        assert_eq!(lines.of(DeviceId(0)), line(1e6, 1e6));
    }

    #[test]
    fn lines_are_little_faster_than_they_are_where_measurements_scatter() {
        let mut lines = Lines::default();
        // Eight equal lines, of which links show 0.8 to 1.2: the fastest of seven is 1.17 in the mean.
        let mut scatter = (0..).map(|number| 0.8 + 0.4 * f64::from(number * 29 % 56) / 55.0);
        for from in 0..8 {
            for to in (0..8).filter(|to| *to != from) {
                let rate = 5e6 * scatter.next().unwrap();
                lines.measured(0.0, (DeviceId(from), DeviceId(to)), rate, false);
            }
        }
        let rates: Vec<f64> = (0..8)
            .flat_map(|id| [lines.of(DeviceId(id)).up, lines.of(DeviceId(id)).down])
            .map(|rate| rate.unwrap() / 5e6)
            .collect();
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        assert!((1.0..1.1).contains(&mean), "{mean}: {rates:?}");
        // What a link is to carry is what links carry in the middle.
        let way = (DeviceId(2), DeviceId(5));
        let expected = lines.of(way.0).up.unwrap().min(lines.of(way.1).down.unwrap()) / 5e6;
        assert!((0.95..1.1).contains(&expected), "{expected}");
    }

    #[test]
    fn a_link_within_a_machine_says_nothing_of_its_line_where_there_are_others() {
        let mut lines = measured(&[(6e6, 6e6), (6e6, 6e6), (6e6, 6e6)]);
        lines.measured(0.0, (DeviceId(0), DeviceId(1)), 1e9, true);
        assert_eq!(lines.of(DeviceId(0)).up, Some(6e6));
        lines.forget(DeviceId(2));
        assert_eq!(lines.of(DeviceId(0)).up, Some(1e9));
    }

    #[test]
    fn a_line_that_became_slow_is_known_by_what_was_measured_since_and_no_other_is() {
        let mut lines = measured(&[(6e6, 6e6), (6e6, 6e6), (6e6, 6e6)]);
        let (slow, other, third) = (DeviceId(0), DeviceId(1), DeviceId(2));
        lines.refresh((slow, Side::Up), 5.0);
        lines.measured(5.0, (slow, other), 1e5, false);
        assert_eq!(lines.of(slow), line(1e5, 6e6));
        assert_eq!((lines.of(other), lines.of(third)), (line(6e6, 6e6), line(6e6, 6e6)));
        assert_eq!(lines.expected((slow, third)), Some(1e5));
        // Of one that is measured while it carries other things the most counts, though not what was before.
        lines.at_least(6.0, (slow, third), 2e5, false);
        lines.at_least(7.0, (slow, third), 1e4, false);
        assert_eq!(lines.of(slow).up, Some(2e5));
        lines.at_least(8.0, (slow, third), 5e6, false);
        assert_eq!(lines.of(slow).up, Some(5e6));
    }

    #[test]
    fn nonsense_and_pages_that_are_gone_say_nothing() {
        let mut lines = Lines::default();
        for rate in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            lines.measured(0.0, (DeviceId(0), DeviceId(1)), rate, false);
        }
        assert_eq!((lines.common(), lines.of(DeviceId(0))), (None, Line::default()));
        lines.measured(0.0, (DeviceId(0), DeviceId(1)), 5.0, false);
        assert_eq!(lines.counts(|_| 0.0).get(&DeviceId(1)), Some(&[0, 1]));
        assert!(lines.counts(|_| 1.0).is_empty());
        lines.forget(DeviceId(1));
        assert_eq!(lines.of(DeviceId(0)), Line::default());
    }
}
