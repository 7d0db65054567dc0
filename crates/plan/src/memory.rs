//! What devices must hold. Weights are held in f32.

use crate::{Cluster, DeviceId, Mutant, Plan, PlanError, Stage, Tile};
use convoy_model::{Kernels, Model, NodeId, Region, Segment, weights};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of the weights of a run of pieces.
pub(crate) fn weights(model: &Model, pieces: Range<usize>) -> u64 {
    let run = model.pieces.get(pieces).unwrap_or_default();
    let nodes = |piece: &convoy_model::Piece| piece.first.0..piece.end.0;
    run.iter().map(|piece| 4 * weights::parameter_count(&model.graph, nodes(piece))).sum()
}

/// Bytes of the weights of a tile of a run: of layers that are divided only those of its rows.
pub(crate) fn of_tile(model: &Model, segment: &Segment, tile: &Tile) -> u64 {
    let graph = &model.graph;
    let trace = segment.trace(graph, &tile.regions);
    4 * weights::tile_parameter_count(graph, segment.nodes.clone(), &trace)
}

/// Bytes of weights that each device holds under these stages, packed for these kernels.
fn held(model: &Model, stages: &[Stage], kernels: Kernels) -> BTreeMap<DeviceId, u64> {
    let mut held = BTreeMap::new();
    for stage in stages {
        let pieces = stage.pieces[0]..stage.pieces[1];
        let whole = weights(model, pieces.clone());
        let segment = Segment::new(&model.graph, &model.pieces, pieces);
        let divided = segment.nodes.clone().any(|id| weights::in_rows(&model.graph, NodeId(id)));
        // What packing adds is that of convolutions, which every tile holds whole.
        let packed = |kernels: Kernels| kernels.packed_bytes(&model.graph, segment.nodes.clone());
        let added = packed(kernels) - packed(Kernels::Direct);
        for tile in &stage.tiles {
            let bytes = if divided { of_tile(model, &segment, tile) } else { whole };
            *held.entry(tile.device).or_insert(0) += bytes + added;
        }
    }
    held
}

/// Whether every device has room for its tiles of all these plans of one network at once. Tiles of the same
/// pieces and regions, by the same kernels, are held once.
#[must_use]
pub fn fit_together<'a>(
    model: &Model,
    cluster: &Cluster,
    plans: impl IntoIterator<Item = &'a Plan>,
) -> bool {
    let graph = &model.graph;
    let mut seen: Vec<(DeviceId, [usize; 2], &[Region], Kernels)> = Vec::new();
    let mut held: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for plan in plans {
        for stage in &plan.stages {
            let segment = Segment::new(graph, &model.pieces, stage.pieces[0]..stage.pieces[1]);
            let packed = |kernels: Kernels| kernels.packed_bytes(graph, segment.nodes.clone());
            let added = packed(plan.kernels) - packed(Kernels::Direct);
            for tile in &stage.tiles {
                let own = (tile.device, stage.pieces, tile.regions.as_slice(), plan.kernels);
                if !seen.contains(&own) {
                    *held.entry(tile.device).or_insert(0) += of_tile(model, &segment, tile) + added;
                    seen.push(own);
                }
            }
        }
    }
    let fits = |(id, bytes): (&DeviceId, &u64)| {
        cluster.device(*id).is_none_or(|device| *bytes <= device.memory)
    };
    held.iter().all(fits) || Mutant::MemoryIgnored.is_on()
}

/// Fast kernels where every device can hold its weights as those want them, else direct ones: all
/// devices use the same, so that what they compute fits together as well as it can.
pub(crate) fn kernels(model: &Model, cluster: &Cluster, stages: &[Stage]) -> Kernels {
    let held = held(model, stages, Kernels::Fast);
    let fits =
        |device: &crate::Device| held.get(&device.id).is_none_or(|bytes| *bytes <= device.memory);
    if cluster.devices.iter().all(fits) { Kernels::Fast } else { Kernels::Direct }
}

/// Refuses stages whose weights a device cannot hold.
pub(crate) fn check(model: &Model, cluster: &Cluster, stages: &[Stage]) -> Result<(), PlanError> {
    let held = held(model, stages, Kernels::Direct);
    for device in &cluster.devices {
        let bytes = held.get(&device.id).copied().unwrap_or(0);
        if bytes > device.memory && !Mutant::MemoryIgnored.is_on() {
            return Err(PlanError::Infeasible(format!(
                "{} would hold {} MB of weights of {} but offers {} MB; add devices with more memory",
                device.name,
                bytes / 1_000_000,
                model.id,
                device.memory / 1_000_000
            )));
        }
    }
    Ok(())
}

/// No device holds all weights.
pub(crate) fn nobody_holds(model: &Model, needs: u64) -> PlanError {
    let (id, needs) = (&model.id, needs / 1_000_000);
    PlanError::Infeasible(format!("no device can hold the {needs} MB of weights of {id} alone"))
}
