//! Scheme `best`, the default: the whole front of period and latency.
//!
//! The space: pipelines over disjoint groups of any devices; each stage held by one group or by
//! several in turn; each group in fused strips, in a fused grid, or block by block; heavy layers of the
//! head divided ([`heads`]); devices left out at will. Small clusters are searched exactly, in a model
//! in which a stage's cost hangs on the stage alone ([`costing`]); large ones, and those that time does
//! not suffice for, by local search ([`large`]), which starts from plans for typical devices, from teams
//! of devices, and from `pico`. Every other scheme's plan stands for election too, and all are compared
//! by the cost model *overlap*, so that none of them is ever better.
//! `docs/adr/0007-best-plans.md` says why and how good that is.

mod blocks;
mod changes;
mod cost;
mod costing;
mod heads;
mod hopeless;
mod improve;
mod large;
mod lattice;
mod layout;
mod rest;
mod shape;
pub(super) mod split;
mod sweep;
mod table;
mod teams;
#[cfg(test)]
mod tests;
mod typical;
mod viable;

use super::{exhaustive, pico};
use crate::cost::Costs;
use crate::{Cost, Device, Front, Options, Plan, PlanError, race};
use costing::Costing;
use large::{Large, Search};
use lattice::Lattice;
use shape::Part;
use table::{Space, Table};

/// What plans may consist of.
const SPACE: Space = Space { replicas: 4, blocks: true };
/// Most pairs of a subset and a part of it for the exact programme: those of nine devices of which
/// no two are alike.
const EXACT: usize = 19_683;
/// Subsets above which the exact programme has at most two groups take turns, for the sake of time:
/// those of seven devices of which no two are alike.
const MANY: usize = 100;
/// Most pairs in one of many such programmes.
const PAIRS: usize = 3_000;
/// The part of the budget by which `pico` has had time for a plan within the limit.
const LIMITED: f64 = 0.1;
/// The part of the budget by which plans were played: the last play is not broken off.
const PLAYED: f64 = 0.96;
/// A plan this many times as slow as another at every load is not played.
const HOPELESS: f64 = 1.4;

/// The front by the queue formula: no plan was played.
pub(super) fn front(costs: &Costs, options: &Options) -> Result<Front, PlanError> {
    found(costs, options).map(|found| found.front(costs, options))
}

/// The front of plans that were played to see how soon they answer, and those that were left out then.
pub(crate) fn weighed(costs: &Costs, options: &Options) -> Result<(Front, Vec<Plan>), PlanError> {
    let begun = (options.clock)();
    let go_on = || within(options, begun, PLAYED);
    let mut found = found(costs, options)?;
    // Those are not played that could not be chosen whatever came of it.
    let plans = Cost::Overlap.unbeaten(found.plans, HOPELESS);
    found.plans = race::run(costs.model, costs.cluster, plans, &go_on);
    let mut left = found.plans.clone();
    let front = found.front(costs, options);
    left.retain(|plan| front.plans.iter().all(|kept| kept.stages != plan.stages));
    Ok((front, left))
}

/// Every plan within the limit, those of the other schemes too: at least one.
fn found(costs: &Costs, options: &Options) -> Result<Found, PlanError> {
    let begun = (options.clock)();
    let limit = options.latency_limit;
    let (rivals, refused) = rivals(costs, options, &|part| within(options, begun, part));
    let found = searched(costs, &rivals, options, begun);
    let (exact, mut plans) = (found.exact, [rivals, found.plans].concat());
    for plan in &mut plans {
        plan.scheme = "best".into();
    }
    let soonest =
        |plans: &[Plan]| plans.iter().map(|plan| plan.predicted.latency).min_by(f64::total_cmp);
    let mut least = soonest(&plans);
    plans.retain(|plan| limit.is_none_or(|limit| plan.predicted.latency <= limit));
    if !plans.is_empty() {
        return Ok(Found { plans, exact });
    }
    if least.is_none() {
        // How soon it would be: whoever set the limit wants to know.
        let options = Options { latency_limit: None, ..*options };
        least = soonest(&searched(costs, &[], &options, begun).plans);
    }
    Err(match (least, limit, refused) {
        (Some(least), Some(limit), _) => PlanError::Infeasible(format!(
            "no plan of {} answers within {limit} s on this cluster: {least:.3} s is the soonest",
            costs.model.id
        )),
        (_, _, Some(error)) => error,
        _ => PlanError::Infeasible(format!("no plan of {} was found in time", costs.model.id)),
    })
}

/// Whether less than this part of the budget is gone.
fn within(options: &Options, begun: f64, part: f64) -> bool {
    (options.clock)() - begun < part * options.budget
}

/// The plans of every other scheme that has one, and why others have none.
fn rivals(
    costs: &Costs,
    options: &Options,
    within: &dyn Fn(f64) -> bool,
) -> (Vec<Plan>, Option<PlanError>) {
    let limit = options.latency_limit;
    let (mut plans, mut refused) = (Vec::new(), None);
    for scheme in super::RIVALS {
        match super::front(scheme, costs, &Options::default()) {
            Ok(front) => plans.extend(front.plans),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    // These have other plans under a limit; `pico` takes long to find it for many devices.
    if let Some(most) = limit {
        let limited = Options { latency_limit: limit, ..Options::default() };
        plans.extend(
            super::front("replicated", costs, &limited).into_iter().flat_map(|of| of.plans),
        );
        let stages = pico::stages(costs, limit, &|| within(LIMITED));
        let plan = stages.and_then(|stages| costs.finish("pico", stages));
        plans.extend(plan.into_iter().filter(|plan| plan.latency <= most));
    }
    if exhaustive::is_quick(costs) {
        plans.extend(exhaustive::front(costs, options).into_iter().flat_map(|of| of.plans));
    }
    (plans, refused)
}

/// What a search has found.
struct Found {
    plans: Vec<Plan>,
    exact: bool,
}

impl Found {
    fn front(self, costs: &Costs, options: &Options) -> Front {
        let (exact, bound) = (self.exact, costs.bound(options.latency_limit));
        Front { exact, bound, ..Front::of(self.plans, costs) }
    }
}

/// The plans of the search, `rivals` being what local search may start from too; `begun` is when
/// planning did.
fn searched(costs: &Costs, rivals: &[Plan], options: &Options, begun: f64) -> Found {
    let within = |part: f64| within(options, begun, part);
    let mut devices: Vec<&Device> = costs.cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    let mut costing = Costing::new(costs);
    let limit = options.latency_limit.unwrap_or(f64::INFINITY);
    // The stage model may call a plan a little late that is not.
    let search = Search { space: SPACE, pairs: PAIRS, latest: 1.05 * limit };
    let (mut found, exact) = match Lattice::new(costs.cluster, &devices, EXACT) {
        Some(lattice) => {
            let replicas = if lattice.len() > MANY { 2 } else { SPACE.replicas };
            let search = Search { space: Space { replicas, ..SPACE }, ..search };
            exactly(&costing, &lattice, &search, &|| within(0.5))
        }
        None => (Vec::new(), false),
    };
    if !exact {
        costing.thorough = true;
        let pico = rivals.iter().filter(|plan| plan.scheme == "pico");
        found.extend(pico.filter_map(|plan| shape::of(&costing, plan)));
        found = Large { costing: &costing, devices: &devices, search, limit, within: &within }
            .plans(found);
    }
    // What the stage model lets through may still be refused: more slices than can be numbered.
    let plan = |parts: Vec<Part>| costs.finish("best", shape::stages(&costing, &parts)?).ok();
    Found { plans: found.into_iter().filter_map(plan).collect(), exact }
}

/// Parts of plans, and whether nothing in the space is better.
fn exactly<'a>(
    costing: &Costing,
    lattice: &Lattice<'a>,
    search: &Search,
    go_on: &dyn Fn() -> bool,
) -> (Vec<Vec<Part<'a>>>, bool) {
    let Some(table) = Table::new(costing, lattice, search.space, go_on) else {
        return (Vec::new(), false);
    };
    let (solutions, exact) = sweep::front(&table, lattice, search.latest, go_on);
    (solutions.iter().map(|solution| shape::parts(costing, lattice, solution)).collect(), exact)
}
