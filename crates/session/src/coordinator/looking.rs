//! From suspicion to evidence: where answers take longer than forecast, the links of the plan's pages are
//! measured again, in turn, as when they were new ([`super::measuring`]).
//!
//! Meanwhile no picture is handed out, so that nothing shares the lines: those under way have some seconds to
//! be answered, then measuring takes [`MEASURING`] at most. What is found takes the place of what was known.
//! Lines that are clearly others ask for a plan, as slow devices do. Where they are as they were the
//! forecast is wrong: what was seen of the plan is remembered in its place, so that another one of the front
//! may take over ([`convoy_plan::Chooser::saw`]).
//!
//! Looks that explain nothing follow each other less and less often; what is seen meanwhile is remembered
//! without one. A line that is known to have become slow is measured again after a minute, then after two and so
//! on up to ten: at once where the room rests or the page has no part in the plan, else only when it is
//! overdue as much again. Other lines are not measured without a reason: that would disturb who works.

use super::Coordinator;
use super::lines::{CLEAR, Line, Way};
use convoy_plan::{DeviceId, Seen};
use convoy_wire::Epoch;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds that frames under way have to be answered before lines are measured: so many latencies, between
/// these.
const DRAINED: (f64, [f64; 2]) = (3.0, [1.0, 10.0]);
/// Seconds that measuring may take.
const MEASURING: f64 = 5.0;
/// Seconds between two looks of which the first found nothing, and at most.
const HELD: [f64; 2] = [10.0, 300.0];
/// Seconds without a look after which the next one is the first again.
const FORGOTTEN: f64 = 600.0;
/// Seconds after which a line that has become slow is measured again, and at most.
const AGAIN: [f64; 2] = [60.0, 600.0];

/// Lines that are being measured again.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) pages: BTreeSet<DeviceId>,
    /// As their lines were taken before.
    before: Vec<(DeviceId, Line)>,
    /// Under which plan.
    epoch: Epoch,
    /// Whether no pictures are handed out meanwhile.
    pauses: bool,
    /// When measuring begins at the latest.
    drained_by: f64,
    /// When it has begun.
    pub(super) since: Option<f64>,
}

/// A line that has become slow: how it was, and when it is measured again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slowed {
    pub(super) was: Line,
    again_at: f64,
    count: i32,
}

/// Looks at lines.
#[derive(Debug)]
pub(super) struct Looks {
    pub(super) look: Option<Look>,
    held_until: f64,
    last: f64,
    count: i32,
    pub(super) slowed: BTreeMap<DeviceId, Slowed>,
}

impl Default for Looks {
    fn default() -> Self {
        let (held_until, last) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        Self { look: None, held_until, last, count: 0, slowed: BTreeMap::new() }
    }
}

/// The `count`th of intervals that double, from the first to the longest.
fn doubled([first, most]: [f64; 2], count: i32) -> f64 {
    (first * 2_f64.powi(count.min(16))).min(most)
}

impl Coordinator {
    /// Whether lines are being looked at.
    pub(super) const fn is_looking(&self) -> bool {
        self.looks.look.is_some()
    }

    /// Whether no pictures are handed out for that.
    pub(super) fn is_paused(&self) -> bool {
        self.looks.look.as_ref().is_some_and(|look| look.pauses)
    }

    /// Another value is believed of how long the plan takes than before.
    pub(super) fn doubted(&mut self, now: f64, before: Seen) {
        let seen = self.doubts.seen();
        let slower = seen.period > before.period || seen.latency > before.latency;
        if slower && now >= self.looks.held_until && self.drifts_rest() {
            let current = self.planning.current.as_ref();
            let pages = current.map(|current| current.devices.clone()).unwrap_or_default();
            let latency = self.planning.plan().map_or(0.0, |plan| plan.predicted.latency);
            let (times, [least, most]) = DRAINED;
            self.begin_look(now, pages, Some((times * latency).clamp(least, most)));
        } else {
            self.remember_seen();
        }
    }

    /// Whether nothing is believed of devices that explains more than the forecast knows.
    const fn drifts_rest(&self) -> bool {
        !self.drifts.news
    }

    /// Measures the lines of these pages; with `drain` without pictures, after so many seconds at most.
    fn begin_look(&mut self, now: f64, pages: BTreeSet<DeviceId>, drain: Option<f64>) {
        if pages.len() < 2 {
            return self.remember_seen();
        }
        self.measured.counters.looks += 1;
        let epoch = self.doubts.epoch;
        let (pauses, drained_by) = (drain.is_some(), now + drain.unwrap_or(0.0));
        let before = pages.iter().map(|page| (*page, self.lines.of(*page))).collect();
        self.looks.look = Some(Look { pages, before, epoch, pauses, drained_by, since: None });
        self.showing.stale = true;
    }

    /// Goes on with a look, or begins one at a line that has been slow for long.
    pub(super) fn look_on(&mut self, now: f64) {
        let Some(look) = &mut self.looks.look else { return self.look_again(now) };
        let stands = self.planning.running
            && !self.planning.is_changing()
            && !self.adapting.drains()
            && look.epoch == self.doubts.epoch;
        let Some(since) = look.since else {
            if !stands {
                self.looks.look = None;
            } else if !look.pauses || self.frames.in_flight() == 0 || now >= look.drained_by {
                look.since = Some(now);
                let pages = look.pages.clone();
                self.measure_anew(&pages);
            }
            return;
        };
        if !stands || now - since > MEASURING || self.is_measured_anew(now) {
            self.end_look(now, since);
        }
    }

    /// What was measured takes the place of what was known, as far as it came.
    fn end_look(&mut self, now: f64, since: f64) {
        let Some(look) = self.looks.look.take() else { return };
        self.stop_measuring_anew();
        let counts = self.lines.counts(|_| since);
        let least = 2.min(look.pages.len() - 1);
        let mut changed = false;
        for (page, before) in look.before {
            if counts.get(&page).is_some_and(|counts| counts.iter().all(|count| *count >= least)) {
                self.lines.refresh(page, since);
                changed |= self.judge_line(now, page, before);
            }
        }
        if now - self.looks.last > FORGOTTEN {
            self.looks.count = 0;
        }
        self.looks.last = now;
        if changed {
            self.looks.count = 0;
            self.forecast_anew(now);
        } else {
            self.looks.held_until = now + doubled(HELD, self.looks.count);
            self.looks.count += 1;
            if look.pauses {
                self.remember_seen();
            }
        }
        self.drifts.news |= self.lines.differ();
        self.showing.stale = true;
    }

    /// Whether a page's line is clearly another than before; remembers what it was like.
    fn judge_line(&mut self, now: f64, page: DeviceId, before: Line) -> bool {
        let line = self.lines.of(page);
        let times = line.times(before);
        let slowed = self.looks.slowed.get(&page).copied();
        if times <= 1.0 / CLEAR {
            let was = slowed.map_or(before, |slowed| slowed.was);
            let slowed = Slowed { was, again_at: now + AGAIN[0], count: 1 };
            self.looks.slowed.insert(page, slowed);
        } else if let Some(Slowed { was, count, .. }) = slowed {
            if line.times(was) >= 1.0 / CLEAR {
                self.looks.slowed.remove(&page);
            } else {
                let again_at = now + doubled(AGAIN, count);
                self.looks.slowed.insert(page, Slowed { was, again_at, count: count + 1 });
            }
        }
        times <= 1.0 / CLEAR || times >= CLEAR
    }

    /// Looks at a line again that has been slow for long.
    fn look_again(&mut self, now: f64) {
        let Some(current) = self.planning.current.as_ref().filter(|_| self.planning.running) else {
            return;
        };
        if self.planning.is_changing() || self.looks.slowed.is_empty() {
            return;
        }
        let rests = self.rests();
        let due = |(page, slowed): (&DeviceId, &Slowed)| {
            let overdue = now - slowed.again_at >= doubled(AGAIN, slowed.count - 1);
            let free = rests || !current.heaviest.contains_key(page) || overdue;
            (now >= slowed.again_at && free && current.devices.contains(page)).then_some(*page)
        };
        let Some(page) = self.looks.slowed.iter().find_map(due) else { return };
        // With those who have the least to do.
        let works = |id: &DeviceId| (current.heaviest.contains_key(id), *id);
        let mut others: Vec<DeviceId> =
            current.devices.iter().copied().filter(|id| *id != page).collect();
        others.sort_by_key(works);
        let pages = others.into_iter().take(2).chain([page]).collect();
        self.begin_look(now, pages, None);
        if let Some(slowed) = self.looks.slowed.get_mut(&page) {
            slowed.again_at = now + doubled(AGAIN, slowed.count);
        }
    }

    /// Remembers of the running plan what was seen in place of its forecast.
    fn remember_seen(&mut self) {
        if let Some(current) = &self.planning.current {
            self.adapting.saw(current.chosen, self.doubts.seen());
        }
    }

    /// Links from one of these pages to another.
    pub(super) fn links_among(&self, pages: &BTreeSet<DeviceId>) -> Vec<Way> {
        let members = pages.iter().filter_map(|id| Some((*id, self.members.get(id)?)));
        let links = members.flat_map(|(id, member)| member.links.keys().map(move |to| (id, *to)));
        links.filter(|(_, to)| pages.contains(to)).collect()
    }
}
