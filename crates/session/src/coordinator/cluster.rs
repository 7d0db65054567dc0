//! The room as the planner sees it: from what pages measured.

use super::Coordinator;
use super::lines::CLEAR;
use convoy_model::Counting;
use convoy_plan::{Cluster, Device, DeviceId, Link, Network, WireFormat};
use serde::Serialize;
use std::collections::BTreeSet;

/// Bytes a second between pages whose links have not been measured: 50 Mbit/s, a common Wi-Fi.
const DEFAULT_BANDWIDTH: f64 = 50e6 / 8.0;

/// A page's line as people see it.
#[derive(Debug, Serialize)]
pub(super) struct LineState {
    up_mbit: Option<f64>,
    down_mbit: Option<f64>,
    slow: bool,
}

/// What all pages share, as people see it.
#[derive(Debug, Serialize)]
pub(super) struct MediumState {
    shared: Option<bool>,
    mbit: Option<f64>,
}

impl Coordinator {
    /// The cluster of these pages: their capacities, as measured and as they have drifted since, and their
    /// lines ([`super::lines`]). A direction of which nothing was measured is the median of all links. Pages that share
    /// a medium ([`super::medium`]) have the one in the middle of all lines, unless one of them has a line of its own that is
    /// clearly slower: then that is what matters, and each has its line.
    pub(super) fn cluster(&self, devices: &BTreeSet<DeviceId>) -> Cluster {
        let bandwidth = self.lines.common().unwrap_or(DEFAULT_BANDWIDTH);
        let line = |id: &DeviceId| {
            let line = self.lines.of(*id);
            let measured = line.up.is_some() || line.down.is_some();
            let (up, down) = (line.up.unwrap_or(bandwidth), line.down.unwrap_or(bandwidth));
            measured.then_some(Link { up, down })
        };
        let device = |id: &DeviceId| {
            let member = self.members.get(id)?;
            let benchmark = member.benchmark.as_ref()?;
            let (capacity, memory) = (benchmark.capacity / member.speed.times(), benchmark.memory);
            let device = Device::new(*id, &member.hello.name, capacity, memory);
            // A page that is slowed down on purpose is as slow in every kind of layer: it has time to read.
            let reading = Counting::reading_at(benchmark.capacity, &benchmark.kinds);
            Some(Device { link: line(id), reading, passing: self.passing.cost, ..device })
        };
        let latency = median(self.half_round_trips(devices)).unwrap_or(0.0) + self.passing.delay;
        let medium = self.shared_medium(devices);
        let devices = devices.iter().filter_map(device).collect();
        let (shared, wire) = (medium.is_some(), WireFormat::Compact);
        let bandwidth = medium.unwrap_or(bandwidth);
        Cluster { devices, network: Network { bandwidth, shared, latency, wire } }
    }

    /// A page's line as it was measured, in Mbit/s; null where it was not. And whether it has become slow.
    pub(super) fn line_state(&self, id: DeviceId) -> LineState {
        let line = self.lines.of(id);
        let mbit = |rate: Option<f64>| rate.map(|bytes| bytes * 8.0 / 1e6);
        let slow = self.looks.slow(id).is_some();
        LineState { up_mbit: mbit(line.up), down_mbit: mbit(line.down), slow }
    }

    /// Whether pages share a medium, where that is known, and what it carries by the plan.
    pub(super) fn medium_state(&self) -> MediumState {
        let mbit = self.shared_medium(&self.planning.devices).map(|bytes| bytes * 8.0 / 1e6);
        MediumState { shared: self.medium.known(), mbit }
    }

    /// Bytes a second of the medium that these pages share, where they do.
    fn shared_medium(&self, devices: &BTreeSet<DeviceId>) -> Option<f64> {
        if !self.medium.is_shared() {
            return None;
        }
        let lines = devices.iter().map(|id| self.lines.of(*id));
        let rates: Vec<f64> = lines.flat_map(|line| [line.up, line.down]).flatten().collect();
        let slowest = rates.iter().copied().min_by(f64::total_cmp)?;
        median(rates).filter(|common| CLEAR * slowest > *common)
    }

    fn half_round_trips(&self, devices: &BTreeSet<DeviceId>) -> Vec<f64> {
        let members = devices.iter().filter_map(|id| self.members.get(id));
        let links = members.flat_map(|member| member.links.values());
        let links = links.filter(|link| devices.contains(&link.peer));
        links.filter_map(|link| link.round_trip.map(|seconds| seconds / 2.0)).collect()
    }
}

/// The one in the middle, where there is any.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
