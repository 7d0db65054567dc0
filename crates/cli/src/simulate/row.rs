//! One scheme: its plan, what was to be expected of it, and what came of playing it.

use super::Task;
use convoy_model::Model;
use convoy_plan::{Cluster, DeviceId, Options, Plan, WireFormat, front, queue};
use convoy_sim::{DeviceSpec, NetworkSpec, Play, Played, Room, play, saturate};
use serde::Serialize;
use std::time::Instant;

/// Frames over which the period of a saturated plan is measured.
const SATURATED: usize = 1000;

/// Seconds of virtual time after which a room has measured, linked and readied its devices.
const READY: f64 = 120.0;

/// A scheme's row.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) scheme: &'static str,
    /// Milliseconds that planning took.
    pub(super) planning_ms: f64,
    /// Or why there is none.
    #[serde(flatten, serialize_with = "outcome")]
    pub(super) outcome: Result<Numbers, String>,
}

/// What a scheme's plan promises and does.
#[derive(Serialize)]
pub(super) struct Numbers {
    /// Predicted seconds from one answer to the next, where transfers overlap with computing.
    pub(super) period: f64,
    /// Predicted seconds from picture to answer.
    pub(super) latency: f64,
    /// Mean seconds from picture to answer by the queue formula at this rate; none where the plan
    /// does not keep up.
    pub(super) expected: Option<f64>,
    /// Measured mean seconds from picture to answer.
    pub(super) mean: f64,
    /// Seconds within which 95 of 100 pictures were answered.
    pub(super) p95: f64,
    /// Answers a second; none where all was over at once.
    pub(super) throughput: Option<f64>,
    /// Answers a second where pictures always wait.
    pub(super) saturated: Option<f64>,
    /// Which part of the time the cluster's devices computed, 0 to 1.
    pub(super) utilisation: f64,
    /// Multiply-accumulates of all tiles over those of the undivided network, less 1.
    pub(super) recomputed: f64,
    /// Pictures that were answered.
    pub(super) answered: usize,
}

fn outcome<S: serde::Serializer>(
    outcome: &Result<Numbers, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Problem<'a> {
        problem: &'a str,
    }
    match outcome {
        Ok(numbers) => numbers.serialize(serializer),
        Err(problem) => Problem { problem }.serialize(serializer),
    }
}

impl Row {
    pub(super) fn new(task: &Task, scheme: &'static str) -> Self {
        let start = Instant::now();
        let clock = || start.elapsed().as_secs_f64();
        let options =
            Options { latency_limit: task.latency_limit, budget: task.budget, clock: &clock };
        let front = front(scheme, &task.model, &task.cluster, &options);
        let planning_ms = clock() * 1e3;
        let outcome = front.map_err(|error| error.to_string()).and_then(|mut front| {
            if task.room {
                return in_room(task, scheme);
            }
            let chosen = front.plans.swap_remove(front.at_rate(task.coming.rate));
            let times = task.coming.times.iter().copied();
            let played = play(&task.model, &task.cluster, &chosen, times, &Play::default());
            let played = played.map_err(|error| error.to_string())?;
            Numbers::new(task, &task.cluster, &chosen, &played)
        });
        Self { scheme, planning_ms, outcome }
    }
}

/// Plays with the real coordinator and devices. The room plans for itself.
fn in_room(task: &Task, scheme: &str) -> Result<Numbers, String> {
    let Task { model, cluster, coming, .. } = task;
    let specs = cluster.devices.iter().map(DeviceSpec::of);
    let network = NetworkSpec::of(&cluster.network);
    let mut room = Room::new(task.seed, model, scheme, specs, network);
    room.measure();
    room.run_until(READY);
    if room.plans().is_empty() {
        let state = room.state();
        return Err(state["status"].as_str().unwrap_or("the room has no plan").to_owned());
    }
    room.submit_all(READY, coming.times.iter().copied());
    room.settle(f64::INFINITY);
    let plan = room.plans().values().next_back().cloned().ok_or("the room has no plan")?;
    // A room numbers its devices itself, and sends maps in half precision.
    let mut own = cluster.clone();
    own.network.wire = WireFormat::Compact;
    for (index, device) in own.devices.iter_mut().enumerate() {
        device.id = room.id(index).unwrap_or(DeviceId(index as u32));
    }
    Numbers::new(task, &own, &plan, &room.played())
}

impl Numbers {
    fn new(task: &Task, cluster: &Cluster, plan: &Plan, played: &Played) -> Result<Self, String> {
        let (Some(mean), Some(p95)) = (played.mean_latency(), played.percentile(0.95)) else {
            return Err("no picture was answered".into());
        };
        let expected = queue::latency(plan, task.coming.rate);
        let saturated = saturate(&task.model, cluster, plan, SATURATED);
        let period = saturated.map_err(|error| error.to_string())?.period();
        Ok(Self {
            period: plan.predicted.period,
            latency: plan.predicted.latency,
            expected: expected.is_finite().then_some(expected),
            mean,
            p95,
            throughput: played.throughput(),
            saturated: period.filter(|period| *period > 0.0).map(|period| 1.0 / period),
            utilisation: played.utilisation(),
            recomputed: recomputed(&task.model, plan),
            answered: played.frames.len(),
        })
    }
}

/// How much more the tiles of a mean frame compute than the undivided network does.
fn recomputed(model: &Model, plan: &Plan) -> f64 {
    let tiles = plan.stages.iter().flat_map(|stage| {
        stage.tiles.iter().map(|tile| tile.macs as f64 * stage.share(tile.group))
    });
    let (all, undivided) = (tiles.sum::<f64>(), model.graph.conv_macs() as f64);
    if undivided > 0.0 { all / undivided - 1.0 } else { 0.0 }
}
