//! From a page that has just joined to one that can be planned for: measuring and linking.

use super::Coordinator;
use super::member::{Member, Stand};
use convoy_plan::DeviceId;
use convoy_wire::ToDevice;
use std::collections::BTreeSet;

/// Seconds that a page may take to measure itself.
const BENCHMARK_DEADLINE: f64 = 40.0;
/// Seconds that a page may take to connect to the others; later ones are relayed meanwhile.
const LINK_DEADLINE: f64 = 20.0;
/// Up to so many computing pages, every pair is linked; above, only pairs that a plan needs.
const MESH: usize = 8;

impl Coordinator {
    /// Lets one page a machine measure itself, and gives up on those that do not come back.
    pub(super) fn measure_next(&mut self, now: f64) {
        for member in self.members.values_mut() {
            if member.stand == Stand::Measuring && now - member.measured_at > BENCHMARK_DEADLINE {
                member.stand = Stand::Joined;
                let text = "it did not finish measuring itself; reload its page";
                if !member.quarantined {
                    member.problem = Some(text.into());
                }
            }
        }
        let measures = |member: &&Member| {
            let sound = member.problem.is_none() && !member.hearing.suspected;
            sound && member.stand == Stand::Measuring
        };
        let mut machines: BTreeSet<String> =
            self.members.values().filter(measures).map(|member| member.machine.clone()).collect();
        let mut next = Vec::new();
        for (id, member) in &mut self.members {
            let sound = member.problem.is_none() && !member.hearing.suspected;
            let waits = member.computes() && member.stand == Stand::Joined && sound;
            if waits && machines.insert(member.machine.clone()) {
                member.stand = Stand::Measuring;
                member.measured_at = now;
                next.push(*id);
            }
        }
        for id in next {
            self.send(id, ToDevice::Benchmark);
        }
    }

    /// Links a page that was just measured with the others that were.
    pub(super) fn connect(&mut self, device: DeviceId) {
        let measured = |(id, member): (&DeviceId, &Member)| {
            (*id != device && member.benchmark.is_some() && member.problem.is_none()).then_some(*id)
        };
        let others: Vec<DeviceId> = self.members.iter().filter_map(measured).collect();
        if others.len() < MESH {
            for other in others {
                self.link(device, other);
            }
        }
    }

    /// Tells a pair to connect, once; the lower id makes the offer.
    pub(super) fn link(&mut self, a: DeviceId, b: DeviceId) {
        let (low, high) = (a.min(b), a.max(b));
        if low == high || !self.connected_now(low, high) {
            return;
        }
        let relays = |id| self.members.get(id).is_some_and(Member::relays);
        let relay = relays(&low) || relays(&high);
        self.send(low, ToDevice::Connect { peer: high, offer: true, relay });
        self.send(high, ToDevice::Connect { peer: low, offer: false, relay });
    }

    fn connected_now(&mut self, low: DeviceId, high: DeviceId) -> bool {
        self.planning.connected.insert((low, high))
    }

    /// Whether every link that the page was told to make stands, or has had its time. A page that
    /// works already is not waited for while it connects to a newcomer; nor is a page that is silent.
    pub(super) fn is_linked(&self, now: f64, id: DeviceId, member: &Member) -> bool {
        let stands = |(low, high): &(DeviceId, DeviceId)| {
            let other = if *low == id { *high } else { *low };
            let told = |end: &DeviceId, peer| {
                self.members.get(end).is_some_and(|end| end.links.contains_key(peer))
            };
            let silent = self.members.get(&other).is_some_and(|other| other.hearing.suspected);
            silent || told(&id, &other) || told(&other, &id)
        };
        let own = |pair: &&(DeviceId, DeviceId)| pair.0 == id || pair.1 == id;
        self.planning.devices.contains(&id)
            || now - member.measured_at > LINK_DEADLINE
            || self.planning.connected.iter().filter(own).all(stands)
    }
}
