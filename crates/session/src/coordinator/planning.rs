//! From measured pages to plans: when there is something to plan, and what becomes of the answer.

use super::carried::Carried;
use super::member::Member;
use super::overlapping::Draining;
use super::{Coordinator, CoordinatorAction, FrameError};
use crate::PlanRequest;
use convoy_plan::{Device, DeviceId, Front, Plan, PlanError};
use convoy_wire::{Epoch, ToDevice};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds that a plan waits for pages that are not measured or connected yet.
const PATIENCE: f64 = 90.0;
/// Seconds that planning may take.
const BUDGET: f64 = 2.0;

/// The scheme by which the room goes on at once where a plan cannot: it takes milliseconds, and its plan
/// holds until that of a scheme that takes its time is there.
pub(super) const QUICK: &str = "pico";
/// Schemes that take their time.
pub(super) const THOROUGH: [&str; 2] = ["best", "exhaustive"];

/// What the planner is at.
#[derive(Debug)]
struct Asked {
    id: u64,
    /// For whom.
    devices: BTreeSet<DeviceId>,
    /// Whether something else has been wanted since.
    outdated: bool,
    /// Whether by another scheme than the one that is wanted, for the time being.
    quick: bool,
    /// Whether for no other reason than that speeds have changed.
    drifted: bool,
}

/// The plans, who carries them out, and how far they are.
#[derive(Debug, Default)]
pub(super) struct Planning {
    /// The number that was given last.
    pub(super) newest: Epoch,
    /// The plan that runs or, where none does, is made ready; and whether it runs.
    pub(super) current: Option<Carried>,
    pub(super) running: bool,
    /// The plan that is made ready while the current one runs.
    pub(super) next: Option<Carried>,
    /// The plan before the current one, while its last frames are answered.
    pub(super) draining: Option<Draining>,
    /// Whom the newest plan was made for, or whom none fits.
    pub(super) devices: BTreeSet<DeviceId>,
    /// Whether model, scheme or limit were changed since the plan was made.
    changed: bool,
    /// Whether somebody has left on whom plans count that the load may want.
    fewer: bool,
    /// Whether a plan could not go on: the next one waits for nobody.
    interrupted: bool,
    /// Whether the plan was made in a hurry, and a better one is to follow.
    pub(super) provisional: bool,
    /// Whether there is no plan to be had in a hurry.
    unhurried: bool,
    asked: Option<Asked>,
    requests: u64,
    /// Why there is no plan.
    pub(super) problem: Option<String>,
    /// Why there is none any more, as fast as devices and lines are by now, where one that was made before
    /// goes on.
    pub(super) late: Option<String>,
    /// Pairs, lower id first, that were told to connect.
    pub(super) connected: BTreeSet<(DeviceId, DeviceId)>,
    /// The networks of the newest plans.
    pub(super) models: BTreeMap<Epoch, String>,
}

impl Planning {
    /// The plan that runs or, where none does, is made ready.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.current.as_ref()?.plan()
    }

    /// Whether the planner has something to do.
    pub(super) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether another plan is wanted than the newest.
    pub(super) const fn is_outdated(&self) -> bool {
        self.changed || self.fewer || self.interrupted
    }

    /// Whether the plan that runs can go on where there is none that keeps the limit: it is what was asked for, and
    /// all whom it needs are there.
    const fn goes_on(&self) -> bool {
        self.running && !self.changed && !self.interrupted
    }

    /// Whether one plan is about to take over from another, or has just done so.
    pub(super) const fn is_changing(&self) -> bool {
        self.next.is_some() || self.draining.is_some()
    }

    /// A number for another request.
    pub(super) const fn number(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    /// Plans for which somebody may still have to get ready.
    pub(super) fn made_ready(&self) -> impl Iterator<Item = &Carried> {
        self.current.iter().filter(|_| !self.running).chain(&self.next)
    }

    /// The plan of this number, where somebody may still have to get ready for it.
    pub(super) fn getting_ready(&mut self, epoch: Epoch) -> Option<&mut Carried> {
        let current = self.current.iter_mut().filter(|_| !self.running);
        current.chain(&mut self.next).find(|carried| carried.epoch == epoch)
    }

    /// Whether frames may be under way under a plan, or it is made ready.
    pub(super) fn is_carried(&self, epoch: Epoch) -> bool {
        let draining = self.draining.is_some_and(|draining| draining.epoch == epoch);
        draining || self.current.iter().chain(&self.next).any(|carried| carried.epoch == epoch)
    }

    /// How many frames may be in flight for the network `model` under the plan that runs, and how many
    /// together with those of the plan before it; `None` while no plan of it runs.
    pub(super) fn credits(&self, model: &str) -> Option<(usize, usize)> {
        let plan = self.plan().filter(|plan| self.running && plan.model == model)?;
        Some((plan.credits(), self.all_credits()?))
    }

    /// How many frames may be in flight under the current plan and the one before it together; `None` where
    /// there is no plan.
    pub(super) fn all_credits(&self) -> Option<usize> {
        let before = self.draining.map_or(0, |draining| draining.credits);
        Some(self.plan()?.credits().max(before))
    }

    /// The network of a plan that was made not long ago.
    pub(super) fn model(&self, epoch: Epoch) -> Option<&str> {
        self.models.get(&epoch).map(String::as_str)
    }

    /// Another plan is wanted than the one that runs or is being made.
    pub(super) fn change(&mut self) {
        self.changed = true;
        self.outdate();
    }

    /// What the planner is at, and why there is no plan, is about something else than what is there by now.
    fn outdate(&mut self) {
        self.problem = None;
        if let Some(asked) = &mut self.asked {
            asked.outdated = true;
        }
    }

    /// What is wanted has been made, or cannot be.
    pub(super) fn settle(&mut self, devices: &BTreeSet<DeviceId>) {
        self.changed = false;
        self.fewer = false;
        self.interrupted = false;
        self.unhurried = false;
        self.late = None;
        self.devices.clone_from(devices);
    }

    /// No plan is carried out any more.
    pub(super) fn stop(&mut self) {
        self.current = None;
        self.next = None;
        self.draining = None;
        self.running = false;
        self.provisional = false;
        self.late = None;
        self.devices.clear();
    }

    /// Whether the work of a plan hangs on this device: it has a tile of one, or may have had of the one
    /// before.
    fn needs(&self, device: DeviceId) -> bool {
        let draining = self.draining.is_some();
        draining || self.current.iter().chain(&self.next).any(|carried| carried.needs(device))
    }

    /// A device that no plan needs takes no part any more.
    fn leave_out(&mut self, device: DeviceId) {
        self.devices.remove(&device);
        for carried in self.current.iter_mut().chain(&mut self.next) {
            carried.devices.remove(&device);
            carried.waiting.remove(&device);
        }
    }
}

impl Coordinator {
    /// Pages that a plan can count on, and whether others may soon be among them.
    pub(super) fn eligible(&self, now: f64) -> (BTreeSet<DeviceId>, bool) {
        let mut eligible = BTreeSet::new();
        let mut pending = false;
        for (id, member) in &self.members {
            let sound = member.problem.is_none() && member.hearing.is_sound(now);
            if !member.computes() || !sound {
                continue;
            }
            let linked = || self.is_linked(now, *id, member) && self.is_lined(now, *id);
            if member.benchmark.is_some() && linked() {
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
        let lost: Vec<DeviceId> = self.planning.devices.difference(&eligible).copied().collect();
        // Devices know a frame of a plan by its source: it cannot have another under the same plan.
        let begun = |device| self.planning.running && self.frames.of_source(device) > 0;
        if lost.iter().any(|device| self.planning.needs(*device) || begun(*device)) {
            self.interrupt(&eligible);
        } else if !lost.is_empty() {
            let carried = || self.planning.current.iter().chain(&self.planning.next);
            let wanted = lost.iter().any(|device| carried().any(|own| own.may_need(*device)));
            lost.iter().for_each(|device| self.planning.leave_out(*device));
            // What was to take over, or what there is to choose from, was made for them too.
            if wanted || self.adapting.drains() {
                self.adapting.stay();
                self.planning.fewer = true;
                self.planning.outdate();
            }
            let released = self.frames.release(&eligible, usize::MAX);
            self.measured.counters.replayed += released.len() as u64;
            for (frame, source) in released {
                self.send(source, ToDevice::Cancel { frame });
            }
        }
        let planning = &mut self.planning;
        if eligible.is_empty() {
            planning.interrupted = false;
            planning.problem = None;
            // Whoever is here cannot take part, and nobody else is on the way or may come back.
            let away = |member: &Member| {
                member.computes() && member.problem.is_none() && !member.hearing.is_sound(now)
            };
            let hope = pending || self.members.values().any(away);
            if !hope && self.members.values().any(Member::computes) {
                let why = self.status();
                self.no_plan(&why);
            }
            return;
        }
        let has_plan = planning.current.is_some();
        // Nobody is planned for twice while others are still measured; but work that cannot go on
        // goes on with whoever is there.
        let outdated = planning.changed || planning.fewer;
        let broken = planning.interrupted || (has_plan && outdated);
        if !broken && planning.is_changing() {
            // One change at a time.
            return;
        }
        if pending && !broken {
            if !has_plan {
                // With those who are still on the way there may be a plan.
                planning.problem = None;
            }
            return;
        }
        // What was drawn by hand stays though somebody joins or becomes slow.
        let by_hand = planning.is_by_hand();
        let there =
            eligible == planning.devices || (by_hand && planning.devices.is_subset(&eligible));
        let fits = there && !outdated;
        let open = planning.running && !by_hand && !self.adapting.drains();
        let better = planning.provisional && open;
        let drifted = open && self.drifts.want_a_plan(now);
        if better || !(fits && (has_plan || planning.problem.is_some())) {
            self.ask(eligible, false);
        } else if drifted {
            self.ask(eligible, true);
        }
    }

    /// Somebody whom the plan needs is gone: what is under way begins again under the next one.
    pub(super) fn interrupt(&mut self, eligible: &BTreeSet<DeviceId>) {
        self.planning.interrupted |= self.planning.current.is_some();
        self.end_epoch(eligible, usize::MAX);
    }

    /// Asks for plans, one request at a time: those that come too late are asked for again, once
    /// the answer is there.
    fn ask(&mut self, devices: BTreeSet<DeviceId>, drifted: bool) {
        if self.planning.is_asked() {
            return;
        }
        self.adapting.stay();
        self.drifts.asked();
        self.foresight.give_way();
        let planning = &self.planning;
        let thorough = THOROUGH.contains(&self.scheme.as_str());
        let quick = thorough && planning.interrupted && !planning.unhurried;
        let cluster = self.cluster(&devices);
        let line = |device: &Device| (device.id, cluster.link(device));
        self.lines.plan_with(cluster.devices.iter().map(line));
        self.medium.plan_with();
        let id = self.planning.number();
        let request = PlanRequest {
            id,
            model: self.model.clone(),
            cluster,
            scheme: if quick { QUICK.into() } else { self.scheme.clone() },
            latency_limit: self.latency_limit.filter(|_| !quick),
            budget: BUDGET,
            ahead: false,
        };
        self.planning.asked = Some(Asked { id, devices, outdated: false, quick, drifted });
        self.actions.push_back(CoordinatorAction::Plan(request));
    }

    /// What came of [`CoordinatorAction::Plan`]'s request `id`. Plans that do not fit who is there
    /// or what is wanted by now are dropped, and made anew where there is still need.
    pub fn planned(&mut self, now: f64, id: u64, result: Result<Front, PlanError>) {
        if self.foreseen(now, id, result.as_ref().ok()) {
            return;
        }
        let Some(asked) = self.planning.asked.take_if(|asked| asked.id == id) else { return };
        if !asked.outdated && self.eligible(now).0 == asked.devices {
            match result {
                Ok(front) => {
                    self.planning.late = None;
                    let chosen = self.adapting.begin(now, &front);
                    if asked.drifted {
                        if !self.is_worth_it(now, &asked.devices, &front, chosen) {
                            return self.advance(now);
                        }
                        self.follow_drift(now);
                    }
                    self.measured.counters.replans += u64::from(self.planning.newest.0 > 0);
                    self.take_over(now, &asked.devices, front, chosen, false);
                    self.planning.provisional = asked.quick;
                }
                Err(_) if asked.quick => self.planning.unhurried = true,
                // An answer that comes later than was wanted is better than none.
                Err(error) if asked.drifted || self.planning.goes_on() => {
                    self.planning.settle(&asked.devices);
                    self.planning.provisional = false;
                    self.planning.late = Some(error.to_string());
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
