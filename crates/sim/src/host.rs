//! The server around the coordinator: sockets, photographs, and who asked for what.

use crate::Room;
use crate::event::{Down, Event, Up};
use crate::values::{Lie, Right};
use convoy_plan::{DeviceId, Plan};
use convoy_session::{CoordinatorAction, FrameAnswer, FrameError, PlanRequest};
use convoy_wire::{Epoch, Features, FrameId, Hello, Role, ToDevice, ToServer, VERSION};
use std::cell::Cell;
use std::sync::Arc;

/// Seconds between two heartbeats of a device.
pub(crate) const BEAT: f64 = 0.5;
/// Seconds for which callers ask again after the server was started anew.
const PATIENCE: f64 = 20.0;

impl Room {
    /// A device's page opens and says hello.
    pub(crate) fn open(&mut self, device: usize) {
        self.up(device, Up::Hello);
        self.queue.push(self.now + BEAT, Event::Heartbeat(device));
    }

    /// A device sends something over its socket.
    pub(crate) fn up(&mut self, device: usize, up: Up) {
        let soonest = self.now + self.network.latency + self.rng.between(0.0, self.noise.delay);
        let repeats = matches!(up, Up::Control(_)) && self.rng.chance(self.noise.repeat);
        let Some(machine) = self.machines.get_mut(device) else { return };
        let time = soonest.max(machine.to_server);
        machine.to_server = time;
        if repeats {
            self.queue.push(time, Event::ToServer(device, up.clone()));
        }
        self.queue.push(time, Event::ToServer(device, up));
    }

    fn down(&mut self, to: DeviceId, down: Down, bytes: u64) {
        let Some(device) = self.by_id.get(&to).copied() else { return };
        let now = self.now + self.network.latency;
        // Control messages are short and wait for nothing.
        let arrives = match bytes {
            0 => now,
            _ => self.lines.receive(now, device, bytes as f64, now).1,
        };
        let soonest = arrives + self.rng.between(0.0, self.noise.delay);
        let repeats = matches!(down, Down::Control(_)) && self.rng.chance(self.noise.repeat);
        let machine = &mut self.machines[device];
        let time = soonest.max(machine.to_device);
        machine.to_device = time;
        if repeats {
            self.queue.push(time, Event::ToDevice(device, down.clone()));
        }
        self.queue.push(time, Event::ToDevice(device, down));
    }

    /// The server hears from a device.
    pub(crate) fn server_hears(&mut self, device: usize, up: Up) {
        let now = self.now;
        let id = self.machines[device].id.filter(|id| self.by_id.get(id) == Some(&device));
        match (up, id) {
            (Up::Hello, _) => {
                let hello = hello(&self.machines[device].spec);
                let machine = self.machines[device].spec.machine.clone();
                let machine = machine.unwrap_or_else(|| format!("machine {device}"));
                let id = self.coordinator.join(now, hello, machine);
                self.machines[device].id = Some(id);
                self.by_id.insert(id, device);
                if self.machines[device].quarantined {
                    self.coordinator.recognise(now, id);
                }
            }
            (Up::Control(message), Some(id)) if !self.checks => {
                self.coordinator.message(now, id, message);
            }
            (Up::Control(message), Some(id)) => {
                if let (Some(oracle), ToServer::Ready { epoch }) = (&mut self.oracle, &message) {
                    oracle.ready(id, *epoch);
                }
                // As on the wire: what cannot be written or read does not arrive.
                let text = serde_json::to_string(&message).unwrap_or_default();
                match ToServer::parse(&text) {
                    Ok(message) => {
                        let leaves = message == ToServer::Leaving;
                        self.coordinator.message(now, id, message);
                        if leaves {
                            self.by_id.remove(&id);
                        }
                    }
                    Err(error) => self.violations.push(format!("{message:?}: {error}")),
                }
            }
            (Up::Answer(frame, epoch, answer), Some(id)) => {
                self.answers_from = Some(id);
                self.coordinator.answer(now, id, frame, epoch, answer);
            }
            (Up::Closed, Some(id)) => {
                self.coordinator.leave(now, id);
                self.by_id.remove(&id);
            }
            (_, None) => {}
        }
        self.host();
    }

    /// A photograph comes in.
    pub(crate) fn submit(&mut self, asked: usize) {
        if self.asked[asked].ends > 0 {
            return;
        }
        if self.now < self.server_back {
            return self.queue.push(self.server_back, Event::Submit(asked));
        }
        match self.coordinator.submit(self.now) {
            Ok(frame) => {
                self.by_frame.insert(frame, asked);
                let asked = &mut self.asked[asked];
                asked.frame = Some(frame);
                asked.taken = Some(self.now);
                if asked.unreadable {
                    self.unreadable.insert(frame);
                }
                if let Some(oracle) = &mut self.oracle {
                    oracle.taken();
                }
            }
            // Whoever lost the server asks until it has the room again.
            Err(_) if self.servers > 0 && self.now < self.server_back + PATIENCE => {
                self.queue.push(self.now + 1.0, Event::Submit(asked));
            }
            Err(error) => {
                self.look_at_refusal(&error);
                self.asked[asked].refused = Some(error);
            }
        }
        self.host();
    }

    /// The planner is done.
    pub(crate) fn planned(&mut self, request: &PlanRequest) {
        // Time passes by looks alone: where none does, it goes on for as long as it finds better
        // plans.
        let looks = Cell::new(0.0);
        let clock = || {
            looks.set(looks.get() + self.look);
            looks.get()
        };
        let result = request.run(&clock);
        if let Some(oracle) = self.oracle.as_mut().filter(|_| !request.ahead) {
            oracle.planned(request, &result);
        }
        self.coordinator.planned(self.now, request.id, result);
        self.host();
    }

    /// Does what the coordinator wants done.
    pub(crate) fn host(&mut self) {
        while let Some(action) = self.coordinator.poll() {
            self.look_at_action(&action);
            match action {
                CoordinatorAction::Send { to, message } => self.control(to, message),
                // Nobody looks.
                CoordinatorAction::Show => {}
                CoordinatorAction::HandImage { to, frame } => {
                    self.handed.insert(frame, (self.now, to));
                    let image = Down::Image(frame, photograph(frame));
                    self.down(to, image, self.network.photograph);
                }
                CoordinatorAction::Done { frame, outcome } => self.done(frame, outcome),
                CoordinatorAction::Plan(request) => {
                    let event = Event::Plan(self.servers, request);
                    self.queue.push(self.now + self.planning, event);
                }
                CoordinatorAction::Verdict(verdict) => self.verdict(&verdict),
                CoordinatorAction::Close { device } => {
                    if let Some(index) = self.by_id.remove(&device) {
                        self.lose_socket(index);
                    }
                }
            }
        }
        self.answers_from = None;
        self.look_at_coordinator();
    }

    fn control(&mut self, to: DeviceId, message: ToDevice) {
        if let ToDevice::Prepare { epoch, plan, .. } = &message {
            self.learn(*epoch, plan);
        }
        if let (ToDevice::Refused { .. }, Some(device)) = (&message, self.by_id.get(&to)) {
            self.machines[*device].refused = true;
        }
        if !self.checks {
            return self.down(to, Down::Control(message), 0);
        }
        let text = serde_json::to_string(&message).unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(message) => self.down(to, Down::Control(message), 0),
            Err(error) => self.violations.push(format!("{message:?}: {error}")),
        }
    }

    /// A plan that is new.
    fn learn(&mut self, epoch: Epoch, plan: &Plan) {
        if self.plans.contains_key(&epoch) {
            return;
        }
        self.plans.insert(epoch, plan.clone());
        let model = self.models.get(&plan.model);
        let right = model.and_then(|model| Right::new(model, plan, epoch).ok());
        self.right.extend(right.map(|right| (epoch, right)));
    }

    fn done(&mut self, frame: FrameId, outcome: Result<FrameAnswer, FrameError>) {
        let Some(asked) = self.by_frame.get(&frame).copied() else {
            return self.violations.push(format!("{frame:?} ended, but nobody asked for it"));
        };
        let wrong = match &outcome {
            Ok(answer) if self.checks => self.problem(frame, answer),
            _ => None,
        };
        self.violations.extend(wrong);
        self.look_at_end(frame, asked, &outcome);
        self.handed.remove(&frame);
        let asked = &mut self.asked[asked];
        asked.ends += 1;
        asked.ended = Some(self.now);
        asked.outcome = Some(outcome);
    }

    /// What is wrong with an answer.
    fn problem(&mut self, frame: FrameId, given: &FrameAnswer) -> Option<String> {
        let epoch: Epoch = given.epoch;
        let Some(plan) = self.plans.get(&epoch) else {
            return Some(format!("{frame:?} was answered in {epoch:?}, which never was"));
        };
        if plan.model != given.model {
            return Some(format!(
                "{frame:?} is of {}, but said to be of {}",
                plan.model, given.model
            ));
        }
        if self.answers_from != Some(given.source) {
            return Some(format!("{frame:?} is said to be answered by {}", given.source));
        }
        // Under a plan that does not fit its model no answer is right.
        let Some(right) = self.right.get(&epoch) else {
            return Some(format!("{frame:?} was answered under a plan that does not fit"));
        };
        let image = photograph(frame);
        let is = |lies: &dyn Fn(Lie) -> bool| {
            given.answer == crate::worker::answer(right.answer(frame, &image, lies))
        };
        if is(&|_| false) {
            return None;
        }
        if is(&|lie| self.lies.contains(&(epoch, frame, lie))) {
            self.happened("wrong answer of a liar");
            return None;
        }
        if self.is_spoilt(frame) && self.oracle.is_some() {
            self.happened("wrong answer of changed slices");
            return None;
        }
        Some(format!("{frame:?} has a wrong answer"))
    }
}

/// The bytes that stand for a frame's photograph.
fn photograph(frame: FrameId) -> Arc<[u8]> {
    frame.0.to_le_bytes().into()
}

fn hello(spec: &crate::DeviceSpec) -> Hello {
    let role = if spec.watches { Role::Watch } else { Role::Device };
    let browser = "simulated".into();
    let features = Features { simd: true, webrtc: true, threads: 4, engine: "sim".into(), browser };
    let relay_only = spec.relay_only;
    Hello {
        version: VERSION,
        name: spec.name.clone(),
        role,
        features,
        relay_only,
        ahead: !spec.metered,
    }
}
