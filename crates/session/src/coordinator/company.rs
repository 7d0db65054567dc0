//! Finding out whether pages share a medium ([`super::medium`]): which links are measured for it, and when.
//!
//! It is asked when the first two machines of a room can be measured, and again each time that twice as many pairs of
//! them can; until it is known no other link is measured.

use super::Coordinator;
use super::lines::Way;
use super::medium::{COMPANY, Company, Next};
use convoy_plan::DeviceId;
use std::collections::BTreeSet;

impl Coordinator {
    /// Goes on with that. True where no other link is to be measured meanwhile.
    pub(super) fn test_medium(&mut self, now: f64) -> bool {
        // A look measures one link at a time in the whole room.
        if self.looks.holds() {
            return false;
        }
        let company = self.company(now);
        if !self.medium.wants(&company) {
            self.medium.stop();
            return false;
        }
        if self.measuring.is_measuring() {
            return true;
        }
        let was = self.medium.known();
        match self.medium.next(company) {
            Next::Alone(way) => self.give_turn(now, way),
            Next::Together(ways) => ways.into_iter().for_each(|way| self.give_turn(now, way)),
            Next::Done => {
                self.medium_found(was);
                return false;
            }
        }
        true
    }

    /// Pairs of pages that stand on no machine twice; of two or three machines the two directions between a pair.
    fn company(&self, now: f64) -> Company {
        let mut machines: BTreeSet<&str> = BTreeSet::new();
        let ids = self.members.iter().filter(|(id, member)| {
            self.may_measure(now, **id) && machines.insert(member.machine.as_str())
        });
        let mut ids: Vec<DeviceId> = ids.map(|(id, _)| *id).collect();
        let both = |way: Way| self.can_measure(now, way) && self.can_measure(now, (way.1, way.0));
        let mut ways: Vec<Way> = Vec::new();
        while ways.len() < COMPANY && !ids.is_empty() {
            let from = ids.remove(0);
            if let Some(place) = ids.iter().position(|to| both((from, *to))) {
                ways.push((from, ids.remove(place)));
            }
        }
        if let [(a, b)] = ways[..] {
            ways.push((b, a));
        }
        Company { ways }
    }

    /// A page is gone. Of one machine that is left nobody knows what it will share, and with whom.
    pub(super) fn medium_without(&mut self, device: DeviceId) {
        self.medium.forget(device);
        let machines: BTreeSet<&str> =
            self.members.values().map(|member| member.machine.as_str()).collect();
        if machines.len() < 2 {
            self.medium.begin();
        }
    }

    /// The medium is known now. What was measured of several links at once says nothing where they share one.
    fn medium_found(&mut self, was: Option<bool>) {
        let known = self.medium.known();
        if known == was {
            return;
        }
        self.showing.stale = true;
        self.backlogs.begin();
        if self.medium.is_shared() {
            let machine = |id| self.members.get(&id).map(|member| member.machine.as_str());
            let medium = &self.medium;
            let counts = |way: Way| medium.was_alone(way) || machine(way.0) == machine(way.1);
            for way in self.lines.keep(counts) {
                self.measuring.wait(way);
            }
        }
    }
}
