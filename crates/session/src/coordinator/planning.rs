//! From measured pages to plans: when there is something to plan, and what becomes of the answer.

use super::flows::Flow;
use super::member::Member;
use super::{Coordinator, CoordinatorAction, FrameError};
use crate::PlanRequest;
use convoy_plan::{DeviceId, Front, Plan, PlanError, Turns};
use convoy_wire::{Epoch, FrameId};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds that a plan waits for pages that are not measured or connected yet.
const PATIENCE: f64 = 90.0;
/// Seconds that planning may take.
const BUDGET: f64 = 2.0;

/// What the planner is at.
#[derive(Debug)]
struct Asked {
    id: u64,
    /// For whom.
    devices: BTreeSet<DeviceId>,
    /// Whether something else has been wanted since.
    outdated: bool,
}

/// The plan, who carries it out, and how far they are.
#[derive(Debug, Default)]
pub(super) struct Planning {
    pub(super) epoch: Epoch,
    /// What there was to choose from, and which of it is carried out.
    pub(super) front: Option<Front>,
    pub(super) chosen: usize,
    /// What the fastest of the devices would do alone, to hold the plan against.
    pub(super) single: Option<Plan>,
    /// What a picture's slices weigh on their ways.
    pub(super) flows: Vec<Flow>,
    /// Whose turn a frame is under that plan.
    pub(super) turns: Option<Turns>,
    /// Whom the plan was made for; each may be a source.
    pub(super) devices: BTreeSet<DeviceId>,
    /// Of those, who is not ready yet.
    pub(super) waiting: BTreeSet<DeviceId>,
    pub(super) prepared_at: f64,
    pub(super) running: bool,
    /// Whether model or scheme were changed since the plan was made.
    changed: bool,
    /// Whether a plan could not go on: the next one waits for nobody.
    interrupted: bool,
    asked: Option<Asked>,
    requests: u64,
    /// Why there is no plan.
    pub(super) problem: Option<String>,
    /// Pairs, lower id first, that were told to connect.
    pub(super) connected: BTreeSet<(DeviceId, DeviceId)>,
    /// The networks of the newest plans.
    pub(super) models: BTreeMap<Epoch, String>,
}

impl Planning {
    /// The plan that runs or is made ready.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.front.as_ref()?.plans.get(self.chosen)
    }

    /// Whether the planner has something to do.
    pub(super) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// How many frames may be in flight for the network `model`; `None` while no plan of it runs.
    pub(super) fn credits(&self, model: &str) -> Option<usize> {
        self.plan().filter(|plan| self.running && plan.model == model).map(Plan::credits)
    }

    /// The page that computes a frame alone under the plan that runs, where one does.
    pub(super) fn alone(&self, frame: FrameId) -> Option<DeviceId> {
        self.turns.as_ref()?.alone(frame.0)
    }

    /// The network of a plan that was made not long ago.
    pub(super) fn model(&self, epoch: Epoch) -> Option<&str> {
        self.models.get(&epoch).map(String::as_str)
    }

    /// Another plan is wanted than the one that runs or is being made.
    pub(super) fn change(&mut self) {
        self.changed = true;
        self.problem = None;
        if let Some(asked) = &mut self.asked {
            asked.outdated = true;
        }
    }

    /// What is wanted has been made, or cannot be.
    pub(super) fn settle(&mut self, devices: &BTreeSet<DeviceId>) {
        self.changed = false;
        self.interrupted = false;
        self.devices.clone_from(devices);
    }

    /// No plan is carried out any more.
    pub(super) fn stop(&mut self) {
        self.front = None;
        self.single = None;
        self.flows.clear();
        self.turns = None;
        self.running = false;
        self.devices.clear();
        self.waiting.clear();
    }
}

impl Coordinator {
    /// Pages that a plan can count on, and whether others may soon be among them.
    fn eligible(&self, now: f64) -> (BTreeSet<DeviceId>, bool) {
        let mut eligible = BTreeSet::new();
        let mut pending = false;
        for (id, member) in &self.members {
            if !member.computes() || member.problem.is_some() {
                continue;
            }
            if member.benchmark.is_some() && self.is_linked(now, *id, member) {
                eligible.insert(*id);
            } else {
                pending |= now - member.joined_at < PATIENCE;
            }
        }
        (eligible, pending)
    }

    /// Has a new plan made where the present one does not fit who is there.
    pub(super) fn plan_if_needed(&mut self, now: f64) {
        self.give_up_on_loading(now);
        let (eligible, pending) = self.eligible(now);
        if self.planning.devices.iter().any(|device| !eligible.contains(device)) {
            self.interrupt(&eligible);
        }
        let planning = &mut self.planning;
        if eligible.is_empty() {
            planning.interrupted = false;
            planning.problem = None;
            // Whoever is here cannot take part, and nobody else is on the way.
            if !pending && self.members.values().any(Member::computes) {
                let why = self.status();
                self.no_plan(&why);
            }
            return;
        }
        let has_plan = planning.front.is_some();
        // Nobody is planned for twice while others are still measured; but work that cannot go on
        // goes on with whoever is there.
        let broken = planning.interrupted || (has_plan && planning.changed);
        if pending && !broken {
            if !has_plan {
                // With those who are still on the way there may be a plan.
                planning.problem = None;
            }
            return;
        }
        let fits = eligible == planning.devices && !planning.changed;
        if !(fits && (has_plan || planning.problem.is_some())) {
            self.ask(eligible);
        }
    }

    /// Somebody whom the plan needs is gone: what is under way begins again under the next one.
    fn interrupt(&mut self, eligible: &BTreeSet<DeviceId>) {
        self.planning.interrupted |= self.planning.front.is_some();
        self.end_epoch(eligible, usize::MAX);
    }

    /// Asks for plans, one request at a time: those that come too late are asked for again, once
    /// the answer is there.
    fn ask(&mut self, devices: BTreeSet<DeviceId>) {
        if self.planning.is_asked() {
            return;
        }
        self.adapting.stay();
        self.planning.requests += 1;
        let id = self.planning.requests;
        let request = PlanRequest {
            id,
            model: self.model.clone(),
            cluster: self.cluster(&devices),
            scheme: self.scheme.clone(),
            latency_limit: self.latency_limit,
            budget: BUDGET,
        };
        self.planning.asked = Some(Asked { id, devices, outdated: false });
        self.actions.push_back(CoordinatorAction::Plan(request));
    }

    /// What came of [`CoordinatorAction::Plan`]'s request `id`. Plans that do not fit who is there
    /// or what is wanted by now are dropped, and made anew where there is still need.
    pub fn planned(&mut self, now: f64, id: u64, result: Result<Front, PlanError>) {
        let Some(asked) = self.planning.asked.take_if(|asked| asked.id == id) else { return };
        if !asked.outdated && self.eligible(now).0 == asked.devices {
            match result {
                Ok(front) => {
                    self.measured.counters.replans += u64::from(self.planning.epoch.0 > 0);
                    let chosen = self.adapting.begin(now, &front);
                    self.prepare(now, &asked.devices, front, chosen);
                }
                Err(error) => self.plan_nothing(&asked.devices, &error.to_string()),
            }
        }
        self.advance(now);
    }

    /// No plan fits: whoever waits for an answer is told why.
    pub(super) fn no_plan(&mut self, why: &str) {
        self.planning.problem = Some(why.to_owned());
        for frame in self.frames.all() {
            self.fail(frame, FrameError::Plan(why.to_owned()));
        }
    }
}
