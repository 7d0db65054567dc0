//! Pages that fall silent: first suspected and planned around, then, if they stay silent, closed.
//!
//! A page says something at least every half second, from a worker of its own that no hidden tab and
//! no long computation holds up. One that says nothing for [`SUSPECTED`] seconds is planned around at
//! once, but its connection stays: a page that was frozen, or whose network was away, comes back as it
//! was, without being measured and connected anew. It is planned for again after a while, which doubles
//! each time that it falls silent, so that a page that comes and goes disturbs the others less and less.

use super::member::Member;
use super::{Coordinator, CoordinatorAction};
use convoy_plan::DeviceId;

/// Seconds without a word after which a page is planned around. With ticks four times a second it is
/// noticed within 2.75 s of its last word.
const SUSPECTED: f64 = 2.5;
/// Seconds without a word after which a page counts as gone.
const GONE: f64 = 15.0;
/// Seconds for which a page that was silent is to be heard before it is planned for again: the first
/// time, and at most.
const HELD: [f64; 2] = [1.0, 60.0];
/// Seconds after which it is forgotten that a page was ever silent.
const FORGIVEN: f64 = 120.0;
/// Seconds between two ticks after which the host itself has stood still: nobody could be heard.
const STANDSTILL: f64 = 2.0;

/// How a page has been heard.
#[derive(Debug)]
pub(super) struct Hearing {
    /// When it was heard last.
    pub(super) last: f64,
    /// Whether it has been silent for too long to count on.
    pub(super) suspected: bool,
    /// How often it was, of late.
    absences: i32,
    /// Since when it has been heard without a break.
    since: f64,
    /// When it may be planned for again.
    held_until: f64,
}

impl Hearing {
    /// It was heard for the first time.
    pub(super) const fn new(now: f64) -> Self {
        let (suspected, absences) = (false, 0);
        Self { last: now, suspected, absences, since: now, held_until: now }
    }

    /// It was heard.
    pub(super) fn heard(&mut self, now: f64) {
        self.last = now;
        if self.suspected {
            self.suspected = false;
            self.since = now;
            let [first, most] = HELD;
            self.held_until = now + (first * 2_f64.powi(self.absences - 1)).min(most);
        }
    }

    /// Whether it has just become too silent to count on.
    fn falls_silent(&mut self, now: f64) -> bool {
        if self.suspected || now - self.last <= SUSPECTED {
            return false;
        }
        if self.last - self.since > FORGIVEN {
            self.absences = 0;
        }
        self.suspected = true;
        self.absences += 1;
        true
    }

    /// Whether it is heard, but has to prove itself before it is planned for.
    pub(super) fn is_held(&self, now: f64) -> bool {
        !self.suspected && now < self.held_until
    }

    /// Whether it can be counted on.
    pub(super) fn is_sound(&self, now: f64) -> bool {
        !self.suspected && now >= self.held_until
    }
}

impl Coordinator {
    /// A page let hear of itself by something else than a control message.
    pub fn heard(&mut self, now: f64, from: DeviceId) {
        if let Some(member) = self.members.get_mut(&from) {
            member.hearing.heard(now);
        }
    }

    /// Looks who has fallen silent.
    pub(super) fn listen(&mut self, now: f64) {
        let stood = self.ticked_at.map_or(0.0, |ticked| now - ticked);
        self.ticked_at = Some(now);
        if stood > STANDSTILL {
            for member in self.members.values_mut() {
                member.hearing.last = (member.hearing.last + stood).min(now);
            }
        }
        let gone =
            |(id, member): (&DeviceId, &Member)| (now - member.hearing.last > GONE).then_some(*id);
        let gone: Vec<DeviceId> = self.members.iter().filter_map(gone).collect();
        for device in gone {
            self.actions.push_back(CoordinatorAction::Close { device });
            self.leave(now, device);
        }
        for member in self.members.values_mut() {
            if member.hearing.falls_silent(now) && member.computes() {
                self.measured.counters.silences += 1;
            }
        }
        self.recall(now);
    }

    /// Lets those who are held out take part where it does not go without them.
    fn recall(&mut self, now: f64) {
        let counts = |member: &Member| member.computes() && member.problem.is_none();
        let sound = |member: &Member| counts(member) && member.hearing.is_sound(now);
        if self.members.values().any(sound) && self.planning.problem.is_none() {
            return;
        }
        for member in self.members.values_mut().filter(|member| counts(member)) {
            if member.hearing.is_held(now) {
                member.hearing.held_until = now;
            }
        }
    }
}
