//! Scheme `apico`, the paper's adaptive one: the pipeline of `pico` where frames come often, and
//! all devices on one frame at a time where they come seldom; which of them runs is chosen by the
//! paper's queue, M/D/1 of each plan's score. For one frame at a time the paper has one fused
//! stage, which over many devices recomputes so much that it can be slower than the pipeline at
//! every load; so (our derivation) it is `optimal-fused` here, fused block after fused block.

use super::{optimal_fused, pico, within};
use crate::cost::Costs;
use crate::{Cost, Front, Options, Plan, PlanError, Stage};

/// Both plans, or the one that there is or that the other does not beat in anything.
pub(super) fn front(costs: &Costs, options: &Options) -> Result<Front, PlanError> {
    let limit = options.latency_limit;
    let plan = |stages: Result<Vec<Stage>, PlanError>| -> Result<Plan, PlanError> {
        let plan = costs.finish("apico", stages?)?;
        within(&plan, plan.latency, limit)?;
        Ok(plan)
    };
    let plans =
        match (plan(pico::stages(costs, limit, &|| true)), plan(optimal_fused::stages(costs))) {
            (Ok(pipeline), Ok(fused)) => vec![pipeline, fused],
            (Ok(only), Err(_)) | (Err(_), Ok(only)) => vec![only],
            (Err(error), Err(_)) => return Err(error),
        };
    Ok(Front::by(Cost::Paper, plans, costs))
}
