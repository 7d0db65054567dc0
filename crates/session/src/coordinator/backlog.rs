//! Suspicion: bytes that wait longer on a link than its lines explain.
//!
//! A page tells twice a second for how long bytes have waited to leave for each peer, and how many have come from
//! each. While bytes wait on a link its sender's line up is full, or its receiver's line down, now the one and now
//! the other: so the time that all bytes up the one line take and all bytes down the other, by what the lines were
//! measured to carry, is no less than the time for which bytes waited. The link's own bytes are on both lines
//! at once and count once. Where it is clearly less, and the link is not as fast as it was measured itself,
//! something is slower than it was. What computes slowly makes nothing wait; several links of one page that
//! share its line fill it together.
//!
//! Where all pages share a medium ([`super::medium`]) it is full with whatever any of them sends, and that alone explains
//! what waits.
//!
//! That is no proof: other things than the plan's use lines too, and pages on one medium take it from each other.
//! It is a reason to look ([`super::looking`]), and what a look has found sound is suspected again only
//! where it falls clearly below what it had then.

use super::Coordinator;
use super::lines::Way;
use super::member::Stand;
use convoy_plan::DeviceId;
use std::collections::{BTreeMap, VecDeque};

/// Less than such a part of what was measured is suspicious.
const SHARE: f64 = 0.6;
/// Seconds that bytes must have waited, out of the last so many.
const WAITED: f64 = 2.0;
const WINDOW: f64 = 10.0;
/// In so many reports at least.
const REPORTS: usize = 4;
/// Seconds between two reports of a page that stood still in the meantime, or could not be heard.
const GAP: f64 = 1.5;

/// What passed between two reports.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    seconds: f64,
    /// Seconds for which bytes waited.
    waited: f64,
    /// Bytes that came by the link, of all that its sender has sent, and of all that its receiver has received.
    bytes: [f64; 3],
}

/// A link, as told by its sender.
#[derive(Debug, Default)]
struct Backlog {
    /// The last report: when, and the sums by then.
    last: Option<(f64, f64, [u64; 3])>,
    /// Newest last.
    spans: VecDeque<Span>,
    /// Which part of what was measured it had when it was looked at and found sound.
    sound_at: Option<f64>,
}

impl Backlog {
    /// Takes in the sums by now; with `counts` the time since the last report says something.
    fn told(&mut self, now: f64, waited: f64, bytes: [u64; 3], counts: bool) {
        let last = self.last.replace((now, waited, bytes));
        let Some((then, waited_then, bytes_then)) = last else { return };
        let seconds = now - then;
        if !counts || seconds > GAP {
            self.spans.clear();
            return;
        }
        let mut grown = [0.0; 3];
        for (grown, (now, then)) in grown.iter_mut().zip(bytes.iter().zip(bytes_then)) {
            *grown = now.saturating_sub(then) as f64;
        }
        // A page's clock may go as it likes.
        let waited = (waited - waited_then).clamp(0.0, seconds.max(0.0));
        self.spans.push_back(Span { seconds, waited, bytes: grown });
        let mut all: f64 = self.spans.iter().map(|span| span.seconds).sum();
        while let Some(oldest) = self.spans.pop_front_if(|oldest| all - oldest.seconds > WINDOW) {
            all -= oldest.seconds;
        }
    }

    /// The least of the newest reports in which enough waited: for how long bytes did, and what passed meanwhile, as
    /// [`Span`] has it; `None` where too little waited, as on nearly all links.
    fn waited(&self) -> Option<(f64, [f64; 3])> {
        let (mut waited, mut bytes, mut reports) = (0.0, [0.0; 3], 0);
        for span in self.spans.iter().rev() {
            waited += span.waited;
            reports += usize::from(span.waited > 0.0);
            for (sum, bytes) in bytes.iter_mut().zip(span.bytes) {
                *sum += bytes;
            }
            if waited >= WAITED && reports >= REPORTS {
                return Some((waited, bytes));
            }
        }
        None
    }

    /// Which part of the time for which bytes waited is explained by its rates, where that is suspicious. `rates`
    /// are bytes a second of the link, its line up, its line down, and asked for only where something waited: they are
    /// looked for among all links of the room.
    fn suspicion(&self, rates: impl FnOnce() -> Option<[f64; 3]>) -> Option<f64> {
        let (waited, [own, sent, received]) = self.waited()?;
        let [link, up, down] = rates()?;
        let lines = sent / up + received / down - own / up.max(down);
        let part = lines.max(own / link) / waited;
        (part < SHARE * self.sound_at.unwrap_or(1.0).min(1.0)).then_some(part)
    }
}

/// Looks that have found lines sound after which they are not to blame for a plan that is slow: pages whose
/// processors are full take bytes late, too.
const CLEARED: usize = 2;

/// All links, and how many looks have found one sound since the plan began.
#[derive(Debug, Default)]
pub(super) struct Backlogs {
    links: BTreeMap<Way, Backlog>,
    sound: usize,
}

impl Backlogs {
    /// Another plan runs, or lines were found to be others: nothing is known yet.
    pub(super) fn begin(&mut self) {
        self.sound = 0;
        self.links.values_mut().for_each(|backlog| {
            backlog.spans.clear();
            backlog.sound_at = None;
        });
    }

    /// A link was looked at and found sound while it had such a part of what was measured.
    pub(super) fn found_sound(&mut self, way: Way, part: f64) {
        self.sound += 1;
        self.links.values_mut().for_each(|backlog| backlog.spans.clear());
        if let Some(backlog) = self.links.get_mut(&way) {
            backlog.sound_at = Some(part);
        }
    }

    /// A page is gone.
    pub(super) fn forget(&mut self, device: DeviceId) {
        self.links.retain(|way, _| way.0 != device && way.1 != device);
    }
}

impl Coordinator {
    /// A page has told of its links, in which nothing has changed where it says nothing.
    pub(super) fn weigh_backlogs(&mut self, now: f64, from: DeviceId) {
        let Some(member) = self.members.get(&from) else { return };
        let waited: Vec<(DeviceId, f64)> =
            member.links.values().map(|link| (link.peer, link.waited)).collect();
        let sent = self.sent_by(from);
        let steady = self.is_steady() && self.may_measure(now, from);
        let medium = self.medium.is_shared().then(|| self.carried());
        for (to, waited) in waited {
            let way = (from, to);
            let counts = steady && self.may_measure(now, to) && !self.share_a_machine(way);
            let own = self.came(way);
            // A medium is one line for all: what goes down it has gone up it.
            let bytes = medium
                .map_or_else(|| [own, sent, self.received_by(to)], |carried| [own, carried, own]);
            self.backlogs.links.entry(way).or_default().told(now, waited, bytes, counts);
        }
    }

    /// The link that is the most suspicious, and which part it has of what was measured.
    pub(super) fn suspect(&self) -> Option<(Way, f64)> {
        let suspicions = self.backlogs.links.iter().filter_map(|(way, backlog)| {
            let (lines, (from, to)) = (&self.lines, *way);
            let rates = || Some([lines.expected(*way)?, lines.of(from).up?, lines.of(to).down?]);
            Some((*way, backlog.suspicion(rates)?))
        });
        suspicions.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Whether lines may be why a plan is slower than forecast: something waits on one, and looks have not found them
    /// sound.
    pub(super) fn blames_lines(&self) -> bool {
        self.backlogs.sound < CLEARED && self.suspect().is_some()
    }

    /// Whether one plan runs and nothing but its pictures is under way.
    pub(super) fn is_steady(&self) -> bool {
        let loads = self.members.values().any(|it| matches!(it.stand, Stand::Loading { .. }));
        self.planning.running && !self.planning.is_changing() && !self.adapting.drains() && !loads
    }

    /// Bytes that have come by a link, as its receiver counts.
    fn came(&self, (from, to): Way) -> u64 {
        let link = self.members.get(&to).and_then(|member| member.links.get(&from));
        link.map_or(0, |link| link.received)
    }

    /// All that has come from a page to others of other machines.
    fn sent_by(&self, from: DeviceId) -> u64 {
        let others = self.members.keys().filter(|to| !self.share_a_machine((from, **to)));
        others.fold(0, |sum, to| sum.saturating_add(self.came((from, *to))))
    }

    /// All that has come to a page from others of other machines.
    fn received_by(&self, to: DeviceId) -> u64 {
        let others = self.members.keys().filter(|from| !self.share_a_machine((**from, to)));
        others.fold(0, |sum, from| sum.saturating_add(self.came((*from, to))))
    }

    /// All that has come from any page to any other.
    pub(super) fn carried(&self) -> u64 {
        self.members.keys().fold(0, |sum, to| sum.saturating_add(self.received_by(*to)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [f64; 3] = [1e6; 3];

    /// A link on which bytes wait for such a part of the time while so many bytes a second pass.
    fn told(seconds: f64, waits: f64, rates: [f64; 3]) -> Backlog {
        let mut backlog = Backlog::default();
        for step in 0..=(2.0 * seconds) as u32 {
            let now = 0.5 * f64::from(step);
            let bytes = rates.map(|rate| (rate * now) as u64);
            backlog.told(now, waits * now, bytes, true);
        }
        backlog
    }

    #[test]
    fn a_full_link_that_carries_a_tenth_is_suspected_after_two_seconds_and_not_before() {
        assert_eq!(told(1.5, 1.0, [1e5; 3]).suspicion(|| Some(RATES)), None);
        let part = told(2.0, 1.0, [1e5; 3]).suspicion(|| Some(RATES)).unwrap();
        assert!((part - 0.1).abs() < 1e-6, "{part}");
    }

    #[test]
    fn a_link_is_not_suspected_where_it_or_one_of_its_lines_is_full() {
        for full in 0..3 {
            let mut rates = [1e5; 3];
            rates[full] = 0.7e6;
            assert_eq!(told(9.0, 1.0, rates).suspicion(|| Some(RATES)), None, "{full}");
        }
        assert_eq!(told(9.0, 1.0, [0.7e6; 3]).suspicion(|| Some(RATES)), None);
    }

    #[test]
    fn two_lines_that_are_full_by_turns_are_not_suspected() {
        // A third of the time its own bytes, a third others up the one line, a third down the other.
        assert_eq!(told(9.0, 1.0, [3e5, 6e5, 6e5]).suspicion(|| Some(RATES)), None);
    }

    #[test]
    fn bytes_that_hardly_wait_say_nothing_and_those_that_wait_half_of_the_time_do() {
        assert_eq!(told(60.0, 0.15, [1e4; 3]).suspicion(|| Some(RATES)), None);
        assert!(told(9.0, 0.5, [5e4; 3]).suspicion(|| Some(RATES)).is_some());
        assert_eq!(
            told(9.0, 0.5, [4e5; 3]).suspicion(|| Some(RATES)),
            None,
            "0.8 of it while they waited"
        );
    }

    #[test]
    fn a_page_that_stood_still_and_what_was_before_a_plan_say_nothing() {
        let mut backlog = told(1.5, 1.0, [1e5; 3]);
        backlog.told(4.5, 4.5, [450_000; 3], true);
        assert_eq!(backlog.suspicion(|| Some(RATES)), None);
        let mut backlogs = Backlogs::default();
        let way = (DeviceId(1), DeviceId(2));
        backlogs.links.insert(way, told(9.0, 1.0, [1e5; 3]));
        backlogs.begin();
        assert_eq!(backlogs.links[&way].suspicion(|| Some(RATES)), None);
    }

    #[test]
    fn what_was_found_sound_is_suspected_again_where_it_falls_clearly_below_that() {
        for (rate, again) in [(4e5, false), (2.5e5, false), (2.3e5, true)] {
            let mut backlog = told(5.0, 1.0, [rate; 3]);
            backlog.sound_at = Some(0.4);
            assert_eq!(backlog.suspicion(|| Some(RATES)).is_some(), again, "{rate}");
        }
    }

    #[test]
    fn looks_clear_lines_until_another_plan_runs() {
        let mut backlogs = Backlogs::default();
        let way = (DeviceId(1), DeviceId(2));
        for sound in 1..=CLEARED {
            backlogs.found_sound(way, 0.3);
            assert_eq!(backlogs.sound, sound);
        }
        backlogs.begin();
        assert_eq!(backlogs.sound, 0);
    }

    #[test]
    fn whatever_a_page_tells_its_waiting_is_no_longer_than_the_time() {
        let mut backlog = Backlog::default();
        for step in 0..8 {
            let now = 0.5 * f64::from(step);
            let waited = if step % 2 == 0 { 1e14 } else { 0.0 };
            backlog.told(now, waited, [u64::MAX, 0, u64::MAX - step as u64], true);
            backlog.told(now, waited, [0; 3], true);
        }
        let waited: f64 = backlog.spans.iter().map(|span| span.waited).sum();
        assert!(waited <= 3.5, "{waited}");
    }
}
