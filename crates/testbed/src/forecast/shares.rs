//! What devices do by a plan: computing, slices sent and received, weights held.

use super::Forecast;
use convoy_model::Segment;
use convoy_plan::{Device, DeviceId, Port, edges};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a device does for a picture in the mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Seconds of computing.
    pub busy: f64,
    /// Bytes of slices sent.
    pub sent: f64,
    /// Bytes of slices received.
    pub received: f64,
}

impl Forecast {
    /// Convolution work of all tiles of a mean picture over the network's, less 1.
    #[must_use]
    pub fn recomputed(&self) -> f64 {
        let tiles = self.plan.stages.iter().flat_map(|stage| {
            stage.tiles.iter().map(|tile| tile.macs as f64 * stage.share(tile.group))
        });
        tiles.sum::<f64>() / self.model.graph.conv_macs() as f64 - 1.0
    }

    /// What each device does for a mean picture: computing at its capacity, and slices that travel.
    /// Those from and to a picture's source count only where no device is the source of its own
    /// pictures, as nobody knows beforehand who it is; they are in none of the numbers here.
    ///
    /// # Errors
    /// A plan that does not fit.
    pub fn shares(&self) -> anyhow::Result<BTreeMap<DeviceId, Share>> {
        let (graph, wire) = (&self.model.graph, self.cluster.network.wire);
        let turns = convoy_plan::Turns::new(&self.plan);
        let cycle = turns.cycle(256);
        let mut shares: BTreeMap<DeviceId, Share> = BTreeMap::new();
        let part = 1.0 / f64::from(cycle);
        for (index, stage) in self.plan.stages.iter().enumerate() {
            let pieces = stage.pieces[0]..stage.pieces[1];
            let segment = Segment::new(graph, &self.model.pieces, pieces);
            for tile in &stage.tiles {
                let macs = segment.all_macs(graph, &segment.trace(graph, &tile.regions)) as f64;
                let capacity = self.cluster.device(tile.device).map_or(f64::INFINITY, speed);
                let turn = (0..cycle).filter(|frame| turns.group(index, *frame) == tile.group);
                let share = shares.entry(tile.device).or_default();
                share.busy += macs / capacity * part * turn.count() as f64;
            }
        }
        for edge in edges(&self.model, &self.plan)? {
            let (Port::Tile { .. }, Port::Tile { .. }) = (edge.from, edge.to) else { continue };
            let device = |port: Port| port.device(&self.plan, DeviceId(0));
            let (from, to) = (device(edge.from), device(edge.to));
            if from == to {
                continue;
            }
            let served =
                |frame: &u32| turns.serves(edge.from, *frame) && turns.serves(edge.to, *frame);
            let often = (0..cycle).filter(served).count() as f64 * part;
            let values = u64::from(graph.shape(edge.tensor).channels) * edge.region.area();
            let bytes = often * (values * wire.bytes(edge.tensor, false)) as f64;
            shares.entry(from).or_default().sent += bytes;
            shares.entry(to).or_default().received += bytes;
        }
        Ok(shares)
    }

    /// Bytes of weights that each device holds for its tiles, as they are stored.
    #[must_use]
    pub fn weights(&self) -> BTreeMap<DeviceId, u64> {
        let mut held = BTreeMap::new();
        let graph = &self.model.graph;
        for stage in &self.plan.stages {
            let pieces = stage.pieces[0]..stage.pieces[1];
            let segment = Segment::new(graph, &self.model.pieces, pieces);
            for tile in &stage.tiles {
                let trace = segment.trace(graph, &tile.regions);
                let count = convoy_model::weights::tile_parameter_count(
                    graph,
                    segment.nodes.clone(),
                    &trace,
                );
                *held.entry(tile.device).or_insert(0) += 4 * count;
            }
        }
        held
    }
}

const fn speed(device: &Device) -> f64 {
    device.capacity
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cluster, shown};
    use super::*;
    use crate::forecast::Learnt;
    use convoy_model::zoo;
    use convoy_plan::plan;

    #[test]
    fn shares_add_up_to_the_network_and_what_is_sent_is_received() {
        let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster());
        let plan = plan("layer-wise", &model, &cluster, None).unwrap();
        let forecast = Forecast::new(&model, &cluster, &shown(&plan), Learnt::default()).unwrap();
        let shares = forecast.shares().unwrap();
        let sum = |of: fn(&Share) -> f64| shares.values().map(of).sum::<f64>();
        assert!((sum(|share| share.sent) - sum(|share| share.received)).abs() < 1.0);
        assert!(sum(|share| share.sent) > 1e6);
        assert!(forecast.recomputed().abs() < 0.01);
        assert!((sum(|share| share.busy) - 15.47).abs() < 7.8, "{shares:?}");
    }
}
