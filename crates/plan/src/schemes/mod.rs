//! The schemes: rules by which a network is dealt to a cluster.

mod apico;
mod best;
#[cfg(test)]
mod cases;
mod coedge;
mod crew;
mod early_fused;
mod exhaustive;
mod layer_wise;
mod optimal_fused;
mod pico;
mod replicated;
mod run;
mod single;

use crate::cost::Costs;
use crate::{Front, Options, Plan, PlanError, Stage};

/// The schemes there are, by name.
pub const SCHEMES: &[&str] = &[
    "single",
    "replicated",
    "layer-wise",
    "early-fused",
    "optimal-fused",
    "coedge",
    "pico",
    "apico",
    "exhaustive",
    "best",
];

/// The scheme of whoever asks for none.
pub const DEFAULT_SCHEME: &str = "best";

/// Schemes whose plans `best` weighs against its own.
const RIVALS: &[&str] =
    &["single", "replicated", "layer-wise", "early-fused", "optimal-fused", "coedge", "pico"];

/// The plans of the scheme called `name`, already checked and scored; none was played.
pub(crate) fn front(name: &str, costs: &Costs, options: &Options) -> Result<Front, PlanError> {
    let limit = options.latency_limit;
    let scored = |stages: Result<Vec<Stage>, PlanError>, latency: fn(&Plan) -> f64| {
        let plan = costs.finish(name, stages?)?;
        within(&plan, latency(&plan), limit)?;
        Ok(Front::of(vec![plan], costs))
    };
    // The latency that the limit holds for: by the paper's cost model, or by *overlap*.
    let paper = |stages| scored(stages, |plan| plan.latency);
    let overlap = |stages| scored(stages, |plan| plan.predicted.latency);
    match name {
        "single" => paper(single::stages(costs)),
        "replicated" => overlap(replicated::stages(costs, limit)),
        "layer-wise" => paper(layer_wise::stages(costs)),
        "early-fused" => paper(early_fused::stages(costs)),
        "optimal-fused" => paper(optimal_fused::stages(costs)),
        "coedge" => overlap(coedge::stages(costs)),
        "pico" => paper(pico::stages(costs, limit, &|| true)),
        "apico" => apico::front(costs, options),
        "exhaustive" => exhaustive::front(costs, options),
        "best" => best::front(costs, options),
        other => Err(unknown(other)),
    }
}

pub(crate) use best::weighed;
pub(crate) use coedge::transfer as coedge_transfer;

/// Refuses a name that no scheme has.
pub(crate) fn known(name: &str) -> Result<(), PlanError> {
    if SCHEMES.contains(&name) { Ok(()) } else { Err(unknown(name)) }
}

fn unknown(name: &str) -> PlanError {
    PlanError::UnknownScheme { name: name.to_owned(), known: SCHEMES.join(", ") }
}

/// Refuses a plan whose latency is above the limit.
fn within(plan: &Plan, latency: f64, limit: Option<f64>) -> Result<(), PlanError> {
    match limit {
        Some(limit) if latency > limit => Err(PlanError::Infeasible(format!(
            "{} answers in {latency:.3} s at best, not within {limit} s",
            plan.scheme
        ))),
        _ => Ok(()),
    }
}
