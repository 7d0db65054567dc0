//! Scheme `replicated`: every device that can hold the network runs whole frames alone; frames are
//! dealt out by capacity. No communication is counted, as for `single`.

use super::single;
use crate::cost::Costs;
use crate::turns::deal;
use crate::{Device, PlanError, Stage, Tile, memory};

/// How much longer than the ideal the period may be, for the sake of few turns.
const SLACK: f64 = 1.02;

/// Devices that would answer later than `limit` seconds are left out.
pub(super) fn stages(costs: &Costs, limit: Option<f64>) -> Result<Vec<Stage>, PlanError> {
    let model = costs.model;
    let needs = memory::weights(model, 0..model.pieces.len());
    let mut devices: Vec<&Device> = costs.cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    devices.retain(|device| device.memory >= needs);
    let Some(strongest) = devices.first() else { return Err(memory::nobody_holds(model, needs)) };
    let work = costs.all();
    if let Some(limit) = limit {
        let seconds = work / strongest.capacity;
        if seconds > limit {
            return Err(PlanError::Infeasible(format!(
                "no device alone answers within {limit} s: {} needs {seconds:.3} s",
                strongest.name
            )));
        }
        devices.retain(|device| work / device.capacity <= limit);
    }
    let capacities: Vec<f64> = devices.iter().map(|device| device.capacity).collect();
    let turns = deal(&capacities, SLACK);
    let mut stages: Vec<Stage> = Vec::new();
    for (group, device) in (0..turns.len() as u16).zip(devices) {
        let alone = single::on(costs, device);
        if stages.is_empty() {
            stages = alone;
            continue;
        }
        for (stage, own) in stages.iter_mut().zip(alone) {
            stage.compute = stage.compute.max(own.compute);
            stage.tiles.extend(own.tiles.into_iter().map(|tile| Tile { group, ..tile }));
        }
    }
    for stage in &mut stages {
        stage.turns.clone_from(&turns);
    }
    Ok(stages)
}
