//! What must hold whatever happens: looked at after every event of a room that is watched. That
//! answers are right the room checks by itself ([`crate::values`]); here are the counts, the credits,
//! the plans, who may be refused and who may wait in vain.

mod plans;
mod reach;

use crate::Room;
use crate::room::CLOCK;
use convoy_plan::{DeviceId, Front, PlanError};
use convoy_session::{CoordinatorAction, FrameAnswer, FrameError, PlanRequest};
use convoy_wire::{Epoch, FrameId, ToDevice};
use std::collections::{BTreeMap, BTreeSet};

/// Most credits of a plan.
const CREDITS: usize = 64;

/// What the oracle remembers of the present server, and what it expects.
#[derive(Debug)]
pub(crate) struct Oracle {
    taken: u64,
    answered: u64,
    failed: u64,
    abandoned: u64,
    /// The newest plan.
    epoch: Epoch,
    /// Plans that have not ended: who is ready for each. Two at most.
    alive: BTreeMap<Epoch, BTreeSet<DeviceId>>,
    /// Under which plan frames were begun last.
    begun: BTreeMap<FrameId, Epoch>,
    /// The plan that ended last while another went on.
    over: Option<Epoch>,
    /// The newest plan that was started, and when.
    started: (Epoch, f64),
    last_answer: f64,
    /// How often lines were looked at, and how many were found slow.
    looks: (u64, u64),
    /// Why the newest request for plans had none, and whether a scheme may say so of a room in
    /// which one device can do all.
    pub(crate) no_plan: Option<(String, bool)>,
    /// From when on the room must answer, and how many seconds a frame may take then.
    pub(crate) expects: (f64, f64),
}

impl Default for Oracle {
    fn default() -> Self {
        Self {
            taken: 0,
            answered: 0,
            failed: 0,
            abandoned: 0,
            epoch: Epoch(0),
            alive: BTreeMap::new(),
            begun: BTreeMap::new(),
            over: None,
            started: (Epoch(0), 0.0),
            last_answer: 0.0,
            looks: (0, 0),
            no_plan: None,
            expects: (f64::INFINITY, f64::INFINITY),
        }
    }
}

impl Oracle {
    /// The server was started anew.
    pub(crate) fn restarted(&mut self) {
        let (last_answer, expects) = (self.last_answer, self.expects);
        *self = Self { last_answer, expects, ..Self::default() };
    }

    /// A frame was taken in.
    pub(crate) const fn taken(&mut self) {
        self.taken += 1;
    }

    /// Whoever asked for a frame that had not ended has gone.
    pub(crate) fn abandoned(&mut self, frame: FrameId) {
        self.abandoned += 1;
        self.begun.remove(&frame);
    }

    /// The server hears that a device is ready.
    pub(crate) fn ready(&mut self, device: DeviceId, epoch: Epoch) {
        if let Some(ready) = self.alive.get_mut(&epoch) {
            ready.insert(device);
        }
    }

    /// What came of a request for plans.
    pub(crate) fn planned(&mut self, request: &PlanRequest, result: &Result<Front, PlanError>) {
        let always = ["best", "single", "replicated"].contains(&request.scheme.as_str());
        let may = !always || request.latency_limit.is_some();
        self.no_plan = result.as_ref().err().map(|error| (error.to_string(), may));
    }
}

impl Room {
    /// What the coordinator wants done.
    pub(crate) fn look_at_action(&mut self, action: &CoordinatorAction) {
        if self.oracle.is_none() {
            return;
        }
        match action {
            CoordinatorAction::Send { to, message } => {
                // A page that is refused gets its reason.
                if !self.by_id.contains_key(to) {
                    self.violations.push(format!("{to} is spoken to, but is not there"));
                }
                self.look_at_message(*to, message);
            }
            CoordinatorAction::HandImage { to, frame } => {
                let census = self.coordinator.census();
                let within = census.credits.is_some_and(|credits| census.in_flight <= credits);
                let Some(oracle) = &mut self.oracle else { return };
                let (running, _) = oracle.started;
                let ready = oracle.alive.get(&running).is_some_and(|ready| ready.contains(to));
                // A frame that is begun again under the same plan would be refused as known.
                let again = oracle.begun.insert(*frame, running) == Some(running);
                if !within || !ready || again || !self.by_id.contains_key(to) {
                    self.violations
                        .push(format!("{frame:?} is handed to {to} in {running:?}: {census:?}"));
                }
            }
            _ => {}
        }
    }

    fn look_at_message(&mut self, to: DeviceId, message: &ToDevice) {
        let Some(oracle) = &mut self.oracle else { return };
        match message {
            ToDevice::Prepare { epoch, plan, during } if *epoch > oracle.epoch => {
                oracle.epoch = *epoch;
                let goes_on = during.is_none_or(|during| during == oracle.started.0);
                oracle.alive.retain(|alive, _| Some(*alive) == *during);
                if !goes_on || oracle.alive.len() != usize::from(during.is_some()) {
                    self.violations.push(format!("{epoch:?}: {during:?} does not run"));
                }
                oracle.alive.insert(*epoch, BTreeSet::new());
                self.look_for_quarantined(plan);
                let before = during.and_then(|during| self.plans.get(&during));
                let memory = |device: DeviceId| {
                    let index = self.by_id.get(&device)?;
                    Some(self.machines[*index].spec.memory)
                };
                let problems = match self.models.get(&plan.model) {
                    Some(model) => plans::problems(model, plan, before, &memory),
                    None => vec![format!("is of {}, which nobody wanted", plan.model)],
                };
                let problems = problems.into_iter().map(|text| format!("{epoch:?}: {text}"));
                self.violations.extend(problems);
                self.happened("plan");
            }
            ToDevice::Prepare { epoch, plan, .. } => {
                let same = self.plans.get(epoch).is_some_and(|known| known == plan);
                if *epoch < oracle.epoch || !same {
                    self.violations.push(format!("{epoch:?} is prepared again, or another"));
                }
            }
            ToDevice::Start { epoch } => {
                let ready = oracle.alive.get(epoch);
                let ready = |device: &DeviceId| ready.is_some_and(|ready| ready.contains(device));
                let mut missing = Vec::from_iter((!ready(&to)).then_some(to));
                let mut rises = true;
                if *epoch != oracle.started.0 {
                    rises = *epoch > oracle.started.0 && *epoch == oracle.epoch;
                    let stages = self.plans.get(epoch).into_iter().flat_map(|plan| &plan.stages);
                    let tiles = stages.flat_map(|stage| &stage.tiles).map(|tile| tile.device);
                    missing.extend(tiles.filter(|device| !ready(device)));
                    oracle.started = (*epoch, self.now);
                }
                if !rises || !missing.is_empty() {
                    self.violations.push(format!("{epoch:?} starts without {missing:?}"));
                }
            }
            ToDevice::Ahead { model, pieces } => {
                let count = self.models.get(model).map_or(0, |model| model.pieces.len());
                let different = BTreeSet::from_iter(pieces).len() == pieces.len();
                if !different || pieces.iter().any(|piece| usize::from(*piece) >= count) {
                    self.violations.push(format!("{to} is told of {pieces:?} of {model}"));
                }
                self.happened("weights told of ahead");
            }
            ToDevice::Over { epoch } => {
                let was = oracle.alive.remove(epoch).is_some();
                let told = oracle.over.replace(*epoch) == Some(*epoch);
                if !was && !told || *epoch >= oracle.started.0 {
                    self.violations.push(format!("{epoch:?} is over, but was not to end"));
                }
            }
            _ => {}
        }
    }

    /// The coordinator has done all that was to be done.
    pub(crate) fn look_at_coordinator(&mut self) {
        let Some(oracle) = &self.oracle else { return };
        let census = self.coordinator.census();
        let ended = oracle.answered + oracle.failed + oracle.abandoned;
        let counts = census.submitted == oracle.taken
            && census.answered == oracle.answered
            && census.failed == oracle.failed
            && (census.in_flight + census.waiting) as u64 + ended == oracle.taken;
        let bounded = census.waiting <= self.limits.waiting.saturating_add(CREDITS)
            && census.in_flight <= CREDITS;
        if !counts || !bounded || census.epoch < oracle.epoch {
            self.violations.push(format!(
                "{census:?} where {} were taken, {} answered, {} failed, {} given up",
                oracle.taken, oracle.answered, oracle.failed, oracle.abandoned
            ));
        }
        self.look_at_slow_lines((census.looks, census.slow_lines));
    }

    /// Nobody's line is called slow that never was.
    fn look_at_slow_lines(&mut self, looks: (u64, u64)) {
        let Some(oracle) = &mut self.oracle else { return };
        let before = std::mem::replace(&mut oracle.looks, looks);
        if looks.0 > before.0 {
            self.happened("lines looked at");
        }
        if looks.1 == before.1 {
            return;
        }
        self.happened("line found slow");
        // Of two pages nobody can tell whose line it is.
        let somebody = self.machines.iter().any(|machine| machine.thinned);
        let slow = self.coordinator.slow_lines();
        let sound = |id: &&DeviceId| {
            let index = self.by_id.get(id);
            index.is_some_and(|index| !self.machines[*index].thinned)
        };
        let wrongly: Vec<DeviceId> = slow.iter().filter(sound).copied().collect();
        if !somebody || !wrongly.is_empty() {
            self.violations.push(format!("lines of {wrongly:?} are called slow, and never were"));
        }
    }

    /// A device has done all that was to be done.
    pub(crate) fn look_at_device(&mut self, device: usize, closely: bool) {
        if self.oracle.is_none() {
            return;
        }
        let state = &self.machines[device].device;
        let (frames, most) = state.frames_held();
        let mut bounded = frames <= most;
        if closely {
            let held = state.held();
            bounded &= held.bytes <= held.most_bytes && held.images <= 2 * CREDITS;
        }
        if !bounded {
            self.violations.push(format!("device {device} holds too much: {:?}", state.held()));
        }
    }

    /// A photograph is refused.
    pub(crate) fn look_at_refusal(&mut self, error: &FrameError) {
        if self.oracle.is_none() {
            return;
        }
        let census = self.coordinator.census();
        let computes = |index: &usize| !self.machines[*index].spec.watches;
        let rightly = match error {
            FrameError::NoDevice { .. } => !self.by_id.values().any(computes),
            FrameError::Busy { .. } => census.waiting >= self.limits.waiting,
            FrameError::Plan(why) => census.has_problem && !why.is_empty(),
            FrameError::Timeout { .. } | FrameError::Image(_) | FrameError::Answer(_) => false,
        };
        if !rightly {
            self.violations.push(format!("a picture is refused, as {error}: {census:?}"));
        }
        self.happened("frame refused");
    }

    /// A frame ends.
    pub(crate) fn look_at_end(
        &mut self,
        frame: FrameId,
        asked: usize,
        outcome: &Result<FrameAnswer, FrameError>,
    ) {
        let (taken, unreadable) = (self.asked[asked].taken, self.asked[asked].unreadable);
        let spoilt = self.is_spoilt(frame);
        let handed = self.handed.get(&frame).map(|(since, _)| *since);
        let Some(oracle) = &mut self.oracle else { return };
        let waited = self.now - taken.unwrap_or(self.now);
        // It is looked at the clock four times a second.
        let in_time = waited <= self.limits.deadline + 2.0 * CLOCK;
        let mut rightly = in_time;
        let begun = oracle.begun.remove(&frame);
        match outcome {
            Ok(answer) => {
                oracle.answered += 1;
                oracle.last_answer = self.now;
                // What was begun under a plan that goes on is answered under it, not under the next; but its
                // source may invent an answer.
                let goes_on = begun.filter(|begun| !spoilt && oracle.alive.contains_key(begun));
                rightly &= !unreadable && goes_on.is_none_or(|begun| answer.epoch <= begun);
            }
            Err(error) => {
                oracle.failed += 1;
                rightly &= match error {
                    FrameError::Timeout { .. } => {
                        let (from, patience) = oracle.expects;
                        let since = handed.unwrap_or(oracle.last_answer);
                        let since = since.max(oracle.started.1).max(from);
                        let long = self.now - since > patience && !spoilt;
                        waited > self.limits.deadline && !long
                    }
                    FrameError::Image(_) => unreadable,
                    FrameError::Plan(why) => !why.is_empty(),
                    // Its pages' answers are short.
                    FrameError::NoDevice { .. }
                    | FrameError::Busy { .. }
                    | FrameError::Answer(_) => false,
                };
            }
        }
        if !rightly {
            let text = match outcome {
                Ok(answer) => format!("an answer in {:?}, begun in {begun:?}", answer.epoch),
                Err(error) => error.to_string(),
            };
            let text = format!("{frame:?} ends wrongly after {waited:.3} s: {text}");
            self.violations.push(text);
        }
        self.happened(match outcome {
            Ok(_) => "frame answered",
            Err(FrameError::Timeout { .. }) => "frame timed out",
            Err(_) => "frame failed",
        });
    }
}
