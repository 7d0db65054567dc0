//! What a stage costs by the paper's model: the slowest device's multiply-accumulates over its
//! capacity, plus the transfers of every device's input and output tile (PICO, section on the cost
//! model). Convolutions alone count as work; the head counts nothing.

use crate::{
    Bound, Cluster, Device, DeviceId, Plan, PlanError, Prediction, Stage, Tile, edges, memory,
    predict,
};
use convoy_model::{Model, Region, Segment, Trace, effort};
use std::collections::BTreeMap;
use std::ops::Range;

/// A model and a cluster, for costing stages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Costs<'a> {
    pub(crate) model: &'a Model,
    pub(crate) cluster: &'a Cluster,
}

impl Costs<'_> {
    /// The stage in which each device makes its strip; devices with nothing to make are left out.
    pub(crate) fn stage(&self, segment: &Segment, tiles: &[(&Device, Vec<Region>)]) -> Stage {
        let wanted = |(_, regions): &&(&Device, Vec<Region>)| {
            regions.iter().any(|region| !region.is_empty())
        };
        let tiles: Vec<Tile> = tiles
            .iter()
            .filter(wanted)
            .map(|(device, regions)| self.tile(segment, device, regions.clone()))
            .collect();
        let compute = tiles.iter().map(|tile| tile.compute).fold(0.0, f64::max);
        let transfer = self.transfer(tiles.iter().map(|tile| tile.input_bytes + tile.output_bytes));
        let pieces = [segment.pieces.start, segment.pieces.end];
        Stage { pieces, turns: vec![1], tiles, compute, transfer }
    }

    /// Seconds that transfers of these many bytes, one number a device, take together: one after
    /// another on a shared medium, side by side where each device has a link of its own.
    pub(crate) fn transfer(&self, bytes: impl Iterator<Item = u64>) -> f64 {
        let network = &self.cluster.network;
        let seconds = bytes.map(|bytes| bytes as f64 / network.bandwidth + 2.0 * network.latency);
        if network.shared { seconds.sum() } else { seconds.fold(0.0, f64::max) }
    }

    /// The tile of `device` that makes these regions.
    pub(crate) fn tile(&self, segment: &Segment, device: &Device, regions: Vec<Region>) -> Tile {
        let graph = &self.model.graph;
        let trace = segment.trace(graph, &regions);
        let (input_bytes, output_bytes) = self.bytes(segment, &trace, &regions);
        let macs = segment.conv_macs(graph, &trace);
        let compute = self.body_effort(segment, &trace) / device.capacity;
        Tile { device: device.id, group: 0, regions, macs, input_bytes, output_bytes, compute }
    }

    /// What the convolutions of a tile with this trace cost, in multiply-accumulates.
    pub(crate) fn body_effort(&self, segment: &Segment, trace: &Trace) -> f64 {
        segment.conv_effort(&self.model.graph, trace, self.cluster.counting())
    }

    /// What all of the network costs, in multiply-accumulates, fully connected layers included.
    pub(crate) fn all(&self) -> f64 {
        let (graph, counting) = (&self.model.graph, self.cluster.counting());
        graph.iter().map(|(id, node)| effort(graph, id, Region::whole(node.shape), counting)).sum()
    }

    /// Bytes of a tile's input and output.
    pub(crate) fn bytes(&self, segment: &Segment, trace: &Trace, regions: &[Region]) -> (u64, u64) {
        let graph = &self.model.graph;
        let wire = self.cluster.network.wire;
        let size = |id, region: &Region, output| {
            u64::from(graph.shape(id).channels) * region.area() * wire.bytes(id, output)
        };
        let input = segment.inputs.iter().map(|id| size(*id, &trace.region(*id), false)).sum();
        let outputs = segment.outputs.iter().zip(regions);
        let output =
            outputs.map(|(id, region)| size(*id, region, graph.outputs.contains(id))).sum();
        (input, output)
    }

    /// Period and latency of stages by the paper's cost model. Stages that share a device cannot
    /// overlap, so the period is the longest time that a device's stages take together; a group
    /// that takes a part of the frames counts for that part.
    pub(crate) fn score(&self, stages: &[Stage]) -> (f64, f64) {
        let mut busy: BTreeMap<DeviceId, f64> = BTreeMap::new();
        for stage in stages {
            for group in 0..stage.turns.len() as u16 {
                let seconds = self.group_seconds(stage, group) * stage.share(group);
                for tile in stage.group(group) {
                    *busy.entry(tile.device).or_default() += seconds;
                }
            }
        }
        let latency = stages.iter().map(Stage::seconds).sum();
        (busy.into_values().fold(0.0, f64::max), latency)
    }

    fn group_seconds(&self, stage: &Stage, group: u16) -> f64 {
        if stage.turns.len() == 1 {
            return stage.seconds();
        }
        let compute = stage.group(group).map(|tile| tile.compute).fold(0.0, f64::max);
        if stage.transfer == 0.0 {
            // Whole frames on one device count no transfers, whichever group takes them.
            return compute;
        }
        compute + self.transfer(stage.group(group).map(|tile| tile.input_bytes + tile.output_bytes))
    }

    /// A plan of these stages: checked against the devices' memories, and scored.
    pub(crate) fn finish(&self, scheme: &str, stages: Vec<Stage>) -> Result<Plan, PlanError> {
        memory::check(self.model, self.cluster, &stages)?;
        let (period, latency) = self.score(&stages);
        let (model, scheme) = (self.model.id.clone(), scheme.to_owned());
        let predicted = Prediction::default();
        let kernels = memory::kernels(self.model, self.cluster, &stages);
        let mut plan = Plan { model, scheme, stages, kernels, period, latency, predicted };
        plan.predicted = predict(self.model, self.cluster, &plan, &edges(self.model, &plan)?);
        Ok(plan)
    }

    /// What no plan can beat that answers within `limit` seconds: all work, fully connected layers
    /// included, over all capacities; and where nobody can compute whole frames alone, for want of
    /// memory or of time, the source's line, which then carries every frame's input and outputs.
    pub(crate) fn bound(&self, limit: Option<f64>) -> Bound {
        let (graph, network) = (&self.model.graph, &self.cluster.network);
        let work = self.all();
        let devices = &self.cluster.devices;
        let capacity: f64 = devices.iter().map(|device| device.capacity).sum();
        let computing = work / capacity;
        let needs = memory::weights(self.model, 0..self.model.pieces.len());
        let alone = |device: &Device| {
            let soon = limit.is_none_or(|limit| work / device.capacity <= limit);
            device.memory >= needs && soon
        };
        if devices.iter().any(alone) {
            return Bound { period: computing };
        }
        let pieces = &self.model.pieces;
        let segment = Segment::new(graph, pieces, 0..pieces.len());
        let whole = |id: &convoy_model::NodeId| Region::whole(graph.shape(*id));
        let regions: Vec<Region> = segment.outputs.iter().map(whole).collect();
        let trace = segment.trace(graph, &regions);
        let (sent, received) = self.bytes(&segment, &trace, &regions);
        let line = if network.shared { sent + received } else { sent.max(received) } as f64;
        Bound { period: computing.max(line / network.bandwidth) }
    }

    /// The head, where the network has one, as a stage of `device` alone.
    pub(crate) fn head(&self, device: &Device) -> Option<Stage> {
        let (body, end) = (body(self.model), self.model.pieces.len());
        (body < end).then(|| self.alone(device, body..end))
    }

    /// Pieces of the head as a stage of `device` alone.
    pub(crate) fn alone(&self, device: &Device, pieces: Range<usize>) -> Stage {
        let graph = &self.model.graph;
        let segment = Segment::new(graph, &self.model.pieces, pieces);
        let regions: Vec<Region> =
            segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
        self.headed(&segment, &[(device, regions)])
    }

    /// A stage of pieces of the head, which counts nothing.
    pub(crate) fn headed(&self, segment: &Segment, tiles: &[(&Device, Vec<Region>)]) -> Stage {
        Stage { compute: 0.0, transfer: 0.0, ..self.stage(segment, tiles) }
    }
}

/// How many pieces, from the first on, lie before the head.
pub(crate) fn body(model: &Model) -> usize {
    convoy_model::body(&model.graph, &model.pieces)
}

/// The strips of a segment between these rows of its reference output, one a device.
pub(crate) fn strips<'a>(
    model: &Model,
    segment: &Segment,
    devices: &[&'a Device],
    bounds: &[u32],
) -> Vec<(&'a Device, Vec<Region>)> {
    devices.iter().copied().zip(segment.strips(&model.graph, bounds)).collect()
}
