//! A change of plan without a gap: the next plan is made ready while the present one runs; then new
//! frames begin under the new one, and those under way are finished under the old.
//!
//! Devices hold the tiles of both plans for that time. Where one of them has no room for both, the
//! present plan is drained first; where it cannot go on, it ends at once ([`super::preparing`]).

use super::Coordinator;
use super::carried::Carried;
use convoy_plan::{DeviceId, Front, Plan, fit_together};
use convoy_wire::{Epoch, ToDevice};
use std::collections::BTreeSet;

/// Seconds after which frames that are still under way under the old plan begin anew under the new one.
const DRAINED: f64 = 15.0;

/// A plan that gets no new frames, while its last ones are being answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draining {
    pub(super) epoch: Epoch,
    /// How many frames might be in flight under it.
    pub(super) credits: usize,
    /// Since when.
    since: f64,
}

impl Coordinator {
    /// Lets plan `chosen` of `front` take the place of the one that runs: meanwhile, where the devices
    /// have room for both, else once that is drained; or at once, where there is none that could go on.
    pub(super) fn take_over(
        &mut self,
        now: f64,
        devices: &BTreeSet<DeviceId>,
        front: Front,
        chosen: usize,
        switches: bool,
    ) {
        let goes_on = |plan: &Plan| self.planning.running && plan.model == self.model.id;
        let (Some(old), Some(new)) = (self.planning.plan(), front.plans.get(chosen)) else {
            return self.prepare(now, devices, front, chosen);
        };
        if !goes_on(old) {
            return self.prepare(now, devices, front, chosen);
        }
        let room = fit_together(&self.model, &self.cluster(devices), [old, new]);
        if room && self.planning.draining.is_none() {
            self.prepare_meanwhile(now, devices, front, chosen, switches);
        } else {
            self.drain(devices.clone(), front, chosen, switches);
        }
    }

    /// Lets `devices` get ready for plan `chosen` of `front` while the present one goes on.
    fn prepare_meanwhile(
        &mut self,
        now: f64,
        devices: &BTreeSet<DeviceId>,
        front: Front,
        chosen: usize,
        switches: bool,
    ) {
        let during = self.planning.current.as_ref().map(|current| current.epoch);
        self.adapting.stay();
        if let Some(carried) = self.carry(now, devices, front, chosen, during) {
            self.planning.next = Some(Carried { switches, ..carried });
        }
    }

    /// Starts the next plan once everybody is ready for it.
    pub(super) fn overlap_if_ready(&mut self, now: f64) {
        let Some(next) = self.planning.next.take_if(|next| next.all_are_ready()) else { return };
        self.measured.counters.switches += u64::from(next.switches);
        self.measured.counters.overlaps += 1;
        if let Some(old) = &self.planning.current {
            let credits = old.plan().map_or(0, Plan::credits);
            self.planning.draining = Some(Draining { epoch: old.epoch, credits, since: now });
        }
        let (epoch, devices) = (next.epoch, next.devices.clone());
        self.planning.current = Some(next);
        self.adapting.started(now);
        self.watch(now);
        for id in devices {
            self.send(id, ToDevice::Start { epoch });
        }
    }

    /// Tells everybody when the last frame of the old plan is answered; those that do not come to an end
    /// begin anew under the new one.
    pub(super) fn forget_if_drained(&mut self, now: f64) {
        let Some(draining) = self.planning.draining else { return };
        let left = self.frames.of_epoch(draining.epoch);
        if left > 0 && now - draining.since < DRAINED {
            return;
        }
        self.planning.draining = None;
        let Some(current) = &self.planning.current else { return };
        if self.frames.in_flight() > current.plan().map_or(0, Plan::credits) {
            // Too many for the new plan, whose devices may know some already: all begins again.
            let (eligible, _) = self.eligible(now);
            return self.interrupt(&eligible);
        }
        let (epoch, devices) = (draining.epoch, current.devices.clone());
        self.measured.counters.replayed += self.frames.begin_anew(Some(epoch), current.epoch);
        for id in devices {
            self.send(id, ToDevice::Over { epoch });
        }
    }
}
