//! From a plan to a running one: everybody gets ready, then all start.

use super::Coordinator;
use super::flows::flows;
use super::member::Stand;
use convoy_plan::{DeviceId, Front, Mutant, Port, Turns, edges};
use convoy_wire::{Epoch, ToDevice};
use std::collections::BTreeSet;

/// Seconds that a page may take to fetch its weights without any progress.
const LOAD_DEADLINE: f64 = 60.0;
/// How many plans back an answer may come from.
const REMEMBERED: usize = 16;

impl Coordinator {
    /// Lets `devices` get ready for plan `chosen` of `front`, which ends the present one.
    pub(super) fn prepare(
        &mut self,
        now: f64,
        devices: &BTreeSet<DeviceId>,
        front: Front,
        chosen: usize,
    ) {
        let Some(plan) = front.plans.get(chosen).cloned() else {
            return self.plan_nothing(devices, &format!("{} found no plan", self.scheme));
        };
        // Who takes no part in the plan is no source either, and no more stay in flight than the
        // plan has credits for.
        self.end_epoch(devices, plan.credits());
        self.planning.settle(devices);
        let edges = match edges(&self.model, &plan) {
            Ok(edges) => edges,
            Err(error) => return self.no_plan(&error.to_string()),
        };
        for edge in &edges {
            if let (Port::Tile { .. }, Port::Tile { .. }) = (edge.from, edge.to) {
                let nobody = DeviceId(0);
                self.link(edge.from.device(&plan, nobody), edge.to.device(&plan, nobody));
            }
        }
        let single = convoy_plan::plan("single", &self.model, &self.cluster(devices), None);
        let flows = flows(&self.model, &edges);
        let planning = &mut self.planning;
        planning.single = single.ok();
        planning.flows = flows;
        planning.problem = None;
        planning.epoch.0 += 1;
        planning.prepared_at = now;
        planning.waiting.clone_from(devices);
        planning.turns = Some(Turns::new(&plan));
        planning.front = Some(front);
        planning.chosen = chosen;
        let epoch = planning.epoch;
        planning.models.insert(epoch, plan.model.clone());
        while planning.models.len() > REMEMBERED {
            planning.models.pop_first();
        }
        for id in devices {
            self.send(*id, ToDevice::Prepare { epoch, plan: plan.clone() });
            if let Some(member) = self.members.get_mut(id) {
                member.stand = Stand::Loading { done: 0, total: 0 };
            }
        }
    }

    /// These devices have no plan.
    pub(super) fn plan_nothing(&mut self, devices: &BTreeSet<DeviceId>, why: &str) {
        self.end_epoch(devices, usize::MAX);
        self.planning.settle(devices);
        self.no_plan(why);
    }

    /// The present plan, if any, is over. Of the frames in flight the oldest `most` stay with their
    /// source where that is among `devices`, and begin again under the next plan unless their
    /// answer comes before; the others want another source.
    pub(super) fn end_epoch(&mut self, devices: &BTreeSet<DeviceId>, most: usize) {
        if self.planning.front.is_some() {
            self.measured.counters.replayed += self.frames.in_flight() as u64;
        }
        for (frame, source) in self.frames.release(devices, most) {
            self.send(source, ToDevice::Cancel { frame });
        }
        self.adapting.stay();
        self.planning.stop();
    }

    /// Sets aside who has not become ready for the plan in time.
    pub(super) fn give_up_on_loading(&mut self, now: f64) {
        let planning = &mut self.planning;
        let loads = planning.front.is_some() && !planning.running;
        if !loads || now - planning.prepared_at < LOAD_DEADLINE {
            return;
        }
        for id in &planning.waiting {
            if let Some(member) = self.members.get_mut(id) {
                member
                    .set_aside("it did not get ready for the plan in time; reload its page".into());
            }
        }
    }

    /// A page holds what the plan asks of it.
    pub(super) fn ready(&mut self, now: f64, device: DeviceId, epoch: Epoch) {
        // Without the bug, the first that is ready comes long after the plan.
        if Mutant::LostReady.is_on() && now - self.planning.prepared_at < 0.002 {
            return;
        }
        if self.planning.epoch == epoch && self.planning.waiting.remove(&device) {
            self.planning.prepared_at = now;
            if let Some(member) = self.members.get_mut(&device) {
                member.stand = Stand::Ready;
            }
        }
    }

    /// How far a page has got with its weights. Progress of one gives all of them time.
    pub(super) fn loading(
        &mut self,
        now: f64,
        device: DeviceId,
        epoch: Epoch,
        (done, total): (u64, u64),
    ) {
        if self.planning.epoch != epoch || !self.planning.waiting.contains(&device) {
            return;
        }
        if let Some(member) = self.members.get_mut(&device)
            && let Stand::Loading { done: before, .. } = member.stand
        {
            member.stand = Stand::Loading { done, total };
            if done > before {
                self.planning.prepared_at = now;
            }
        }
    }

    /// Starts the plan once everybody is ready.
    pub(super) fn start_if_ready(&mut self, now: f64) {
        let planning = &mut self.planning;
        let missing = planning.waiting.len().saturating_sub(Mutant::EarlyStart.is_on().into());
        if planning.running || planning.front.is_none() || missing > 0 {
            return;
        }
        planning.running = true;
        self.adapting.started(now);
        let epoch = planning.epoch;
        for id in planning.devices.clone() {
            self.send(id, ToDevice::Start { epoch });
        }
    }
}
