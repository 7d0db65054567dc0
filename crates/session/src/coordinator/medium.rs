//! Whether all pages share one medium, as those of one Wi-Fi do. Pure.
//!
//! Links that have nothing in common are measured one after another, each alone, and then all at once. On lines of
//! their own each carries again what it carried alone; on one medium each gets a part, and all together get what one had,
//! or up to a half, a third and so on of that more where one is done before the next, so that each has fewer beside it.
//! Measurements scatter, so what is not clear is measured up to [`TRIALS`] times, and the trial in the middle counts.

use super::lines::Way;
use convoy_plan::DeviceId;
use std::collections::{BTreeMap, BTreeSet};

/// Links of a company, at most: more would be no clearer.
pub(super) const COMPANY: usize = 4;
/// How often a company is measured together at most.
const TRIALS: usize = 3;
/// The factor by which a trial is clear.
const CLEAR: f64 = 1.15;
/// How often a company is tried that cannot be measured.
const TRIES: usize = 2;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This link is to be measured, and no other meanwhile.
    Alone(Way),
    /// These are to be measured at once.
    Together(Vec<Way>),
    /// It is known, or cannot be.
    Done,
}

/// Links that have nothing in common: a line of one is not a line of another in the same direction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Company {
    pub(super) ways: Vec<Way>,
}

impl Company {
    /// How many pairs of pages it has: the two directions of one pair are the weakest company, as what confirms the
    /// one goes the way of the other.
    fn strength(&self) -> usize {
        let opposite = matches!(self.ways.as_slice(), [a, b] if (a.0, a.1) == (b.1, b.0));
        if opposite { 1 } else { self.ways.len() }
    }
}

/// A company that is being measured.
#[derive(Debug, Default)]
struct Test {
    company: Company,
    alone: BTreeMap<Way, f64>,
    together: BTreeMap<Way, f64>,
    /// Whether the company is measured at once, now.
    at_once: bool,
    /// Of each trial how many links' worth the company carried, over what is between one and all of them.
    trials: Vec<f64>,
    /// The links that were to be measured.
    given: Vec<Way>,
}

/// What is known of the medium.
#[derive(Debug, Default)]
pub(super) struct Medium {
    shared: Option<bool>,
    /// Of which strength the company was that showed it, or could not.
    strength: usize,
    tries: usize,
    test: Option<Test>,
    /// The links that were measured alone when it became known.
    alone: BTreeSet<Way>,
    /// What the newest plan was made with.
    planned: Option<bool>,
}

impl Medium {
    /// Whether pages share a medium; where nobody knows they do not.
    pub(super) fn is_shared(&self) -> bool {
        self.shared == Some(true)
    }

    /// The same; `None` where nobody knows.
    pub(super) const fn known(&self) -> Option<bool> {
        self.shared
    }

    /// A plan is made with what is known.
    pub(super) const fn plan_with(&mut self) {
        self.planned = self.shared;
    }

    /// Whether more is known now than the newest plan was made with.
    pub(super) fn differs(&self) -> bool {
        self.planned.unwrap_or_default() != self.is_shared()
    }

    /// Whether a company would show more than is known.
    pub(super) fn wants(&self, company: &Company) -> bool {
        let strength = company.strength();
        let open = if self.strength == 0 { strength > 0 } else { strength >= 2 * self.strength };
        company.ways.len() > 1 && (open || self.test.is_some())
    }

    /// A page is gone: what was under way with it says nothing.
    pub(super) fn forget(&mut self, device: DeviceId) {
        let has = |test: &mut Test| {
            test.company.ways.iter().any(|way| way.0 == device || way.1 == device)
        };
        self.test.take_if(has);
    }

    /// What was under way is not gone on with.
    pub(super) fn stop(&mut self) {
        self.test = None;
    }

    /// Whether a link was measured alone when the medium became known.
    pub(super) fn was_alone(&self, way: Way) -> bool {
        self.alone.contains(&way)
    }

    /// So few are left that it is not known any more.
    pub(super) fn begin(&mut self) {
        *self = Self { planned: self.planned, ..Self::default() };
    }

    /// Whether what this link carries is asked for here, and whether beside others.
    pub(super) fn asks(&self, way: Way) -> Option<bool> {
        let test = self.test.as_ref().filter(|test| test.given.contains(&way))?;
        Some(test.at_once)
    }

    /// A link carries so many bytes a second.
    pub(super) fn found(&mut self, way: Way, rate: f64) {
        if let Some(test) = &mut self.test
            && rate.is_finite()
            && rate > 0.0
        {
            let found = if test.at_once { &mut test.together } else { &mut test.alone };
            found.insert(way, rate);
        }
    }

    /// What to measure next of this company, where nothing is being measured. A stronger company takes the place
    /// of a weaker one.
    pub(super) fn next(&mut self, company: Company) -> Next {
        let test = self.test.get_or_insert_default();
        if company.strength() > test.company.strength() {
            test.company = company;
            (test.together, test.trials) = (BTreeMap::new(), Vec::new());
            test.given.clear();
        }
        let found = if test.at_once { &test.together } else { &test.alone };
        if !test.given.iter().all(|way| found.contains_key(way)) {
            return self.in_vain();
        }
        if test.at_once && !test.given.is_empty() {
            let parts = test.given.iter().map(|way| test.together[way] / test.alone[way]);
            test.trials.push(parts.sum::<f64>() / between(test.given.len()));
            test.together.clear();
            if let Some(shared) = verdict(&test.trials) {
                self.strength = test.company.strength();
                self.alone = test.alone.keys().copied().collect();
                (self.shared, self.tries, self.test) = (Some(shared), 0, None);
                return Next::Done;
            }
        }
        let open = test.company.ways.iter().find(|way| !test.alone.contains_key(way)).copied();
        test.at_once = open.is_none();
        test.given = open.map_or_else(|| test.company.ways.clone(), |way| vec![way]);
        open.map_or_else(|| Next::Together(test.given.clone()), Next::Alone)
    }

    /// A link had its turn and was not measured: the company is tried anew, or given up.
    fn in_vain(&mut self) -> Next {
        self.tries += 1;
        if let Some(test) = self.test.take()
            && self.tries >= TRIES
        {
            (self.strength, self.tries) = (test.company.strength(), 0);
        }
        Next::Done
    }
}

/// How many links' worth so many that share a medium never carry, and on lines of their own always: the geometric mean of
/// what they carry at most where one after another is done, and of all.
fn between(links: usize) -> f64 {
    let harmonic: f64 = (1..=links).map(|link| 1.0 / link as f64).sum();
    (harmonic * links as f64).sqrt()
}

/// Whether these trials show one medium, once they are clear or enough: each lies below 1 where they do.
fn verdict(trials: &[f64]) -> Option<bool> {
    let mut sorted = trials.to_vec();
    sorted.sort_by(f64::total_cmp);
    let clear = |trial: f64| !(1.0 / CLEAR..CLEAR).contains(&trial);
    match sorted.as_slice() {
        [one] => clear(*one).then_some(*one < 1.0),
        all if all.len() < TRIALS => None,
        all => Some(all[all.len() / 2] < 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: u32, to: u32) -> Way {
        (DeviceId(from), DeviceId(to))
    }

    fn pairs(count: u32) -> Company {
        Company { ways: (0..count).map(|pair| way(2 * pair, 2 * pair + 1)).collect() }
    }

    fn opposite() -> Company {
        Company { ways: vec![way(0, 1), way(1, 0)] }
    }

    /// Measures a company where `rate` says what each of so many links carries; how often one was.
    fn play(medium: &mut Medium, company: &Company, mut rate: impl FnMut(usize) -> f64) -> usize {
        let mut turns = 0;
        while medium.wants(company) {
            turns += 1;
            match medium.next(company.clone()) {
                Next::Alone(way) => {
                    assert_eq!(medium.asks(way), Some(false));
                    medium.found(way, rate(1));
                }
                Next::Together(ways) => {
                    for way in &ways {
                        assert_eq!(medium.asks(*way), Some(true));
                        medium.found(*way, rate(ways.len()));
                    }
                }
                Next::Done => break,
            }
        }
        turns
    }

    #[test]
    fn lines_are_told_from_a_medium_though_measurements_scatter() {
        let mut seed = 7_u32;
        let mut scatter = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            0.8 + 0.4 * f64::from(seed >> 8) / f64::from(1 << 24)
        };
        let companies = [opposite(), pairs(2), pairs(3), pairs(4)];
        let mut wrong = 0;
        for (number, company) in companies.iter().cycle().take(400).enumerate() {
            for shared in [false, true] {
                let (mut medium, mut place, even) = (Medium::default(), 0, number % 8 < 4);
                let rate = |links: usize| {
                    // Half of the time they share evenly, else one after another is done.
                    place = place % links + 1;
                    let beside = if even { links } else { place };
                    6e6 / if shared { beside as f64 } else { 1.0 } * scatter()
                };
                let turns = play(&mut medium, company, rate);
                assert!(medium.known().is_some());
                let is_wrong = medium.known() != Some(shared);
                assert!(!is_wrong || company.ways.len() == 2, "{company:?}");
                wrong += usize::from(is_wrong);
                assert!(turns <= company.ways.len() + TRIALS + 1, "{turns}");
            }
        }
        // Of two links that scatter by a fifth nobody can be quite sure.
        assert!(wrong <= 40, "{wrong} of 800");
    }

    #[test]
    fn unequal_lines_are_no_medium() {
        let mut medium = Medium::default();
        let company = pairs(3);
        for turn in 0.. {
            match medium.next(company.clone()) {
                Next::Alone(way) => medium.found(way, f64::from(1 + way.0.0) * 1e6),
                Next::Together(ways) => {
                    ways.iter().for_each(|way| medium.found(*way, f64::from(1 + way.0.0) * 1e6));
                }
                Next::Done => break,
            }
            assert!(turn < 9);
        }
        assert_eq!(medium.known(), Some(false));
    }

    #[test]
    fn it_is_asked_again_where_twice_as_many_show_it() {
        let mut medium = Medium::default();
        assert!(!medium.wants(&Company::default()));
        play(&mut medium, &opposite(), |_| 1e6);
        assert_eq!(medium.known(), Some(false));
        assert!(!medium.wants(&opposite()));
        play(&mut medium, &pairs(2), |links| 1e6 / links as f64);
        assert_eq!(medium.known(), Some(true));
        assert!(medium.differs());
        medium.plan_with();
        assert!(!medium.differs());
        assert!(!medium.wants(&pairs(3)));
        assert!(medium.wants(&pairs(4)));
        medium.begin();
        assert_eq!((medium.known(), medium.differs()), (None, true));
    }

    #[test]
    fn a_link_that_is_never_measured_is_given_up() {
        let mut medium = Medium::default();
        let mut turns = 0;
        while medium.wants(&pairs(2)) {
            medium.next(pairs(2));
            turns += 1;
            assert!(turns < 9);
        }
        assert_eq!(medium.known(), None);
        // A page that leaves takes what was under way with it.
        assert!(medium.wants(&pairs(4)));
        assert!(matches!(medium.next(pairs(4)), Next::Alone(_)));
        medium.forget(DeviceId(5));
        assert_eq!(medium.asks(way(0, 1)), None);
    }

    #[test]
    fn a_stronger_company_takes_over_and_what_was_measured_alone_stays() {
        let mut medium = Medium::default();
        assert_eq!(medium.next(opposite()), Next::Alone(way(0, 1)));
        medium.found(way(0, 1), 1e6);
        assert_eq!(medium.next(pairs(2)), Next::Alone(way(2, 3)));
        medium.found(way(2, 3), 1e6);
        assert_eq!(medium.next(pairs(2)), Next::Together(pairs(2).ways));
    }
}
