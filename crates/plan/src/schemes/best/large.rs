//! Clusters too large for the exact programme, and those that it had no time for: plans of several
//! kinds to start from, then local search from the best of them.

use super::costing::Costing;
use super::improve::{Costed, Field};
use super::shape::{self, Part};
use super::table::Space;
use super::teams;
use super::typical::Typical;
use crate::{Device, Prediction};

/// Sizes of teams, besides all devices as one.
const TEAMS: &[usize] = &[1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48];
/// The part of the budget by which is known what typical devices may do, by which their plans were made,
/// and by which there is enough to start from.
const TYPICAL: f64 = 0.25;
const SOLVED: f64 = 0.4;
const STARTS: f64 = 0.5;
/// The part by which plans were improved, and by which the best of them was improved further; after that
/// plans are scored and played.
const CLIMBS: f64 = 0.75;
const KICKS: f64 = 0.9;
/// Plans by which is seen how late those answer that the stage model takes for just soon enough.
const SEEN: usize = 5;
/// Parts of the devices without which the others may have more in common.
const ODD: [f64; 2] = [0.125, 0.334];
/// So many times as much memory, or as wide a line, as all have in common the others must have then.
const MORE: f64 = 1.25;
/// Plans of the shortest period by the stage model that are scored: it errs by a little.
const SCORED: usize = 10;
/// Up to so many times as long a period is taken for another way to the same plan.
const SAME: f64 = 1.000_001;
/// By which part a plan beyond those has to answer sooner.
const SOONER: f64 = 0.98;

/// What is searched for a typical team.
pub(super) struct Search {
    pub(super) space: Space,
    /// Most pairs of a subset and a part of it.
    pub(super) pairs: usize,
    /// Longest latency in seconds.
    pub(super) latest: f64,
}

/// A cluster and how much it may be thought about.
pub(super) struct Large<'a, 'b> {
    pub(super) costing: &'b Costing<'b>,
    /// The strongest first.
    pub(super) devices: &'b [&'a Device],
    pub(super) search: Search,
    /// Longest latency in seconds, by *overlap*.
    pub(super) limit: f64,
    /// Whether less than this part of the budget is gone.
    pub(super) within: &'b dyn Fn(f64) -> bool,
}

impl<'a, 'b> Large<'a, 'b> {
    /// The parts of plans, the best period first; `found` is known already.
    pub(super) fn plans(&self, mut found: Vec<Vec<Part<'a>>>) -> Vec<Vec<Part<'a>>> {
        let go_on = || (self.within)(STARTS);
        let (costs, latest) = (self.costing.costs, self.search.latest);
        let pools = self.pools();
        let known = || (self.within)(TYPICAL);
        let typical = pools.iter().map_while(|pool| Typical::new(costs, pool, &known));
        let typical: Vec<Typical> = typical.collect();
        let soon = || (self.within)(SOLVED);
        let solved = |latest| typical.iter().flat_map(|of| of.plans(latest, &soon)).collect();
        found.extend(solved(self.limit));
        let costed = |found: Vec<Vec<Part<'a>>>| -> Vec<Costed<'a>> {
            let plans = found.into_iter().filter_map(|parts| self.field(latest).costed(parts));
            plans.filter(|plan| plan.latency() <= latest).collect()
        };
        let mut starts = costed(found);
        let mut late = 1.0;
        if self.limit.is_finite() {
            // How late those answer that the limit is close to: one that is odd says nothing.
            let seen = starts.iter().take(SEEN).take_while(|_| go_on());
            let mut seen: Vec<f64> = seen.filter_map(|plan| self.lateness(plan)).collect();
            seen.sort_by(f64::total_cmp);
            late = seen.get(seen.len() / 2).copied().unwrap_or(1.0).max(1.0);
            starts.extend(costed(solved(self.limit / late)));
        }
        for pool in &pools {
            starts.extend(costed(self.by_teams(pool, &go_on)));
        }
        starts.sort_by(by_period);
        starts.dedup_by(|a, b| a.parts == b.parts);
        let field = self.field(self.limit / late);
        let inside = starts.iter().filter(|plan| plan.latency() <= field.limit).cloned();
        let climbed = inside.map(|plan| field.climbed(plan, &|| (self.within)(CLIMBS)));
        let mut plans: Vec<Costed> = climbed.collect();
        plans.sort_by(by_period);
        let judge = |plan: &Costed<'a>| {
            let scored = self.scored(plan).filter(|scored| scored.latency <= self.limit);
            scored.map(|scored| scored.period)
        };
        let judged = plans.iter().take(SCORED).take_while(|_| (self.within)(KICKS));
        let judged = judged.filter_map(|plan| Some((judge(plan)?, plan.clone())));
        let mut judged: Vec<(f64, Costed)> = judged.collect();
        judged.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Many starts climb to the same place.
        judged.dedup_by(|a, b| a.0 <= SAME * b.0);
        for best in judged {
            // What goes on from it is about as late as it is.
            let late = self.lateness(&best.1).unwrap_or(late);
            let field = self.field(self.limit / late);
            let (_, best) = field.kicked(best, &judge, &|| (self.within)(KICKS));
            plans.insert(0, best);
        }
        let mut kept: Vec<Costed> = Vec::new();
        for plan in plans.into_iter().chain(starts) {
            let sooner = |other: &Costed| plan.latency() < SOONER * other.latency();
            if kept.len() <= SCORED || kept.iter().all(sooner) {
                kept.push(plan);
            }
        }
        kept.into_iter().map(Costed::in_turn).collect()
    }

    /// What a plan does by *overlap*; `None` where it is refused.
    fn scored(&self, plan: &Costed<'a>) -> Option<Prediction> {
        let stages = shape::stages(self.costing, &plan.clone().in_turn())?;
        self.costing.costs.finish("best", stages).ok().map(|plan| plan.predicted)
    }

    /// How many times as late a plan answers by *overlap* as by the stage model.
    fn lateness(&self, plan: &Costed<'a>) -> Option<f64> {
        self.scored(plan).map(|scored| scored.latency / plan.latency())
    }

    /// All devices, but before them those without a few that have much less memory or a much narrower
    /// line than the others: a typical device has no more than all have.
    fn pools(&self) -> Vec<Vec<&'a Device>> {
        let has = |device: &Device| {
            let link = self.costing.link(device);
            [device.memory as f64, link.up, link.down]
        };
        let least = |pool: &[&Device]| {
            let all = pool.iter().map(|device| has(device));
            all.fold([f64::INFINITY; 3], |a, b| [0, 1, 2].map(|of| a[of].min(b[of])))
        };
        let more = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).any(|(a, b)| *a > MORE * b);
        let mut pools = vec![self.devices.to_vec()];
        for part in ODD {
            let place = (part * self.devices.len() as f64) as usize;
            let common = [0, 1, 2].map(|of| {
                let mut all: Vec<f64> = self.devices.iter().map(|device| has(device)[of]).collect();
                all.sort_by(f64::total_cmp);
                all.get(place).copied().unwrap_or(0.0)
            });
            let enough = |device: &&Device| has(device).iter().zip(common).all(|(a, b)| *a >= b);
            let pool: Vec<&Device> = self.devices.iter().copied().filter(enough).collect();
            let before = pools.last().map_or([0.0; 3], |pool| least(pool));
            if !pool.is_empty() && more(least(&pool), before) {
                pools.push(pool);
            }
        }
        if pools.len() > 1 {
            pools.swap(0, 1);
        }
        pools
    }

    fn by_teams(&self, devices: &[&'a Device], go_on: &dyn Fn() -> bool) -> Vec<Vec<Part<'a>>> {
        // The larger the team, the sooner it answers: those first that a limit may need.
        let smaller = TEAMS.iter().rev().copied().filter(|size| *size < devices.len());
        let sizes = [devices.len()].into_iter().chain(smaller).take_while(|_| go_on());
        let plans = |size| teams::plans(self.costing.costs, devices, size, &self.search, go_on);
        sizes.flat_map(plans).collect()
    }

    fn field(&self, limit: f64) -> Field<'a, 'b> {
        Field { costing: self.costing, devices: self.devices, limit }
    }
}

fn by_period(a: &Costed, b: &Costed) -> std::cmp::Ordering {
    a.period().total_cmp(&b.period())
}
