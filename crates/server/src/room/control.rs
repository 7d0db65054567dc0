//! What who controls a room changes of it: who may come in, and who must go.

use super::Access;
use super::actor::Actor;
use crate::access::Guard;
use convoy_plan::DeviceId;
use convoy_session::Verdict;
use convoy_wire::ToDevice;

impl Actor {
    /// The room is as a newer claim says. Who came in by an older one, of another invitation, is to come
    /// again and show what it has.
    pub(super) fn follow(&mut self, access: &Access) {
        *self.access.write() = access.clone();
        if self.claim.access.guard != access.guard {
            let all: Vec<DeviceId> = self.outboxes.keys().copied().collect();
            all.into_iter().for_each(|device| self.leave(device));
        }
    }

    /// Locks or unlocks the room, and changes who may come in; who is in it stays, and gets a claim by
    /// which it may come back.
    pub(super) fn set_access(&mut self, locked: Option<bool>, guard: Option<Option<Guard>>) {
        let access = &mut self.claim.access;
        access.locked = locked.unwrap_or(access.locked);
        if let Some(guard) = guard {
            access.guard = guard;
        }
        *self.access.write() = access.clone();
        self.changed();
    }

    /// Sends a page away, with the reason; whether it was there.
    pub(super) fn remove(&mut self, device: DeviceId) -> bool {
        let there = self.outboxes.contains_key(&device);
        if there {
            tracing::info!(device = device.0, "a page was sent away");
            let message = "whoever started the room has sent this device away".to_owned();
            self.send(device, ToDevice::Refused { code: "removed".into(), message });
            self.leave(device);
        }
        there
    }

    /// Ends a page's quarantine; whether there was one.
    pub(super) fn pardon(&mut self, device: DeviceId) -> bool {
        let pardoned = self.coordinator.pardon(self.now(), device);
        if pardoned {
            tracing::info!(device = device.0, "a page was pardoned");
            self.send_claim(device);
        }
        pardoned
    }

    /// A tile was checked; whoever is quarantined for it is to remember it.
    pub(super) fn verdict(&mut self, verdict: &Verdict) {
        let Verdict { frame, device, right, wrong, guilty, .. } = verdict;
        let (frame, device) = (frame.0, device.0);
        match guilty.as_deref() {
            None => tracing::info!(frame, device, ?right, ?wrong, "a check came to nothing"),
            Some([]) => tracing::debug!(frame, device, "a tile was checked"),
            Some(guilty) => {
                tracing::warn!(frame, device, ?right, ?wrong, ?guilty, "quarantined");
                guilty.iter().for_each(|device| self.send_claim(*device));
            }
        }
    }
}
