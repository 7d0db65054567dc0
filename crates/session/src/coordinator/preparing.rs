//! From a plan to a running one: everybody gets ready, then all start.

use super::Coordinator;
use super::carried::Carried;
use super::flows::flows;
use super::member::Stand;
use super::speed::heaviest;
use super::state::Described;
use convoy_model::Counting;
use convoy_plan::{DeviceId, Front, Mutant, Plan, Port, Turns, edges};
use convoy_wire::{Epoch, ToDevice};
use std::collections::{BTreeSet, VecDeque};

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
        let Some(credits) = front.plans.get(chosen).map(Plan::credits) else {
            return self.plan_nothing(devices, &format!("{} found no plan", self.scheme));
        };
        // Who takes no part in the plan is no source either, and no more stay in flight than the
        // plan has credits for.
        self.end_epoch(devices, credits);
        let carried = self.carry(now, devices, front, chosen, None);
        if let Some(carried) = &carried {
            self.frames.begin_anew(None, carried.epoch);
        }
        self.planning.current = carried;
    }

    /// Tells `devices` to get ready for plan `chosen` of `front`, while `during` goes on; `None` where it
    /// is no plan.
    pub(super) fn carry(
        &mut self,
        now: f64,
        devices: &BTreeSet<DeviceId>,
        front: Front,
        chosen: usize,
        during: Option<Epoch>,
    ) -> Option<Carried> {
        self.planning.settle(devices);
        let plan = front.plans.get(chosen)?.clone();
        let edges = match edges(&self.model, &plan) {
            Ok(edges) => edges,
            Err(error) => {
                self.no_plan(&error.to_string());
                return None;
            }
        };
        for edge in &edges {
            if let (Port::Tile { .. }, Port::Tile { .. }) = (edge.from, edge.to) {
                let nobody = DeviceId(0);
                self.link(edge.from.device(&plan, nobody), edge.to.device(&plan, nobody));
            }
        }
        let cluster = self.cluster(devices);
        // To hold the plan against.
        let single = convoy_plan::plan("single", &self.model, &cluster, None).ok();
        let name = |id| self.members.get(&id).map(|member| member.hello.name.clone());
        let described = Described::new(&self.model, &plan, single.as_ref(), name);
        let planning = &mut self.planning;
        planning.problem = None;
        planning.newest.0 += 1;
        let epoch = planning.newest;
        planning.models.insert(epoch, plan.model.clone());
        while planning.models.len() > REMEMBERED {
            planning.models.pop_first();
        }
        for id in devices {
            self.send(*id, ToDevice::Prepare { epoch, plan: plan.clone(), during });
            if let Some(member) = self.members.get_mut(id)
                && during.is_none()
            {
                member.stand = Stand::Loading { done: 0, total: 0 };
            }
        }
        Some(Carried {
            epoch,
            described,
            flows: flows(&self.model, &edges),
            // Pages tell for how long they computed, without what passing on took.
            heaviest: heaviest(&self.model, &plan, Counting { passing: 0.0, ..cluster.counting() }),
            edges,
            turns: Turns::new(&plan),
            front,
            chosen,
            devices: devices.clone(),
            waiting: devices.clone(),
            prepared_at: now,
            switches: false,
            held_back: VecDeque::new(),
        })
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
        if self.planning.current.is_some() {
            self.measured.counters.replayed += self.frames.in_flight() as u64;
        }
        for (frame, source) in self.frames.release(devices, most) {
            self.send(source, ToDevice::Cancel { frame });
        }
        // Who takes no part in what follows hears of no later plan, and may hold slices of these: a page
        // that was frozen while it was made, say.
        let ended = [&self.planning.current, &self.planning.next];
        let held = ended.into_iter().flatten().flat_map(|carried| &carried.devices);
        let left: BTreeSet<DeviceId> = held
            .filter(|id| !devices.contains(id) && self.members.contains_key(id))
            .copied()
            .collect();
        for id in left {
            self.send(id, ToDevice::Dismissed);
        }
        self.adapting.stay();
        self.planning.stop();
    }

    /// Sets aside who has not become ready for a plan in time.
    pub(super) fn give_up_on_loading(&mut self, now: f64) {
        let late: BTreeSet<DeviceId> = self
            .planning
            .made_ready()
            .filter(|carried| now - carried.prepared_at >= LOAD_DEADLINE)
            .flat_map(|carried| carried.waiting.iter().copied())
            .collect();
        for id in late {
            let why = "it did not get ready for the plan in time; reload its page";
            self.set_aside(id, why.into());
        }
    }

    /// A page takes no part any more, for this reason. It may hold slices of a plan that is to end, of
    /// which it will not hear again.
    pub(super) fn set_aside(&mut self, device: DeviceId, why: String) {
        if let Some(member) = self.members.get_mut(&device).filter(|member| !member.quarantined) {
            member.problem = Some(why);
            self.send(device, ToDevice::Dismissed);
        }
    }

    /// A page holds what a plan asks of it.
    pub(super) fn ready(&mut self, now: f64, device: DeviceId, epoch: Epoch) {
        let Some(carried) = self.planning.getting_ready(epoch) else { return };
        // Without the bug, the first that is ready comes long after the plan.
        if Mutant::LostReady.is_on() && now - carried.prepared_at < 0.002 {
            return;
        }
        if carried.waiting.remove(&device) {
            carried.prepared_at = now;
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
        let Some(carried) = self.planning.getting_ready(epoch) else { return };
        if !carried.waiting.contains(&device) {
            return;
        }
        if let Some(member) = self.members.get_mut(&device) {
            let before = match member.stand {
                Stand::Loading { done, .. } => done,
                _ => 0,
            };
            // Who computes meanwhile is shown as computing.
            if matches!(member.stand, Stand::Loading { .. }) {
                member.stand = Stand::Loading { done, total };
            }
            if done > before {
                carried.prepared_at = now;
            }
        }
    }
}
