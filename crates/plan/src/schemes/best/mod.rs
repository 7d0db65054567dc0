//! Scheme `best`, the default: the whole front of period and latency.
//!
//! The space: pipelines over disjoint groups of any devices; each stage held by one group or by
//! several in turn; each group in fused strips, in a fused grid, or block by block; devices left out
//! at will. Small clusters are searched exactly, in a model in which a stage's cost hangs on the stage
//! alone ([`costing`]); large ones by teams. Every other scheme's plan stands for election too, and all
//! are compared by the cost model *overlap*, so that none of them is ever better.
//! `docs/adr/0007-best-plans.md` says why and how good that is.

mod blocks;
mod costing;
mod improve;
mod lattice;
mod rest;
mod run;
mod shape;
mod split;
mod sweep;
mod table;
mod teams;
mod viable;

use crate::cost::Costs;
use crate::{Device, Front, Options, Plan, PlanError};
use costing::Costing;
use lattice::Lattice;
use shape::Part;
use table::{Space, Table};

/// Most pairs of a subset and a part of it for the exact programme: those of nine devices of which
/// no two are alike.
const EXACT: usize = 19_683;
/// Most pairs in one of many such programmes.
const PAIRS: usize = 3_000;
/// Sizes of teams in larger clusters, besides all devices as one.
const TEAMS: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48];

pub(super) fn front(costs: &Costs, options: &Options) -> Result<Front, PlanError> {
    let begun = (options.clock)();
    let go_on = || (options.clock)() - begun < options.budget;
    let mut devices: Vec<&Device> = costs.cluster.devices.iter().collect();
    devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
    let (mut plans, refused) = rivals(costs);
    let costing = Costing::new(costs);
    // The stage model may call a plan a little late that is not.
    let latest = options.latency_limit.map_or(f64::INFINITY, |limit| 1.05 * limit);
    let space = Space { replicas: 4, blocks: true };
    let (parts, exact) = match Lattice::new(costs.cluster, &devices, EXACT) {
        Some(lattice) => exactly(&costing, &lattice, (space, latest), &go_on),
        None => (by_teams(costs, &devices, (space, latest), &go_on), false),
    };
    let limit = options.latency_limit;
    for mut parts in parts {
        if !exact {
            let latency = limit.unwrap_or(f64::INFINITY);
            parts = improve::improved(&costing, parts, &devices, latency, &go_on);
        }
        // What the stage model lets through may still be refused: more slices than can be numbered.
        if let Some(stages) = shape::stages(&costing, &parts)
            && let Ok(plan) = costs.finish("best", stages)
        {
            plans.push(plan);
        }
    }
    for plan in &mut plans {
        plan.scheme = "best".into();
    }
    let within =
        |plan: &Plan| options.latency_limit.is_none_or(|limit| plan.predicted.latency <= limit);
    let least = plans.iter().map(|plan| plan.predicted.latency).fold(f64::INFINITY, f64::min);
    plans.retain(within);
    if let (Some(error), f64::INFINITY) = (refused, least) {
        return Err(error);
    }
    if plans.is_empty() {
        let (id, limit) = (&costs.model.id, options.latency_limit.unwrap_or(f64::INFINITY));
        return Err(PlanError::Infeasible(format!(
            "no plan of {id} answers within {limit} s on this cluster: {least:.3} s is the soonest"
        )));
    }
    Ok(Front { exact, ..Front::of(plans, costs) })
}

/// The plans of every other scheme that has one, and why others have none.
fn rivals(costs: &Costs) -> (Vec<Plan>, Option<PlanError>) {
    let (mut plans, mut refused) = (Vec::new(), None);
    for scheme in super::RIVALS {
        match super::front(scheme, costs, &Options::default()) {
            Ok(front) => plans.extend(front.plans),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    (plans, refused)
}

/// Parts of plans, and whether nothing in the space is better.
fn exactly<'a>(
    costing: &Costing,
    lattice: &Lattice<'a>,
    (space, latest): (Space, f64),
    go_on: &dyn Fn() -> bool,
) -> (Vec<Vec<Part<'a>>>, bool) {
    let Some(table) = Table::new(costing, lattice, space, go_on) else {
        return (Vec::new(), false);
    };
    let (solutions, exact) = sweep::front(&table, lattice, latest, go_on);
    (solutions.iter().map(|solution| shape::parts(costing, lattice, solution)).collect(), exact)
}

fn by_teams<'a>(
    costs: &Costs,
    devices: &[&'a Device],
    (space, latest): (Space, f64),
    go_on: &dyn Fn() -> bool,
) -> Vec<Vec<Part<'a>>> {
    // The larger the team, the sooner it answers: those first that a limit may need.
    let smaller = TEAMS.iter().rev().copied().filter(|size| *size < devices.len());
    let sizes = [devices.len()].into_iter().chain(smaller);
    let search = teams::Search { space, pairs: PAIRS, latest };
    sizes.flat_map(|size| teams::plans(costs, devices, size, &search, go_on)).collect()
}
