//! Links are measured in turn: a page measures one at a time, in one direction, so that no measurement takes
//! another's part of a line. Pairs that share no page measure at the same time, where pages do not share a medium
//! ([`super::medium`]), which is found out first.
//!
//! A link that stands waits for its turn in both directions; those of whose pages least is known come
//! first. [`ENOUGH`] links from and to each page are measured before it is planned for, which a plan waits
//! [`PATIENCE`] seconds for at most; the others when no picture is under way. A page that is hidden or silent is
//! not measured, as its times would be those of its timers.

use super::Coordinator;
use super::lines::Way;
use super::member::{Member, Stand};
use convoy_plan::DeviceId;
use convoy_wire::{LinkReport, ToDevice};
use std::collections::{BTreeMap, BTreeSet};

/// So many links from each page, and to it, tell how fast its line is: of three one is to a page that is not
/// slower, as a rule.
const ENOUGH: usize = 3;
/// The same where all share a medium: no line is faster than that.
const ENOUGH_SHARED: usize = 1;
/// Seconds that a plan waits at most for a page's links to be measured, once they stand.
const PATIENCE: f64 = 5.0;
/// Seconds after which a turn is over, whatever the page says: it is to end within 2.
const TURN: f64 = 3.0;
/// How often a link is tried that cannot be measured.
const TRIES: u32 = 2;

/// Which links are to be measured, and which are being.
#[derive(Debug, Default)]
pub(super) struct Measuring {
    /// Links that wait for a turn, and how often they had one in vain.
    waiting: BTreeMap<Way, u32>,
    /// Links that have one: since when, and how often they had one in vain.
    turns: BTreeMap<Way, (f64, u32)>,
    /// Since when all links of a page stand.
    linked: BTreeMap<DeviceId, f64>,
    /// Whether turns may have become possible.
    due: bool,
}

impl Measuring {
    /// Links that wait for their turn or have it.
    fn unmeasured(&self) -> impl Iterator<Item = &Way> {
        self.waiting.keys().chain(self.turns.keys())
    }

    /// It is time to look who can measure.
    pub(super) const fn look(&mut self) {
        self.due = true;
    }

    /// A link waits for a turn.
    pub(super) fn wait(&mut self, way: Way) {
        self.waiting.insert(way, 0);
        self.due = true;
    }

    /// Whether a link has its turn.
    pub(super) fn has_turn(&self, way: Way) -> bool {
        self.turns.contains_key(&way)
    }

    /// Whether any link has.
    pub(super) fn is_measuring(&self) -> bool {
        !self.turns.is_empty()
    }

    /// A page is gone.
    pub(super) fn forget(&mut self, device: DeviceId) {
        let others = |way: &Way| way.0 != device && way.1 != device;
        self.waiting.retain(|way, _| others(way));
        self.turns.retain(|way, _| others(way));
        self.linked.remove(&device);
        self.due = true;
    }

    /// A link's turn is over, where it had one: it waits for another if that was in vain.
    fn ends(&mut self, way: Way, measured: bool) {
        let Some((_, tries)) = self.turns.remove(&way) else { return };
        self.due = true;
        if !measured && tries + 1 < TRIES {
            self.waiting.insert(way, tries + 1);
        }
    }
}

impl Coordinator {
    /// A page says something of one of its links. With `asked` it says so because the link is new, goes
    /// another way or was measured; else it repeats what it knows.
    pub(super) fn line_told(&mut self, now: f64, from: DeviceId, link: &LinkReport, asked: bool) {
        let way = (from, link.peer);
        let known = self.members.get(&from).and_then(|member| member.links.get(&link.peer));
        let known = known.map(|known| known.via);
        let other_way = known.is_some_and(|via| via != link.via);
        if other_way {
            self.lines.forget_way(way);
        }
        if let Some(rate) = link.bandwidth
            && (asked || !self.lines.knows(way))
        {
            let test = self.medium.asks(way).filter(|_| asked);
            if test.is_some() {
                self.medium.found(way, rate);
            }
            if asked && self.looks.turn() == Some(way) {
                self.look_found(way, rate);
            } else if test != Some(true) {
                // It may have carried other things at the same time.
                let within = self.share_a_machine(way);
                self.lines.at_least(now, way, rate, within);
            }
        }
        let new = known.is_none() || other_way;
        if asked {
            self.measuring.ends(way, link.bandwidth.is_some() || other_way);
        }
        if new && link.bandwidth.is_none() {
            self.measuring.wait(way);
        }
    }

    pub(super) fn share_a_machine(&self, (a, b): Way) -> bool {
        let machine = |id| self.members.get(&id).map(|member| &member.machine);
        machine(a) == machine(b)
    }

    /// Whether a link can be measured: both pages can be counted on, are in sight, and have said that it
    /// stands.
    pub(super) fn can_measure(&self, now: f64, (from, to): Way) -> bool {
        self.may_measure(now, from)
            && self.may_measure(now, to)
            && self.members.get(&to).is_some_and(|member| member.links.contains_key(&from))
    }

    pub(super) fn may_measure(&self, now: f64, page: DeviceId) -> bool {
        self.members.get(&page).is_some_and(|member: &Member| {
            let sound = member.problem.is_none() && member.hearing.is_sound(now);
            sound && member.benchmark.is_some() && !member.stats.hidden
        })
    }

    /// Gives turns to links that can have one.
    pub(super) fn measure_lines(&mut self, now: f64) {
        let late = self.measuring.turns.iter().filter(|(_, (since, _))| now - *since > TURN);
        let late: Vec<Way> = late.map(|(way, _)| *way).collect();
        for way in late {
            self.measuring.ends(way, false);
        }
        if !std::mem::take(&mut self.measuring.due) {
            return;
        }
        self.note_linked(now);
        if self.test_medium(now) {
            return;
        }
        let differs = self.lines.differ() || self.medium.differs();
        if self.measuring.turns.is_empty() && self.planning.running && differs {
            self.drifts.news = true;
        }
        let mut next: Vec<(usize, Way)> = Vec::new();
        // A look measures one link at a time.
        if !self.measuring.waiting.is_empty() && !self.looks.holds() {
            let rests = self.rests();
            let known = self.known();
            for way in self.measuring.waiting.keys() {
                let (urgent, count) = self.rank(&known, *way);
                if (urgent || rests) && self.can_measure(now, *way) {
                    next.push((count, *way));
                }
            }
        }
        next.sort_unstable();
        let turns = self.measuring.turns.keys();
        let mut busy: BTreeSet<DeviceId> = turns.flat_map(|(from, to)| [*from, *to]).collect();
        for (_, (from, to)) in next {
            if self.medium.is_shared() && !busy.is_empty() {
                break;
            }
            if !busy.contains(&from) && !busy.contains(&to) {
                busy.extend([from, to]);
                let tries = self.measuring.waiting.remove(&(from, to)).unwrap_or_default();
                self.measuring.turns.insert((from, to), (now, tries));
                self.send(from, ToDevice::Measure { peer: to });
            }
        }
    }

    /// Gives a turn to a link that need not wait for one: once, and where that is in vain no other unless it
    /// waited.
    pub(super) fn give_turn(&mut self, now: f64, way: Way) {
        let tries = self.measuring.waiting.remove(&way).unwrap_or(TRIES);
        self.measuring.turns.insert(way, (now, tries));
        self.send(way.0, ToDevice::Measure { peer: way.1 });
    }

    /// How many links from each page, and to it, were measured.
    fn known(&self) -> BTreeMap<DeviceId, [usize; 2]> {
        self.lines.counts(|_| f64::NEG_INFINITY)
    }

    /// Whether nothing is under way that a measurement would disturb.
    fn rests(&self) -> bool {
        let loads = |member: &Member| matches!(member.stand, Stand::Loading { .. });
        self.planning.running
            && !self.planning.is_changing()
            && self.frames.in_flight() + self.frames.waiting() == 0
            && !self.members.values().any(loads)
    }

    /// Remembers since when the links of each page stand.
    fn note_linked(&mut self, now: f64) {
        let fresh = |(id, member): (&DeviceId, &Member)| {
            let new = member.benchmark.is_some() && !self.measuring.linked.contains_key(id);
            (new && self.is_linked(now, *id, member)).then_some((*id, now))
        };
        let linked: Vec<(DeviceId, f64)> = self.members.iter().filter_map(fresh).collect();
        self.measuring.linked.extend(linked);
    }

    /// Whether enough is known of a page's line, or as much as there will be. A page that works already is
    /// not waited for.
    pub(super) fn is_lined(&self, now: f64, id: DeviceId) -> bool {
        let since = self.measuring.linked.get(&id);
        if self.planning.devices.contains(&id) || since.is_some_and(|since| now - since > PATIENCE)
        {
            return true;
        }
        let own = |way: &&Way| way.0 == id || way.1 == id;
        let mut own = self.measuring.unmeasured().filter(own).peekable();
        if own.peek().is_none() {
            return true;
        }
        let known = self.known();
        !own.any(|way| {
            let counts = self.may_measure(now, way.0) && self.may_measure(now, way.1);
            counts && self.rank(&known, *way).0
        })
    }

    /// Whether too little is known of one of the two lines of a link, and how much is known.
    fn rank(&self, known: &BTreeMap<DeviceId, [usize; 2]>, (from, to): Way) -> (bool, usize) {
        let enough = if self.medium.is_shared() { ENOUGH_SHARED } else { ENOUGH };
        let of = |page, at: usize| known.get(&page).map_or(0, |counts| counts[at]);
        let (up, down) = (of(from, 0), of(to, 1));
        (up < enough || down < enough, up + down)
    }
}
