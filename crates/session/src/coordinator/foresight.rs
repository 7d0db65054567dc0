//! What is likely to come after the plan that runs: devices are told which weights they would need then,
//! and fetch them while there is nothing else to do.
//!
//! A change of load lets another plan of the same front take over, so those come first. When a device goes,
//! a plan is made for those who remain: that is made here beforehand, for each device of the plan, one after
//! another, while the planner has nothing else to do. No more than lists of pieces comes of it: plans are
//! always made anew when they are needed, by what is known then.

use super::carried::computes;
use super::planning::{QUICK, THOROUGH};
use super::{Coordinator, CoordinatorAction};
use crate::PlanRequest;
use convoy_model::WeightSource;
use convoy_plan::{DeviceId, Front, Plan};
use convoy_wire::{Epoch, ToDevice};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Seconds that a plan runs before it is thought of what may come after it.
const CALM: f64 = 2.0;
/// Seconds that planning for one loss may take.
const BUDGET: f64 = 0.5;

/// What may come after a plan.
#[derive(Debug, Default)]
pub(super) struct Foresight {
    /// Which plan.
    epoch: Epoch,
    /// Plans that may follow it, the likeliest first.
    plans: Vec<Plan>,
    /// Whose loss is to be planned for yet.
    losses: VecDeque<DeviceId>,
    /// The request for plans that the planner is at, and for whose loss.
    asked: Option<(u64, DeviceId)>,
    /// What each device was told.
    told: BTreeMap<DeviceId, Vec<u16>>,
}

impl Foresight {
    /// The planner is wanted for something that matters now: what it was at may never be answered.
    pub(super) fn give_way(&mut self) {
        if let Some((_, device)) = self.asked.take() {
            self.losses.push_front(device);
        }
    }

    fn of(epoch: Epoch, plans: Vec<Plan>, losses: VecDeque<DeviceId>) -> Self {
        Self { epoch, plans, losses, ..Self::default() }
    }
}

impl Coordinator {
    /// Thinks a step further of what may come after the plan that runs, and tells devices.
    pub(super) fn look_ahead(&mut self, now: f64) {
        let planning = &self.planning;
        let busy = planning.is_asked() || planning.is_changing() || self.adapting.drains();
        let Some(current) = planning.current.as_ref().filter(|_| planning.running && !busy) else {
            return;
        };
        // Where weights are made from a seed there is nothing to fetch.
        let fetched = matches!(self.model.weights, WeightSource::Files { .. });
        let of_now = current.plan().filter(|plan| plan.model == self.model.id);
        let Some(plan) = of_now.filter(|_| fetched && now - current.prepared_at >= CALM) else {
            return;
        };
        if self.foresight.epoch != current.epoch {
            let away = |index: &usize| index.abs_diff(current.chosen);
            let mut others: Vec<usize> = (0..current.front.plans.len()).collect();
            others.retain(|index| away(index) > 0);
            others.sort_by_key(away);
            let plans = others.iter().map(|index| current.front.plans[*index].clone()).collect();
            let losses = current.devices.iter().filter(|device| computes(plan, **device));
            self.foresight = Foresight::of(current.epoch, plans, losses.copied().collect());
        } else if self.foresight.asked.is_some() {
            return;
        }
        match self.foresight.losses.pop_front() {
            Some(lost) => self.foresee(now, lost),
            None => self.tell_ahead(now),
        }
    }

    /// Has plans made for those who remain when `lost` goes.
    fn foresee(&mut self, now: f64, lost: DeviceId) {
        let (mut rest, _) = self.eligible(now);
        rest.remove(&lost);
        if rest.is_empty() {
            return;
        }
        let thorough = THOROUGH.contains(&self.scheme.as_str());
        let id = self.planning.number();
        let request = PlanRequest {
            id,
            model: self.model.clone(),
            cluster: self.cluster(&rest),
            scheme: if thorough { QUICK.into() } else { self.scheme.clone() },
            latency_limit: self.latency_limit.filter(|_| !thorough),
            budget: BUDGET,
            ahead: true,
        };
        self.foresight.asked = Some((id, lost));
        self.actions.push_back(CoordinatorAction::Plan(request));
    }

    /// Whether request `id` was about what may come; its plans are `front`, where there are any.
    pub(super) fn foreseen(&mut self, now: f64, id: u64, front: Option<&Front>) -> bool {
        if self.foresight.asked.take_if(|(asked, _)| *asked == id).is_none() {
            return false;
        }
        let at = |front: &Front| front.at_rate(self.adapting.load(now, front));
        let plan = front.and_then(|front| front.plans.get(at(front)));
        self.foresight.plans.extend(plan.cloned());
        true
    }

    /// Tells each device which pieces' weights it may need, where that is news.
    fn tell_ahead(&mut self, now: f64) {
        let Some(plan) = self.planning.plan() else { return };
        let (there, _) = self.eligible(now);
        let fetches = |id: &DeviceId| self.members.get(id).is_some_and(|member| member.hello.ahead);
        let mut news: Vec<(DeviceId, Vec<u16>)> = Vec::new();
        for id in there.into_iter().filter(fetches) {
            let mut seen = pieces_of(plan, id);
            let mut pieces: Vec<u16> = Vec::new();
            for next in &self.foresight.plans {
                pieces.extend(pieces_of(next, id).difference(&seen));
                seen.extend(pieces.iter().copied());
            }
            if *self.foresight.told.entry(id).or_default() != pieces {
                news.push((id, pieces));
            }
        }
        for (id, pieces) in news {
            self.foresight.told.insert(id, pieces.clone());
            self.send(id, ToDevice::Ahead { model: self.model.id.clone(), pieces });
        }
    }
}

/// The pieces that a device computes a part of under a plan.
fn pieces_of(plan: &Plan, device: DeviceId) -> BTreeSet<u16> {
    let stages = plan.stages.iter();
    let own = stages.filter(|stage| stage.tiles.iter().any(|tile| tile.device == device));
    own.flat_map(|stage| stage.pieces[0]..stage.pieces[1]).map(|piece| piece as u16).collect()
}
