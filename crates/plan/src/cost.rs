//! What a stage costs by the paper's model: the slowest device's multiply-accumulates over its
//! capacity, plus the transfers of every device's input and output tile (PICO, section on the cost
//! model). Convolutions alone count as work; the head counts nothing.

use crate::{Cluster, Device, Stage, Tile};
use convoy_model::{Model, Region, Segment, Trace};

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
        Stage { pieces: [segment.pieces.start, segment.pieces.end], tiles, compute, transfer }
    }

    /// Seconds that transfers of these many bytes, one number a device, take together: one after
    /// another on a shared medium, side by side where each device has a link of its own.
    pub(crate) fn transfer(&self, bytes: impl Iterator<Item = u64>) -> f64 {
        let network = &self.cluster.network;
        let seconds = bytes.map(|bytes| bytes as f64 / network.bandwidth + 2.0 * network.latency);
        if network.shared { seconds.sum() } else { seconds.fold(0.0, f64::max) }
    }

    fn tile(&self, segment: &Segment, device: &Device, regions: Vec<Region>) -> Tile {
        let graph = &self.model.graph;
        let trace = segment.trace(graph, &regions);
        let (input_bytes, output_bytes) = self.bytes(segment, &trace, &regions);
        let macs = segment.conv_macs(graph, &trace);
        let compute = macs as f64 / device.capacity;
        Tile { device: device.id, regions, macs, input_bytes, output_bytes, compute }
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

    /// The head, where the network has one, as a stage of `device` alone that counts nothing.
    pub(crate) fn head(&self, device: &Device) -> Option<Stage> {
        let (graph, pieces) = (&self.model.graph, &self.model.pieces);
        let body = body(self.model);
        if body == pieces.len() {
            return None;
        }
        let segment = Segment::new(graph, pieces, body..pieces.len());
        let regions: Vec<Region> =
            segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
        let mut stage = self.stage(&segment, &[(device, regions)]);
        stage.compute = 0.0;
        stage.transfer = 0.0;
        Some(stage)
    }
}

/// How many pieces, from the first on, can be split.
pub(crate) fn body(model: &Model) -> usize {
    model.pieces.iter().take_while(|piece| piece.splittable).count()
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
