//! From measured pages to a running plan: when there is a plan to make, when it may start.

use super::member::{Member, Stand};
use super::{Coordinator, FrameError};
use crate::credits;
use convoy_plan::{Cluster, Device, DeviceId, Network, Plan, Port, WireFormat, edges, plan};
use convoy_wire::{Epoch, ToDevice};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds that a plan waits for pages that are not measured or connected yet.
const PATIENCE: f64 = 90.0;
/// Seconds that a page may take to fetch its weights without any progress.
const LOAD_DEADLINE: f64 = 60.0;
/// How many plans back an answer may come from.
const REMEMBERED: usize = 16;
/// Bytes a second between pages whose links have not been measured: 50 Mbit/s, a common Wi-Fi.
const DEFAULT_BANDWIDTH: f64 = 50e6 / 8.0;

/// The plan, who carries it out, and how far they are.
#[derive(Debug, Default)]
pub(super) struct Planning {
    pub(super) epoch: Epoch,
    pub(super) plan: Option<Plan>,
    /// Whom the plan was made for; each may be a source.
    pub(super) devices: BTreeSet<DeviceId>,
    /// Of those, who is not ready yet.
    waiting: BTreeSet<DeviceId>,
    prepared_at: f64,
    pub(super) running: bool,
    /// Whether model or scheme were changed since the plan was made.
    pub(super) changed: bool,
    /// Why there is no plan.
    pub(super) problem: Option<String>,
    /// Pairs, lower id first, that were told to connect.
    pub(super) connected: BTreeSet<(DeviceId, DeviceId)>,
    /// The networks of the newest plans.
    models: BTreeMap<Epoch, String>,
}

impl Planning {
    /// How many frames may be in flight; `None` while no plan runs.
    pub(super) fn credits(&self) -> Option<usize> {
        self.plan.as_ref().filter(|_| self.running).map(credits)
    }

    /// The network of a plan that was made not long ago.
    pub(super) fn model(&self, epoch: Epoch) -> Option<&str> {
        self.models.get(&epoch).map(String::as_str)
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

    /// Makes a new plan where the present one does not fit who is there.
    pub(super) fn plan_if_needed(&mut self, now: f64) {
        self.give_up_on_loading(now);
        let (eligible, pending) = self.eligible(now);
        let planning = &self.planning;
        let lost = planning.devices.iter().any(|device| !eligible.contains(device));
        let broken = planning.plan.is_none() || lost || planning.changed;
        let fits = eligible == planning.devices && !planning.changed;
        if eligible.is_empty() {
            if lost {
                self.stop();
            }
            self.planning.problem = None;
            // Whoever is here cannot take part, and nobody else is on the way.
            if !pending && self.members.values().any(Member::computes) {
                let why = self.status();
                self.no_plan(&why);
            }
            return;
        }
        let has_plan = planning.plan.is_some();
        // Nobody is planned for twice while others are still measured; but work that cannot go on
        // goes on with whoever is there.
        let wait = pending && (!has_plan || !broken);
        if wait && !has_plan {
            // With those who are still on the way there may be a plan.
            self.planning.problem = None;
            return;
        }
        if wait || (fits && (has_plan || planning.problem.is_some())) {
            return;
        }
        self.make_plan(now, &eligible);
    }

    /// Nobody is left to carry the plan out.
    fn stop(&mut self) {
        let planning = &mut self.planning;
        planning.plan = None;
        planning.running = false;
        planning.devices.clear();
        planning.waiting.clear();
    }

    /// Sets aside who has not become ready for the plan in time.
    fn give_up_on_loading(&mut self, now: f64) {
        let planning = &mut self.planning;
        if planning.running || planning.plan.is_none() || now - planning.prepared_at < LOAD_DEADLINE
        {
            return;
        }
        for id in &planning.waiting {
            if let Some(member) = self.members.get_mut(id) {
                member
                    .set_aside("it did not get ready for the plan in time; reload its page".into());
            }
        }
    }

    fn make_plan(&mut self, now: f64, eligible: &BTreeSet<DeviceId>) {
        if self.planning.plan.is_some() {
            self.measured.counters.replans += 1;
        }
        self.measured.counters.replayed += self.frames.in_flight() as u64;
        // Who takes no part in the plan is no source either.
        for (frame, source) in self.frames.release(eligible) {
            self.send(source, ToDevice::Cancel { frame });
        }
        let cluster = self.cluster(eligible);
        let planned = plan(&self.scheme, &self.model, &cluster, None)
            .and_then(|plan| edges(&self.model, &plan).map(|edges| (plan, edges)));
        self.stop();
        self.planning.changed = false;
        self.planning.devices.clone_from(eligible);
        let (plan, edges) = match planned {
            Ok(planned) => planned,
            Err(error) => return self.no_plan(&error.to_string()),
        };
        for edge in &edges {
            if let (Port::Tile { .. }, Port::Tile { .. }) = (edge.from, edge.to) {
                let nobody = DeviceId(0);
                self.link(edge.from.device(&plan, nobody), edge.to.device(&plan, nobody));
            }
        }
        self.planning.problem = None;
        self.planning.epoch.0 += 1;
        self.planning.prepared_at = now;
        self.planning.waiting.clone_from(eligible);
        let epoch = self.planning.epoch;
        self.planning.models.insert(epoch, plan.model.clone());
        while self.planning.models.len() > REMEMBERED {
            self.planning.models.pop_first();
        }
        for id in eligible {
            self.send(*id, ToDevice::Prepare { epoch, plan: plan.clone() });
            if let Some(member) = self.members.get_mut(id) {
                member.stand = Stand::Loading { done: 0, total: 0 };
            }
        }
        self.planning.plan = Some(plan);
    }

    /// No plan fits: whoever waits for an answer is told why.
    fn no_plan(&mut self, why: &str) {
        self.planning.problem = Some(why.to_owned());
        for frame in self.frames.all() {
            self.fail(frame, FrameError::Plan(why.to_owned()));
        }
    }

    /// The cluster of these pages: measured capacities, and the median of the measured links.
    fn cluster(&self, devices: &BTreeSet<DeviceId>) -> Cluster {
        let mut bandwidths: Vec<f64> = Vec::new();
        let mut latencies: Vec<f64> = Vec::new();
        let mut cluster = Vec::new();
        for id in devices {
            let Some(member) = self.members.get(id) else { continue };
            for link in member.links.values().filter(|link| devices.contains(&link.peer)) {
                bandwidths.extend(link.bandwidth.filter(|bandwidth| *bandwidth > 0.0));
                latencies.extend(link.round_trip.map(|seconds| seconds / 2.0));
            }
            if let Some(benchmark) = &member.benchmark {
                let (capacity, memory) = (benchmark.capacity, benchmark.memory);
                cluster.push(Device { id: *id, name: member.hello.name.clone(), capacity, memory });
            }
        }
        let network = Network {
            bandwidth: median(bandwidths).unwrap_or(DEFAULT_BANDWIDTH),
            shared: false,
            latency: median(latencies).unwrap_or(0.0),
            wire: WireFormat::Compact,
        };
        Cluster { devices: cluster, network }
    }

    /// A page holds what the plan asks of it.
    pub(super) fn ready(&mut self, now: f64, device: DeviceId, epoch: Epoch) {
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
    pub(super) fn start_if_ready(&mut self) {
        let planning = &mut self.planning;
        if planning.running || planning.plan.is_none() || !planning.waiting.is_empty() {
            return;
        }
        planning.running = true;
        let epoch = planning.epoch;
        for id in planning.devices.clone() {
            self.send(id, ToDevice::Start { epoch });
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
