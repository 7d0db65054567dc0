//! Scheme `single`: the fastest device that can hold the network computes it alone. No
//! communication is counted, as in the paper's comparison.

use crate::cost::{Costs, body, strips};
use crate::{Device, PlanError, Stage, memory, rows};
use convoy_model::Segment;

pub(super) fn stages(costs: &Costs) -> Result<Vec<Stage>, PlanError> {
    let (model, cluster) = (costs.model, costs.cluster);
    let needs = memory::weights(model, 0..model.pieces.len());
    let able = cluster.devices.iter().filter(|device| device.memory >= needs);
    let device = able
        .max_by(|a, b| a.capacity.total_cmp(&b.capacity).then(b.id.cmp(&a.id)))
        .ok_or_else(|| memory::nobody_holds(model, needs))?;
    Ok(on(costs, device))
}

/// Everything on `device`: body, then head.
pub(super) fn on(costs: &Costs, device: &Device) -> Vec<Stage> {
    let model = costs.model;
    let mut stages = Vec::new();
    let body = body(model);
    if body > 0 {
        let segment = Segment::new(&model.graph, &model.pieces, 0..body);
        let bounds = [0, rows::height(model, &segment)];
        let mut stage = costs.stage(&segment, &strips(model, &segment, &[device], &bounds));
        stage.transfer = 0.0;
        stages.push(stage);
    }
    stages.extend(costs.head(device));
    stages
}
