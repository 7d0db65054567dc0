//! The planner itself: how long it takes, and how near its bound it comes for many devices. These
//! numbers hang on the machine, so they stand in a file of their own.

use crate::cell::network;
use crate::grid::{GHZ, Grid, MBIT};
use crate::setting::{MACS_PER_GHZ, NETWORKS, Setting, Wiring};
use convoy_model::{Model, Region, macs, weights};
use convoy_plan::{
    Cluster, Device, DeviceId, Front, Network, Options, PlanError, WireFormat, front,
};
use convoy_sim::Rng;
use std::time::Instant;

/// Mbit/s of each line of the large clusters.
pub const LARGE_MBIT: [f64; 2] = [50.0, 1000.0];

/// Seconds of planning on one core.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    /// Id of the network.
    pub network: &'static str,
    /// How many devices.
    pub devices: usize,
    /// What lies between them.
    pub wiring: Wiring,
    /// Who planned.
    pub scheme: &'static str,
    /// The least of several runs.
    pub seconds: f64,
    /// Whether the whole space was searched.
    pub exact: bool,
}

/// A large cluster under limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Large {
    /// Id of the network.
    pub network: &'static str,
    /// Mbit/s of each line.
    pub mbit: f64,
    /// Seconds within which each frame was to be answered.
    pub limit: f64,
    /// Bytes that a device may hold.
    pub memory: u64,
    /// Seconds that planning took.
    pub seconds: f64,
    /// Period, latency and bound of the period in seconds, or why there is no plan.
    pub found: Result<[f64; 3], PlanError>,
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Planning {
    /// Devices of which no two are alike, at [`MBIT`]: the aims are for these.
    pub unequal: Vec<Time>,
    /// Equal devices, one to the most, for the plot.
    pub equal: Vec<Time>,
    /// Large clusters.
    pub large: Vec<Large>,
    /// How many devices these have.
    pub devices: usize,
    /// Seconds that `best` might plan there.
    pub budget: f64,
}

/// Measures everything on one thread.
///
/// # Errors
/// An unknown network or a plan that is refused.
pub fn run(grid: &Grid, seed: u64, told: &dyn Fn(&str)) -> Result<Planning, PlanError> {
    let mut planning = Planning { devices: grid.large, budget: grid.budget, ..Planning::default() };
    for id in NETWORKS {
        let model = network(id)?;
        told(id);
        for scheme in ["best", "pico"] {
            for wiring in [Wiring::Shared, Wiring::Lines] {
                let cluster = unequal(grid.most, wiring);
                planning.unequal.push(time((id, &model), (&cluster, wiring), scheme, grid)?);
            }
            for &count in &grid.devices {
                let cluster = Setting::equal(id, count, GHZ, MBIT).cluster();
                let cluster = (&cluster, Wiring::Shared);
                planning.equal.push(time((id, &model), cluster, scheme, grid)?);
            }
        }
        for mbit in LARGE_MBIT {
            planning.large.push(large(id, &model, mbit, grid, seed));
        }
    }
    Ok(planning)
}

/// Devices from 0.6 to 1.5 GHz of which no two are alike.
fn unequal(count: usize, wiring: Wiring) -> Cluster {
    let mut cluster = Setting { wiring, ..Setting::equal("", count, GHZ, MBIT) }.cluster();
    let steps = count.saturating_sub(1).max(1) as f64;
    for (index, device) in cluster.devices.iter_mut().enumerate() {
        device.capacity = MACS_PER_GHZ * (0.6 + 0.9 * index as f64 / steps);
    }
    cluster
}

fn timed(
    scheme: &str,
    model: &Model,
    cluster: &Cluster,
    latency_limit: Option<f64>,
    budget: f64,
) -> (f64, Result<Front, PlanError>) {
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64();
    let planned = front(scheme, model, cluster, &Options { latency_limit, budget, clock: &clock });
    (clock(), planned)
}

fn time(
    (network, model): (&'static str, &Model),
    (cluster, wiring): (&Cluster, Wiring),
    scheme: &'static str,
    grid: &Grid,
) -> Result<Time, PlanError> {
    let (mut seconds, mut exact) = (f64::INFINITY, false);
    for _ in 0..grid.repeats {
        let (took, planned) = timed(scheme, model, cluster, None, f64::INFINITY);
        exact = planned?.exact;
        seconds = seconds.min(took);
    }
    Ok(Time { network, devices: cluster.devices.len(), wiring, scheme, seconds, exact })
}

/// Unequal devices at random from 0.6 to 1.5 GHz, each with memory for a quarter of the weights and
/// a line of its own; the limit is half of what the fastest takes alone.
fn large(id: &'static str, model: &Model, mbit: f64, grid: &Grid, seed: u64) -> Large {
    let memory = model_bytes(model) / 4;
    let mut rng = Rng::new(seed);
    let device = |index| {
        let capacity = MACS_PER_GHZ * rng.between(0.6, 1.5);
        Device::new(DeviceId(index), &format!("device {}", index + 1), capacity, memory)
    };
    let devices: Vec<Device> = (0..grid.large as u32).map(device).collect();
    let fastest = devices.iter().map(|device| device.capacity).fold(0.0, f64::max);
    let bandwidth = mbit * 1e6 / 8.0;
    let network = Network { bandwidth, shared: false, latency: 0.002, wire: WireFormat::Compact };
    let cluster = Cluster { devices, network };
    let graph = &model.graph;
    let work: u64 = graph.iter().map(|(id, node)| macs(graph, id, Region::whole(node.shape))).sum();
    let limit = work as f64 / fastest / 2.0;
    let (seconds, planned) = timed("best", model, &cluster, Some(limit), grid.budget);
    let found = planned.map(|front| {
        let best = front.plans[0].predicted;
        [best.period, best.latency, front.bound.period]
    });
    Large { network: id, mbit, limit, memory, seconds, found }
}

/// Bytes of all weights, in f32.
fn model_bytes(model: &Model) -> u64 {
    let count = |piece: &convoy_model::Piece| {
        weights::parameter_count(&model.graph, piece.first.0..piece.end.0)
    };
    4 * model.pieces.iter().map(count).sum::<u64>()
}
