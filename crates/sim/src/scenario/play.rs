//! Playing a scenario: its room, its troubles, and then what must be right again.

use super::{Coverage, Odd, Page, Scenario, Trouble, What};
use crate::spec::DeviceSpec;
use crate::{NetworkSpec, Noise, Room};
use convoy_model::{Model, Region, Segment, WeightSource, weights};
use convoy_plan::{DeviceId, Link};
use convoy_session::Limits;
use std::sync::Arc;

/// Seconds that pass with each look of a planner at its clock: it may look some tens of times.
const LOOK: f64 = 0.05;
/// Bytes of a photograph.
const PHOTOGRAPH: u64 = 5000;
/// Pictures that are sent in when all is over.
const PROBES: usize = 3;
/// Tiles of one plan after which the room must know how slow their device is, and by which factor it may
/// be wrong.
const JUDGED: u32 = 8;
const MISJUDGED: f64 = 1.6;
/// Most complaints that are told.
const COMPLAINTS: usize = 8;

/// What came of a scenario.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What the oracle complains of; nothing where all is right.
    pub complaints: Vec<String>,
    /// What happened.
    pub coverage: Coverage,
}

impl Scenario {
    /// Plays it. The same scenario always has the same verdict.
    #[must_use]
    pub fn play(&self) -> Verdict {
        let models: Vec<Arc<Model>> = (0..self.networks.len()).map(|at| self.model(at)).collect();
        let mut room = self.room(&models);
        let probes = self.run(&mut room, &models);
        let mut complaints = room.violations.clone();
        if complaints.is_empty() {
            complaints = self.last_look(&room, &models, &probes);
        }
        complaints.truncate(COMPLAINTS);
        let happened = room.happened.iter().map(|(name, count)| ((*name).to_owned(), *count));
        let coverage = Coverage {
            scenarios: 1,
            events: room.events(),
            frames: room.asked.len() as u64,
            replayed: room.report().replayed,
            happened: happened.collect(),
        };
        Verdict { complaints, coverage }
    }

    fn model(&self, network: usize) -> Arc<Model> {
        let model = self.networks[network].model(&format!("network {network}"));
        if self.files.is_some() { Arc::new(crate::in_files(&model)) } else { model }
    }

    fn room(&self, models: &[Arc<Model>]) -> Room {
        let wires = self.wires;
        let network = NetworkSpec {
            bandwidth: wires.bandwidth,
            shared: wires.shared,
            latency: wires.latency,
            connect: wires.connect.0,
            fallback: wires.connect.1,
            photograph: PHOTOGRAPH,
            weights: self.files.map(|seconds| most_bytes(models) / seconds),
        };
        let mut room = Room::new(self.seed, &models[0], &self.scheme, [], network);
        room.watch();
        room.set_look(LOOK);
        room.set_planning(self.planning);
        room.set_noise(Noise { delay: wires.noise.0, repeat: wires.noise.1 });
        let (deadline, waiting) = self.limits;
        // Nobody looks at the room's state.
        room.set_limits(Limits { deadline, waiting, state_interval: f64::INFINITY });
        room.set_checks(self.checks);
        for (index, page) in self.pages.iter().enumerate() {
            room.join_at(page.joins, spec(index, page));
        }
        for time in &self.frames {
            room.submit_at(*time);
        }
        for trouble in &self.troubles {
            begin(&mut room, models, trouble);
        }
        room
    }

    /// Lets it all happen; which pictures were sent in when the troubles were over.
    fn run(&self, room: &mut Room, models: &[Arc<Model>]) -> Vec<usize> {
        room.run_until(self.over());
        // By then whatever is to be found out has been.
        let back = room.now() + self.recovery();
        if self.somebody_can(room, models) {
            room.expect_answers(back, self.patience(room, models));
        }
        while room.now() < back && !(room.is_running() && room.all_ended()) {
            room.run_until(room.now() + 1.0);
        }
        // Who still waits is answered first, or told by the deadline.
        room.settle(self.last_end(room));
        let mut probes = self.probe(room);
        let unanswered = |probe: &usize| !matches!(room.asked[*probe].outcome, Some(Ok(_)));
        if probes.iter().any(unanswered) && room.asked[probes[0]].time < back {
            // It was too early: somebody's silence, or that it never loads, was not known yet.
            room.run_until(back);
            probes = self.probe(room);
        }
        // What was on its way to those who wait no more.
        room.run_until(room.now() + 2.0 + 20.0 * self.wires.noise.0);
        // Somebody may have come back in the meantime.
        while room.now() < back && !room.is_running() {
            room.run_until(room.now() + 1.0);
        }
        probes
    }

    /// Sends pictures in and waits for what becomes of them; which.
    fn probe(&self, room: &mut Room) -> Vec<usize> {
        let probes: Vec<usize> = (0..PROBES).map(|_| room.submit_at(room.now())).collect();
        room.run_until(room.now() + 0.001);
        room.settle(self.last_end(room));
        probes
    }

    /// When the last frame that was taken must have ended.
    fn last_end(&self, room: &Room) -> f64 {
        let taken = room.asked.iter().filter_map(|asked| asked.taken).fold(room.now(), f64::max);
        taken + self.limits.0 + 2.0
    }

    /// When the last trouble is over.
    fn over(&self) -> f64 {
        let over = |trouble: &Trouble| {
            let seconds = match trouble.what {
                What::Freezes { seconds, .. }
                | What::Reloads { seconds, .. }
                | What::ServerRestarts { seconds }
                | What::CutOff { seconds, .. }
                | What::Thins { seconds, .. }
                | What::Lies { seconds, .. }
                | What::Weather { seconds, .. } => seconds,
                What::Garbage { .. } => 0.5,
                _ => 0.0,
            };
            trouble.at + seconds
        };
        self.troubles.iter().map(over).fold(self.end, f64::max)
    }

    /// Seconds after the last trouble within which a plan must run again, where somebody can carry
    /// one out: as long as the session's own deadlines say (15 s of silence, 20 s to connect, 40 s
    /// to measure, 60 s to load, 20 s for callers to come back), one after another.
    fn recovery(&self) -> f64 {
        let has = |odd: Odd| self.pages.iter().any(|page| page.odd.contains(&odd));
        let spoils = |trouble: &&Trouble| matches!(trouble.what, What::WeightsSpoil { .. });
        let bad = self.pages.iter().filter(|page| page.odd.contains(&Odd::BadWeights)).count()
            + self.troubles.iter().filter(spoils).count();
        let measuring = if has(Odd::NeverMeasured) { 42.0 } else { 0.0 };
        let loading = if has(Odd::NeverLoaded) { 65.0 } else { 0.0 };
        let plans = 3 + bad;
        let talking = 20.0 * (self.wires.latency + self.wires.noise.0) + self.wires.connect.1;
        let planning = plans as f64 * (self.planning + 1.0 + talking);
        15.5 + 20.0 + measuring + loading + planning + 10.0
    }

    /// Seconds within which the room must answer a frame once it is back: it may be behind some
    /// others.
    fn patience(&self, room: &Room, models: &[Arc<Model>]) -> f64 {
        15.0 + 20.0 * self.longest(room, models)
    }

    /// Seconds that the slowest device would take for a frame alone, as slow as it is by now.
    fn longest(&self, room: &Room, models: &[Arc<Model>]) -> f64 {
        let macs = models.iter().map(|model| all_macs(model)).fold(0.0, f64::max);
        let there = room.machines.iter().filter(|machine| machine.died.is_none());
        let seconds = there.map(|machine| macs * machine.spec.slower / machine.spec.speed);
        seconds.fold(0.0, f64::max)
    }

    /// What must be right in the end.
    fn last_look(&self, room: &Room, models: &[Arc<Model>], probes: &[usize]) -> Vec<String> {
        let mut complaints = Vec::new();
        for (index, asked) in room.asked.iter().enumerate() {
            let ends = asked.ends + u32::from(asked.refused.is_some());
            if ends != 1 {
                complaints.push(format!("picture {index} ended {ends} times: {asked:?}"));
            }
        }
        let census = room.coordinator.census();
        if census.in_flight + census.waiting > 0 {
            complaints.push(format!("frames are left: {census:?}"));
        }
        complaints.extend(self.unable(room));
        complaints.extend(misjudged(room));
        if self.somebody_can(room, models) {
            if !census.running {
                let status = room.state()["status"].clone();
                complaints.push(format!("no plan runs, though somebody can answer: {status}"));
            }
            // A room of slow devices may need longer than a frame has.
            let in_time = 10.0 + 4.0 * self.longest(room, models) <= self.limits.0;
            for probe in probes.iter().filter(|_| in_time) {
                let asked = &room.asked[*probe];
                if !matches!(asked.outcome, Some(Ok(_))) {
                    complaints.push(format!("when all was over, no answer came: {asked:?}"));
                }
            }
        }
        for (index, machine) in room.machines.iter().enumerate() {
            let held = machine.device.held();
            let leaks = held.frames > 0 || held.bytes > 0 || held.images > 0;
            if machine.died.is_none() && leaks && !self.has_strangers() {
                complaints.push(format!("device {index} holds what nobody wants: {held:?}"));
            }
        }
        complaints
    }

    /// Whether slices are about that belong to no frame, which nobody ever cancels.
    fn has_strangers(&self) -> bool {
        self.troubles.iter().any(|trouble| match &trouble.what {
            What::Weather { mishap, .. } => {
                matches!(mishap, crate::Mishap::Corrupt | crate::Mishap::Truncated)
            }
            What::Garbage { .. } => true,
            _ => false,
        })
    }

    /// Whether a device is there that can do all, and no scheme may say no.
    fn somebody_can(&self, room: &Room, models: &[Arc<Model>]) -> bool {
        if let Some((_, true)) = room.oracle.as_ref().and_then(|oracle| oracle.no_plan.as_ref()) {
            return false;
        }
        let bytes = |model: &Arc<Model>| {
            let nodes = model.graph.nodes.len() as u32;
            4 * weights::parameter_count(&model.graph, 0..nodes)
        };
        let most = models.iter().map(bytes).max().unwrap_or(0);
        room.by_id.values().any(|index| {
            let machine = &room.machines[*index];
            let counts = machine.is_sound() && !machine.quarantined;
            machine.died.is_none() && counts && machine.spec.memory >= most
        })
    }

    /// Sound devices that the room has set aside.
    fn unable(&self, room: &Room) -> Vec<String> {
        let state = room.state();
        let devices = state["devices"].as_array().into_iter().flatten();
        let unable = devices.filter(|device| device["state"] == "unable");
        let sound = |device: &&serde_json::Value| {
            let mut machines = room.machines.iter();
            let id = device["id"].as_u64();
            machines.any(|machine| {
                machine.died.is_none()
                    && machine.id.map(|id| u64::from(id.0)) == id
                    && machine.is_sound()
            })
        };
        unable.filter(sound).map(|device| format!("it was set aside: {device}")).collect()
    }
}

/// Devices that have computed enough tiles for the room to know how slow they are, and it does not.
fn misjudged(room: &Room) -> Vec<String> {
    let state = room.state();
    let devices = state["devices"].as_array().into_iter().flatten();
    let believed = |device: &serde_json::Value| {
        let id = DeviceId(u32::try_from(device["id"].as_u64()?).ok()?);
        let machine = &room.machines[*room.by_id.get(&id)?];
        let (epoch, slower, count) = machine.alike;
        let plan = room.plans.get(&epoch)?;
        let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
        let mut own = tiles.filter(|tile| tile.device == id);
        let (tile, other) = (own.next()?, own.next());
        let now = room.plans.keys().next_back() == Some(&epoch) && slower == machine.spec.slower;
        let (really, by_room) = (machine.spec.speed / slower, device["capacity"].as_f64()?);
        // Short ones say nothing.
        let long = tile.macs as f64 / by_room >= 0.001;
        let judged = now && long && other.is_none() && count >= JUDGED && machine.died.is_none();
        let by_room = by_room * device["speed"].as_f64()?;
        let right = (1.0 / MISJUDGED..=MISJUDGED).contains(&(by_room / really));
        (judged && !right).then(|| {
            format!(
                "{id} makes {really} MAC/s, and is taken for one of {by_room} after {count} tiles"
            )
        })
    };
    devices.filter_map(believed).collect()
}

/// Multiply-accumulates of a whole network.
pub(super) fn all_macs(model: &Model) -> f64 {
    let graph = &model.graph;
    let all = Segment::new(graph, &model.pieces, 0..model.pieces.len());
    let whole: Vec<Region> = all.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    all.all_macs(graph, &all.trace(graph, &whole)) as f64
}

fn spec(index: usize, page: &Page) -> DeviceSpec {
    let has = |odd: Odd| page.odd.contains(&odd);
    DeviceSpec {
        memory: page.memory,
        machine: page.machine.map(|machine| format!("shared {machine}")),
        relay_only: has(Odd::Relays),
        watches: has(Odd::Watches),
        bad_weights: has(Odd::BadWeights),
        benchmark: (!has(Odd::NeverMeasured)).then_some(0.6),
        load: (!has(Odd::NeverLoaded)).then_some(0.3),
        link: page.line.map(|(up, down)| Link { up, down }),
        ..DeviceSpec::new(&format!("page {index}"), page.speed)
    }
}

fn begin(room: &mut Room, models: &[Arc<Model>], Trouble { at, what }: &Trouble) {
    let at = *at;
    match what {
        What::Leaves { page } => room.leave_at(at, *page),
        What::Dies { page } => room.kill_at(at, *page),
        What::Vanishes { page } => room.vanish_at(at, *page),
        What::SourceDies => room.kill_source_at(at),
        What::Freezes { page, seconds } => room.freeze_at(at, *page, *seconds),
        What::Reloads { page, seconds } => room.reload_at(at, *page, *seconds),
        What::ServerRestarts { seconds } => room.restart_at(at, *seconds),
        What::CutOff { page, seconds } => room.cut_off_at(at, *page, *seconds),
        What::LinkBreaks { pages: (a, b) } => room.lose_link_at(at, *a, *b),
        What::Weather { from, to, mishap, chance, seconds } => {
            room.mishap_at(at, (*from, *to), *mishap, (*chance, *seconds));
        }
        What::Slows { page, times } => room.slow_down_at(at, *page, *times),
        What::Thins { page, times, seconds } => {
            room.line_at(at, *page, *times);
            room.line_at(at + seconds, *page, 1.0);
        }
        What::Clock { page, ahead, times } => room.set_clock_at(at, *page, *ahead, *times),
        What::Lies { page, seconds } => room.lie_at(at, *page, *seconds),
        What::Garbage { page, kind, count } => {
            for number in 0..*count {
                let share = f64::from(number) / f64::from(*count);
                room.garbage_at(at + 0.5 * share, *page, *kind);
            }
        }
        What::Hides { page } => room.hide_at(at, *page),
        What::WeightsSpoil { page } => room.spoil_weights_at(at, *page),
        What::Network { network } => room.set_model_at(at, &models[*network]),
        What::Scheme { scheme, limit } => room.set_scheme_within_at(at, scheme, *limit),
        What::HangUp { frame } => room.hang_up_at(at, *frame),
        What::NoPicture { frame } => room.spoil_picture(*frame),
    }
}

/// Bytes of all weight files of the network that has most.
fn most_bytes(models: &[Arc<Model>]) -> f64 {
    let bytes = |model: &Arc<Model>| match &model.weights {
        WeightSource::Files { files } => files.iter().map(|file| file.bytes as f64).sum::<f64>(),
        WeightSource::Seeded { .. } => 0.0,
    };
    models.iter().map(bytes).fold(0.0, f64::max)
}
