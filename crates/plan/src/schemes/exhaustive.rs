//! Scheme `exhaustive`: brute force, the yardstick of the other schemes. Every division of the
//! network's units into stages; for each stage every group of devices, or two that take frames in
//! turn, disjoint from those of the other stages; each group in fused strips or in a fused grid;
//! devices left out at will. Every plan is scored as a whole by the cost model *overlap*, so this
//! knows nothing of how `best` searches; they share how the rows of a group are dealt, which is what
//! a plan of this space is.

mod groups;
#[cfg(test)]
mod tests;
pub(super) mod ways;

use crate::cost::Costs;
use crate::{Front, Options, Plan, PlanError, Stage, Tile};
use groups::Groups;
use std::ops::ControlFlow;
use ways::Held;

/// Most plans to try: some seconds' work; enough for networks of 25 units on four devices.
const MOST: f64 = 200_000.0;
/// Most plans for all to be tried in some tenths of a second.
const QUICK: f64 = 10_000.0;
/// Plans after which those that others beat go, and the clock is looked at.
const BATCH: usize = 256;

/// The front of all plans within the limits; `exact` unless the budget ended first.
pub(super) fn front(costs: &Costs, options: &Options) -> Result<Front, PlanError> {
    let mut groups = Groups::new(costs);
    check_size(costs, groups.units())?;
    let begun = (options.clock)();
    let mut search = Search { costs, options, begun, tried: 0, plans: Vec::new(), refused: None };
    let devices = costs.cluster.devices.len();
    let all =
        ways::each(groups.units(), devices, &mut |held| search.all_layouts(&mut groups, held));
    if search.plans.is_empty() {
        let refused = search.refused.filter(|_| all.is_continue());
        return Err(refused.map_or_else(|| nothing(costs, options), |(_, why)| why));
    }
    Ok(Front { exact: all.is_continue(), ..Front::of(search.plans, costs) })
}

/// Whether all is tried in no time, so that other schemes may look at it too.
pub(super) fn is_quick(costs: &Costs) -> bool {
    let units = Groups::new(costs).units();
    ways::count(units, costs.cluster.devices.len(), groups::layouts) <= QUICK
}

/// Refuses what would take too long, and says what would not.
fn check_size(costs: &Costs, units: usize) -> Result<(), PlanError> {
    let devices = costs.cluster.devices.len();
    let plans = |devices: usize| ways::count(units, devices, groups::layouts);
    if plans(devices) <= MOST {
        return Ok(());
    }
    let most = (1..devices).take_while(|devices| plans(*devices) <= MOST).last().unwrap_or(0);
    let (id, all) = (&costs.model.id, plans(devices));
    Err(PlanError::Infeasible(format!(
        "exhaustive tries every plan: of {id} on {devices} devices there are {all:.1e}, more than the \
         {MOST} that it takes on; use it with at most {most} devices, or use best"
    )))
}

fn nothing(costs: &Costs, options: &Options) -> PlanError {
    let (id, budget) = (&costs.model.id, options.budget);
    PlanError::Infeasible(format!("exhaustive found no plan of {id} in {budget} s; use best"))
}

/// The plans tried so far.
struct Search<'a> {
    costs: &'a Costs<'a>,
    options: &'a Options<'a>,
    /// Seconds on the clock when it began.
    begun: f64,
    tried: usize,
    plans: Vec<Plan>,
    /// Why the plan that came closest to the limits was refused, and its latency.
    refused: Option<(f64, PlanError)>,
}

impl Search<'_> {
    /// Tries the plans of one way of dealing out units and devices: each group in each layout.
    fn all_layouts(&mut self, groups: &mut Groups, held: &[Held]) -> ControlFlow<()> {
        let mut ways: Vec<Vec<Stage>> = vec![Vec::new()];
        for stage in held {
            let mut choices: Vec<Vec<Stage>> = vec![Vec::new()];
            for (group, members) in (0..).zip(&stage.groups) {
                let layouts = groups.layouts(&stage.units, *members);
                let with = |choice: &Vec<Stage>| {
                    let join = |of: &Vec<Stage>| in_turn(choice, of, group);
                    layouts.iter().map(join).collect::<Vec<_>>()
                };
                choices = choices.iter().flat_map(with).collect();
            }
            let with = |way: &Vec<Stage>| {
                choices.iter().map(|choice| [&way[..], choice].concat()).collect::<Vec<_>>()
            };
            ways = ways.iter().flat_map(with).collect();
        }
        ways.into_iter().try_for_each(|stages| self.add(stages))
    }

    fn add(&mut self, stages: Vec<Stage>) -> ControlFlow<()> {
        let limit = self.options.latency_limit;
        match self.costs.finish("exhaustive", stages) {
            Ok(plan) => match super::within(&plan, plan.predicted.latency, limit) {
                Ok(()) => self.plans.push(plan),
                Err(why) => self.refuse(plan.predicted.latency, why),
            },
            Err(why) => self.refuse(f64::INFINITY, why),
        }
        self.tried += 1;
        if !self.tried.is_multiple_of(BATCH) {
            return ControlFlow::Continue(());
        }
        if !self.plans.is_empty() {
            let plans = std::mem::take(&mut self.plans);
            self.plans = Front::of(plans, self.costs).plans;
        }
        let late = (self.options.clock)() - self.begun >= self.options.budget;
        if late { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Remembers the reason that is closest to a plan.
    fn refuse(&mut self, latency: f64, why: PlanError) {
        if self.refused.as_ref().is_none_or(|(least, _)| latency < *least) {
            self.refused = Some((latency, why));
        }
    }
}

/// The stages of the groups so far with those of one more, all for one run.
fn in_turn(so_far: &[Stage], more: &[Stage], group: u16) -> Vec<Stage> {
    if so_far.is_empty() {
        return more.to_vec();
    }
    let both = |(stage, more): (&Stage, &Stage)| {
        let mut stage = stage.clone();
        stage.turns.push(1);
        stage.tiles.extend(more.tiles.iter().map(|tile| Tile { group, ..tile.clone() }));
        stage.compute = stage.compute.max(more.compute);
        stage.transfer = stage.transfer.max(more.transfer);
        stage
    };
    so_far.iter().zip(more).map(both).collect()
}
