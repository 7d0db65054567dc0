//! The room as the planner sees it: from what pages measured.

use super::Coordinator;
use convoy_model::Counting;
use convoy_plan::{Cluster, Device, DeviceId, Link, Network, WireFormat};
use convoy_wire::Benchmark;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes a second between pages whose links have not been measured: 50 Mbit/s, a common Wi-Fi.
const DEFAULT_BANDWIDTH: f64 = 50e6 / 8.0;

impl Coordinator {
    /// The cluster of these pages: their capacities, as measured and as they have drifted since, and their
    /// lines. A page's line is the median of its measured links, in each direction; of a page without any
    /// it is the median of all.
    pub(super) fn cluster(&self, devices: &BTreeSet<DeviceId>) -> Cluster {
        let mut all: Vec<f64> = Vec::new();
        let mut up: BTreeMap<DeviceId, Vec<f64>> = BTreeMap::new();
        let mut down: BTreeMap<DeviceId, Vec<f64>> = BTreeMap::new();
        let mut latencies: Vec<f64> = Vec::new();
        for id in devices {
            let links = self.members.get(id).into_iter().flat_map(|member| member.links.values());
            for link in links.filter(|link| devices.contains(&link.peer)) {
                if let Some(bandwidth) = link.bandwidth.filter(|bandwidth| *bandwidth > 0.0) {
                    all.push(bandwidth);
                    up.entry(*id).or_default().push(bandwidth);
                    down.entry(link.peer).or_default().push(bandwidth);
                }
                latencies.extend(link.round_trip.map(|seconds| seconds / 2.0));
            }
        }
        let bandwidth = median(all).unwrap_or(DEFAULT_BANDWIDTH);
        let mut line = |id: &DeviceId| {
            let (up, down) = (up.remove(id).and_then(median), down.remove(id).and_then(median));
            let measured = up.is_some() || down.is_some();
            let link = Link { up: up.unwrap_or(bandwidth), down: down.unwrap_or(bandwidth) };
            measured.then_some(link)
        };
        let device = |id: &DeviceId| {
            let member = self.members.get(id)?;
            let benchmark = member.benchmark.as_ref()?;
            let (capacity, memory) = (benchmark.capacity / member.speed.times(), benchmark.memory);
            let device = Device::new(*id, &member.hello.name, capacity, memory);
            Some(Device { link: line(id), reading: reading(benchmark), ..device })
        };
        let devices = devices.iter().filter_map(device).collect();
        let latency = median(latencies).unwrap_or(0.0);
        let wire = WireFormat::Compact;
        Cluster { devices, network: Network { bandwidth, shared: false, latency, wire } }
    }
}

/// What reading a weight costs a device, in multiply-accumulates. One that was slowed down on purpose is as
/// slow in every kind of layer, and has time enough to read.
fn reading(benchmark: &Benchmark) -> f64 {
    let connected = benchmark.kinds.get(Counting::CONNECTED);
    connected.map_or(0.0, |connected| Counting::reading_at(benchmark.capacity, *connected))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
