//! What a running pipeline is expected to do. Unlike the paper's model, transfers overlap with
//! computing, slices that stay on a device cost nothing, and the head counts.

use crate::{Cluster, DeviceId, Edge, Plan, Port, Prediction};
use convoy_model::{Model, Segment};
use std::collections::BTreeMap;

/// The period (the busiest device or link) and latency (the longest way through the tiles) of a plan
/// with these edges. The source is counted as a device of its own.
#[must_use]
pub fn predict(model: &Model, cluster: &Cluster, plan: &Plan, edges: &[Edge]) -> Prediction {
    let network = &cluster.network;
    let capacity: BTreeMap<DeviceId, f64> =
        cluster.devices.iter().map(|device| (device.id, device.capacity)).collect();
    let mut compute: BTreeMap<Port, f64> = BTreeMap::new();
    let mut busy: BTreeMap<DeviceId, f64> = BTreeMap::new();
    for (stage_index, stage) in plan.stages.iter().enumerate() {
        let segment = Segment::new(&model.graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
        for (tile_index, tile) in stage.tiles.iter().enumerate() {
            let trace = segment.trace(&model.graph, &tile.regions);
            let macs = segment.all_macs(&model.graph, &trace) as f64;
            let seconds = macs / capacity.get(&tile.device).copied().unwrap_or(f64::INFINITY);
            let port = Port::Tile { stage: stage_index as u16, tile: tile_index as u16 };
            compute.insert(port, seconds);
            *busy.entry(tile.device).or_default() += seconds;
        }
    }

    let device = |port: Port| match port {
        Port::Source => None,
        Port::Tile { .. } => Some(port.device(plan, DeviceId(0))),
    };
    let mut sent: BTreeMap<Option<DeviceId>, f64> = BTreeMap::new();
    let mut received: BTreeMap<Option<DeviceId>, f64> = BTreeMap::new();
    let mut arrives: BTreeMap<Port, (f64, f64)> = BTreeMap::new();
    let mut medium = 0.0;
    let mut finished: BTreeMap<Port, f64> = BTreeMap::from([(Port::Source, 0.0)]);
    let mut order: Vec<&Edge> = edges.iter().collect();
    // Tiles in stage order, so that what an edge starts from is known; the outputs last.
    order.sort_by_key(|edge| (edge.to == Port::Source, edge.to, edge.from));
    for edge in order {
        if let Port::Tile { .. } = edge.from
            && !finished.contains_key(&edge.from)
        {
            let (start, waits) = arrives.get(&edge.from).copied().unwrap_or_default();
            let seconds = compute.get(&edge.from).copied().unwrap_or_default();
            finished.insert(edge.from, start + waits + seconds);
        }
        let start = finished.get(&edge.from).copied().unwrap_or_default();
        let arrival = arrives.entry(edge.to).or_default();
        arrival.0 = arrival.0.max(start);
        if device(edge.from) != device(edge.to) {
            let values = u64::from(model.graph.shape(edge.tensor).channels) * edge.region.area();
            let bytes = values * network.wire.bytes(edge.tensor, edge.to == Port::Source);
            let seconds = bytes as f64 / network.bandwidth + network.latency;
            arrival.1 += seconds;
            medium += seconds;
            *sent.entry(device(edge.from)).or_default() += seconds;
            *received.entry(device(edge.to)).or_default() += seconds;
        }
    }
    let largest = |seconds: &mut dyn Iterator<Item = f64>| seconds.fold(0.0, f64::max);
    let links = if network.shared {
        medium
    } else {
        largest(&mut sent.values().chain(received.values()).copied())
    };
    let (start, waits) = arrives.get(&Port::Source).copied().unwrap_or_default();
    Prediction { period: largest(&mut busy.values().copied()).max(links), latency: start + waits }
}
