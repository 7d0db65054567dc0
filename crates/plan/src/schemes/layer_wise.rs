//! Scheme `layer-wise` (MoDNN): every piece is split over all devices, rows in proportion to
//! capacity, scattered from and gathered at the strongest device.
//!
//! After the last piece nothing is gathered: the device of the head, or the source, gets every
//! tile's output as it is.

use super::crew::Crew;
use crate::cost::{Costs, body, strips};
use crate::{PlanError, Stage, rows};
use convoy_model::Segment;

pub(super) fn stages(costs: &Costs) -> Result<Vec<Stage>, PlanError> {
    let model = costs.model;
    let body = body(model);
    let crew = Crew::new(costs, body)?;
    let capacities = crew.capacities();
    let mut stages = Vec::new();
    for piece in 0..body {
        let segment = Segment::new(&model.graph, &model.pieces, piece..piece + 1);
        let bounds = rows::proportional(rows::height(model, &segment), &capacities);
        let stage = costs.stage(&segment, &strips(model, &segment, &crew.workers, &bounds));
        let gather = if piece + 1 < body { crew.gather(costs, &stage) } else { None };
        stages.push(stage);
        stages.extend(gather);
    }
    stages.extend(costs.head(crew.finisher));
    Ok(stages)
}
