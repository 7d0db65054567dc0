//! From suspicion to evidence: links of the two pages are measured again, one at a time in the whole room, as
//! [`super::look`] says, and only what is found so is believed.
//!
//! Meanwhile no picture is handed out, and no tile checked: what is under way has [`DRAINED`] seconds to be over, so that
//! nothing shares the lines, and then measuring has [`MEASURING`]. What goes on all the same is counted
//! and may be what is missing. Lines that are found slow ask for a plan, as slow devices do ([`super::speed`]). A
//! look follows the last one after 5 s, then 10 and so on, whatever was found: rooms on lines that come and
//! go are disturbed less and less.
//!
//! A slow line is measured again after [`AGAIN`] seconds, then twice as many and so on, while the room works: what a
//! link carries beside other things its lines carry at least.

use super::Coordinator;
use super::lines::{CLEAR, End, Line, Side, Way};
use super::look::{Look, Next, Verdict};
use convoy_plan::DeviceId;
use convoy_wire::Epoch;
use std::collections::BTreeMap;

/// Seconds that pictures under way have to be answered, before links are measured.
const DRAINED: f64 = 3.0;
/// Seconds after which no other link is measured.
const MEASURING: f64 = 6.0;
/// Seconds that a look takes at least where pictures are under way all the same: pages tell twice a second what
/// passes.
const TOLD: f64 = 1.25;
/// Pages that are measured with the suspected two, at most.
const WITNESSES: usize = 2;
/// Seconds between two looks: after the first, and at most.
const HELD: [f64; 2] = [5.0, 300.0];
/// Seconds without a look after which the next one is the first again.
const FORGOTTEN: f64 = 600.0;
/// Seconds after which a slow line is measured again, and at most.
const AGAIN: [f64; 2] = [10.0, 300.0];
/// A line that carries so much less than before it became slow is itself again.
const ITSELF: f64 = 1.25;

/// A look that is under way.
#[derive(Debug)]
struct Current {
    look: Look,
    /// Under which plan.
    epoch: Epoch,
    /// Which part the link had of what was measured.
    part: f64,
    /// When measuring begins at the latest.
    drained_by: f64,
    /// When it began, and all that lines had carried by then.
    since: Option<(f64, u64)>,
    /// Whether no picture was under way then, and no check.
    quiet: bool,
    /// The link that is measured.
    turn: Option<Way>,
}

/// A line that has become slow.
#[derive(Debug, Clone, Copy)]
struct Slowed {
    /// What it carried before, and by what is known now.
    was: f64,
    rate: f64,
    /// Whether others have borne witness, or one of two pages may be the wrong one.
    sure: bool,
    again_at: f64,
    count: i32,
}

/// Looks, and what came of them.
#[derive(Debug)]
pub(super) struct Looks {
    current: Option<Current>,
    held_until: f64,
    last: f64,
    count: i32,
    slowed: BTreeMap<End, Slowed>,
}

impl Default for Looks {
    fn default() -> Self {
        let (held_until, last) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        Self { current: None, held_until, last, count: 0, slowed: BTreeMap::new() }
    }
}

impl Looks {
    /// Whether no picture is handed out for a look, and no check begun.
    pub(super) const fn holds(&self) -> bool {
        self.current.is_some()
    }

    /// The link that is measured for a look.
    pub(super) fn turn(&self) -> Option<Way> {
        self.current.as_ref()?.turn
    }

    /// Whether a page's line is known to be slower than it was, in either direction, and whether others have
    /// borne witness.
    pub(super) fn slow(&self, device: DeviceId) -> Option<bool> {
        let ends = [(device, Side::Up), (device, Side::Down)];
        ends.iter().filter_map(|end| self.slowed.get(end)).map(|slowed| slowed.sure).max()
    }

    /// Pages whose lines are surely slower than they were.
    pub(super) fn slow_pages(&self) -> impl Iterator<Item = DeviceId> {
        self.slowed.iter().filter(|(_, slowed)| slowed.sure).map(|(end, _)| end.0)
    }

    /// A page is gone.
    pub(super) fn forget(&mut self, device: DeviceId) {
        self.slowed.retain(|end, _| end.0 != device);
    }

    /// Another look has to wait.
    fn follow(&mut self, now: f64) {
        if now - self.last > FORGOTTEN {
            self.count = 0;
        }
        self.held_until = now + doubled(HELD, self.count);
        self.last = now;
        self.count += 1;
    }
}

/// The so manieth of intervals that double.
fn doubled([first, most]: [f64; 2], count: i32) -> f64 {
    (first * 2_f64.powi(count.min(16))).min(most)
}

impl Coordinator {
    /// Looks at what is suspicious, and again at lines that are slow; with every tick.
    pub(super) fn look_at_lines(&mut self, now: f64) {
        if self.looks.current.is_some() || !self.is_steady() || self.planning.is_asked() {
            return;
        }
        // A plan that was drawn by hand stays as it is, so there is nothing to look for.
        let free = now >= self.looks.held_until && !self.planning.is_by_hand();
        if let Some((way, part)) = self.suspect().filter(|_| free) {
            return self.begin_look(now, way, part);
        }
        self.try_slow_lines(now);
    }

    fn begin_look(&mut self, now: f64, way: Way, part: f64) {
        self.measured.counters.looks += 1;
        self.showing.stale = true;
        let witnesses = self.witnesses(now, way);
        let look = Look::new(way, witnesses, |way| {
            let expected = self.lines.expected(way)?;
            // Nobody measures a link that does not stand.
            self.can_measure(now, way).then_some(expected)
        });
        let (epoch, drained_by) = (self.planning.newest, now + DRAINED);
        let (since, quiet, turn) = (None, false, None);
        self.looks.current = Some(Current { look, epoch, part, drained_by, since, quiet, turn });
    }

    /// Who can be measured with both pages: the fastest lines first, and those that are slow last.
    fn witnesses(&self, now: f64, (from, to): Way) -> Vec<DeviceId> {
        let rate = |id: DeviceId| {
            let Line { up, down } = self.lines.of(id);
            up.unwrap_or_default().min(down.unwrap_or_default())
        };
        let fit = |id: &DeviceId| {
            let apart = |end| !self.share_a_machine((end, *id));
            let linked = self.can_measure(now, (from, *id)) && self.can_measure(now, (*id, to));
            *id != from && *id != to && apart(from) && apart(to) && linked && rate(*id) > 0.0
        };
        let mut fit: Vec<DeviceId> = self.members.keys().copied().filter(fit).collect();
        fit.sort_by(|a, b| {
            let slow = |id: &DeviceId| self.looks.slow(*id).is_some();
            slow(a).cmp(&slow(b)).then(rate(*b).total_cmp(&rate(*a)))
        });
        fit.truncate(WITNESSES);
        fit
    }

    /// Goes on with a look: gives its next turn once the last one is over, or ends it.
    pub(super) fn look_on(&mut self, now: f64) {
        if self.looks.current.is_none() {
            return;
        }
        let (steady, carried) = (self.is_steady(), self.carried());
        let rest = self.frames.in_flight() == 0 && !self.checks.is_checking();
        let Some(current) = &mut self.looks.current else { return };
        if !steady || current.epoch != self.planning.newest {
            return self.end_look(now, None);
        }
        let turn = current.turn.filter(|way| self.measuring.has_turn(*way));
        if current.turn.is_some() && turn.is_none() {
            let way = current.turn.take();
            // Who was given a turn and has not measured has gone, or cannot.
            if way.is_some_and(|way| current.look.all().all(|(found, _)| found != way)) {
                return self.end_look(now, None);
            }
        }
        if turn.is_some() || (current.since.is_none() && !rest && now < current.drained_by) {
            return;
        }
        if self.measuring.is_measuring() {
            return;
        }
        if current.since.is_none() {
            current.quiet = rest;
        }
        let (since, before) = *current.since.get_or_insert((now, carried));
        if now > since {
            current.look.beside = carried.saturating_sub(before) as f64 / (now - since).max(0.5);
        }
        match current.look.next(now - since > MEASURING) {
            Next::Measure(way) => {
                current.turn = Some(way);
                self.give_turn(now, way);
            }
            Next::Done(Verdict::Pair | Verdict::Slow(_))
                if !current.quiet && now - since < TOLD => {}
            Next::Done(verdict) => self.end_look(now, Some(verdict)),
        }
    }

    /// A link was measured for a look.
    pub(super) fn look_found(&mut self, way: Way, rate: f64) {
        if let Some(current) = &mut self.looks.current {
            current.look.found(way, rate);
        }
    }

    /// A look is over; without a verdict because it could not go on.
    fn end_look(&mut self, now: f64, verdict: Option<Verdict>) {
        let Some(Current { look, part, since, .. }) = self.looks.current.take() else { return };
        self.looks.follow(now);
        self.showing.stale = true;
        let (Some(verdict), Some((since, _))) = (verdict, since) else { return };
        let slow = if let Verdict::Slow(ends) = &verdict { ends.as_slice() } else { &[] };
        for end in slow {
            self.slow_down(now, *end, look.all().count() > 1);
            self.lines.refresh(*end, since);
        }
        for (way, rate) in look.all() {
            let within = self.share_a_machine(way);
            let own = slow.contains(&(way.0, Side::Up)) || slow.contains(&(way.1, Side::Down));
            if own || (verdict == Verdict::Pair && way == look.way) {
                self.lines.measured(now, way, rate, within);
            } else {
                self.lines.at_least(now, way, rate, within);
            }
        }
        match verdict {
            Verdict::Sound => self.backlogs.found_sound(look.way, part),
            Verdict::Pair | Verdict::Slow(_) => self.backlogs.begin(),
        }
        self.measuring.look();
    }

    /// A line has become slow.
    fn slow_down(&mut self, now: f64, end: End, sure: bool) {
        self.measured.counters.slow_lines += 1;
        let was = self.lines.of(end.0).side(end.1).unwrap_or_default();
        let again_at = now + AGAIN[0];
        let before = self.looks.slowed.get(&end).map_or(0.0, |slowed| slowed.was);
        let slowed = Slowed { was: was.max(before), rate: f64::INFINITY, sure, again_at, count: 1 };
        self.looks.slowed.insert(end, slowed);
    }

    /// Gives slow lines a turn to show that they are themselves again, one at a time.
    fn try_slow_lines(&mut self, now: f64) {
        let (lines, before) = (&self.lines, self.looks.slowed.len());
        self.looks.slowed.retain(|end, slowed| {
            let rate = lines.of(end.0).side(end.1).unwrap_or_default();
            if rate >= CLEAR * slowed.rate {
                // It gets better: all of it may show soon.
                (slowed.again_at, slowed.count) = (slowed.again_at.min(now + AGAIN[0]), 1);
            }
            slowed.rate = rate;
            ITSELF * rate < slowed.was
        });
        self.showing.stale |= self.looks.slowed.len() < before;
        let due = self.looks.slowed.iter().filter(|(_, slowed)| now >= slowed.again_at);
        let next = due.min_by(|a, b| a.1.again_at.total_cmp(&b.1.again_at)).map(|(end, _)| *end);
        let Some(end) = next.filter(|_| !self.measuring.is_measuring()) else { return };
        let way = self.fastest_way(now, end);
        if let Some(slowed) = self.looks.slowed.get_mut(&end) {
            slowed.again_at = now + doubled(AGAIN, slowed.count);
            slowed.count += 1;
        }
        if let Some(way) = way {
            self.give_turn(now, way);
        }
    }

    /// The link by which a line is measured best: with the page whose line carries most.
    fn fastest_way(&self, now: f64, (page, side): End) -> Option<Way> {
        let ways = self.members.keys().filter(|other| **other != page).filter_map(|other| {
            let line = self.lines.of(*other);
            let (way, rate) = match side {
                Side::Up => ((page, *other), line.down?),
                Side::Down => ((*other, page), line.up?),
            };
            let fit = self.can_measure(now, way) && !self.share_a_machine(way);
            fit.then_some((rate, way))
        });
        ways.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, way)| way)
    }
}
