//! Local search: of a plan that is not known to be the best, the stage that sets the period is given a
//! stronger device, another device or less to do, as long as that helps and the latency limit is
//! kept. Where nothing helps any more, a few devices change places at random, and it begins anew. By the
//! stage model.

use super::changes::changes;
use super::cost::Cost;
use super::costing::Costing;
use super::shape::{Group, Part};
use crate::Device;
use crate::play::Rng;
use crate::turns::deal_all;

/// By how much longer a period may be for the sake of few turns.
const SLACK: f64 = 1.008;
/// Of what is done at random.
const SEED: u64 = 22;
/// So often in succession it begins anew in vain.
const KICKS: usize = 40;
/// Up to so many times as long a period by the stage model may be shorter than the best in truth.
const SEEMS: f64 = 1.02;
/// Pairs of devices that change places then, at most.
const SWAPS: u32 = 3;

/// A plan with what each of its groups costs. Groups take turns as their speeds allow.
#[derive(Clone)]
pub(super) struct Costed<'a> {
    pub(super) parts: Vec<Part<'a>>,
    costs: Vec<Vec<Cost>>,
}

/// Another plan, as what changes of it.
pub(super) type Change<'a> = Vec<(usize, Part<'a>)>;

/// Who may take part in plans, and how late these may answer, in seconds.
pub(super) struct Field<'a, 'b> {
    pub(super) costing: &'b Costing<'b>,
    pub(super) devices: &'b [&'a Device],
    pub(super) limit: f64,
}

impl<'a> Field<'a, '_> {
    /// A plan with its costs; `None` where some group cannot hold what it should.
    pub(super) fn costed(&self, parts: Vec<Part<'a>>) -> Option<Costed<'a>> {
        let costs =
            parts.iter().map(|part| costs(self.costing, part)).collect::<Option<Vec<_>>>()?;
        Some(Costed { parts, costs })
    }

    /// The plan after every step that shortens its period and keeps its latency within the limit, until
    /// there is none or `go_on` says that time is up.
    pub(super) fn climbed(&self, mut plan: Costed<'a>, go_on: &dyn Fn() -> bool) -> Costed<'a> {
        while let Some(better) = self.step(&plan, go_on) {
            plan = better;
        }
        plan
    }

    /// The best of all plans one change away, if it is better.
    fn step(&self, plan: &Costed<'a>, go_on: &dyn Fn() -> bool) -> Option<Costed<'a>> {
        let (part, group) = plan.busiest();
        let mut best: Option<(f64, Costed<'a>)> = None;
        for change in changes(self.costing, plan, (part, group), self.devices) {
            if !go_on() {
                return None;
            }
            let touched: Vec<usize> = change.iter().map(|(index, _)| *index).collect();
            let Some(next) = plan.with(self.costing, change) else { continue };
            // Whoever is before a stage sends what that reads.
            let touched = touched.into_iter().flat_map(|index| [index.saturating_sub(1), index]);
            let worst = touched.map(|index| next.part_period(index)).fold(next.medium(), f64::max);
            let bar = best.as_ref().map_or(plan.period(), |(worst, _)| *worst);
            if worst < 0.9999 * bar && next.latency() <= self.limit {
                best = Some((worst, next));
            }
        }
        best.map(|(_, plan)| plan)
    }

    /// The best of the plans that lie beyond those that no single step makes better, with its period.
    /// `judge` says what the period really is, `None` where a plan answers too late.
    pub(super) fn kicked(
        &self,
        mut best: (f64, Costed<'a>),
        judge: &dyn Fn(&Costed<'a>) -> Option<f64>,
        go_on: &dyn Fn() -> bool,
    ) -> (f64, Costed<'a>) {
        let mut random = Rng::new(SEED);
        let mut vain = 0;
        while vain < KICKS && go_on() {
            vain += 1;
            let Some(kicked) = self.kick(&best.1, &mut random) else { continue };
            let next = self.climbed(kicked, go_on);
            if next.period() < SEEMS * best.1.period()
                && let Some(period) = judge(&next).filter(|period| *period < best.0)
            {
                best = (period, next);
                vain = 0;
            }
        }
        best
    }

    /// A plan in which some devices have changed places.
    fn kick(&self, plan: &Costed<'a>, random: &mut Rng) -> Option<Costed<'a>> {
        let mut next = plan.clone();
        for _ in 0..=random.below(SWAPS as usize) {
            let mut places = [(0, 0); 2];
            let mut devices = [None; 2];
            for (place, device) in places.iter_mut().zip(&mut devices) {
                let part = random.below(next.parts.len());
                let groups = &next.parts[part].groups;
                let group = random.below(groups.len());
                let of = &groups[group].devices;
                *place = (part, group);
                *device = of.get(random.below(of.len())).copied();
            }
            let ([one, other], [ours, theirs]) = (places, devices);
            if one == other {
                continue;
            }
            let change = next.both((one.0, one.1, ours, theirs), other);
            next = next.with(self.costing, change)?;
        }
        (next.latency() <= self.limit).then_some(next)
    }
}

impl<'a> Costed<'a> {
    fn with(&self, costing: &Costing, change: Change<'a>) -> Option<Self> {
        let mut next = self.clone();
        for (index, part) in change {
            let before = &self.parts[index];
            let same =
                (before.start, before.end, &before.ends) == (part.start, part.end, &part.ends);
            next.costs[index].truncate(part.groups.len());
            for (place, group) in part.groups.iter().enumerate() {
                let known = same && before.groups.get(place).is_some_and(|of| of == group);
                if !known {
                    let cost = cost(costing, &part, group)?;
                    match next.costs[index].get_mut(place) {
                        Some(old) => *old = cost,
                        None => next.costs[index].push(cost),
                    }
                }
            }
            next.parts[index] = part;
        }
        Some(next)
    }

    /// Seconds that a group is busy with a frame: it sends as often as the next stage reads.
    fn busy(&self, part: usize, group: usize) -> f64 {
        self.costs[part][group].busy_sending(self.reads(part + 1))
    }

    /// How often a stage reads what it does.
    fn reads(&self, part: usize) -> f64 {
        let costs = self.costs.get(part).into_iter().flatten();
        costs.map(|cost| cost.reads).fold(1.0, f64::max)
    }

    /// Frames a second of each group of a stage.
    fn speeds(&self, part: usize) -> impl Iterator<Item = f64> {
        (0..self.costs[part].len()).map(move |group| 1.0 / self.busy(part, group))
    }

    /// Seconds from one frame to the next that a stage takes: its groups take turns as their speeds
    /// allow, and the source's line carries every frame.
    fn part_period(&self, part: usize) -> f64 {
        let source = self.costs[part].iter().map(|cost| cost.source).fold(0.0, f64::max);
        source.max(1.0 / self.speeds(part).sum::<f64>())
    }

    /// Seconds of a medium that all share, a frame of a stage, in the mean of its groups.
    fn part_medium(&self, part: usize) -> f64 {
        let costs = || self.costs[part].iter().zip(self.speeds(part));
        let (sum, speed) = costs()
            .fold((0.0, 0.0), |(sum, all), (cost, speed)| (sum + speed * cost.medium, all + speed));
        // Who computes nothing is infinitely fast.
        let most = || costs().map(|(cost, _)| cost.medium).fold(0.0, f64::max);
        if speed.is_finite() { sum / speed } else { most() }
    }

    /// Seconds of that medium, a frame: it carries what all stages send.
    fn medium(&self) -> f64 {
        (0..self.parts.len()).map(|part| self.part_medium(part)).sum()
    }

    /// Of the busiest stage, a frame.
    fn longest(&self) -> f64 {
        (0..self.parts.len()).map(|part| self.part_period(part)).fold(0.0, f64::max)
    }

    /// Seconds from one frame to the next.
    pub(super) fn period(&self) -> f64 {
        self.longest().max(self.medium())
    }

    /// The group that had best be relieved: the slowest of the stage that sets the period, or where a
    /// shared medium does, whoever has it carry most.
    fn busiest(&self) -> (usize, usize) {
        let most = |of: &dyn Fn(usize) -> f64, count: usize| {
            (0..count).max_by(|a, b| of(*a).total_cmp(&of(*b))).unwrap_or(0)
        };
        let parts = self.parts.len();
        if self.medium() > self.longest() {
            let part = most(&|part| self.part_medium(part), parts);
            let costs = &self.costs[part];
            return (part, most(&|group| costs[group].medium, costs.len()));
        }
        let part = most(&|part| self.part_period(part), parts);
        (part, most(&|group| self.busy(part, group), self.costs[part].len()))
    }

    /// Seconds from picture to answer of the latest frame.
    pub(super) fn latency(&self) -> f64 {
        let mut sent = 0.0;
        let mut latency = 0.0;
        for costs in &self.costs {
            let latest = costs.iter().map(|cost| cost.latency(sent * cost.reads));
            latency += latest.fold(0.0, f64::max);
            sent = costs.iter().map(|cost| cost.send).fold(0.0, f64::max);
        }
        latency
    }

    /// The parts, their groups with the turns that they have by their speeds, all parts in one cycle:
    /// groups that would only lengthen the period have none.
    pub(super) fn in_turn(self) -> Vec<Part<'a>> {
        let order = |part: usize| {
            let mut order: Vec<(usize, f64)> = self.speeds(part).enumerate().collect();
            order.sort_by(|a, b| b.1.total_cmp(&a.1));
            order
        };
        let orders: Vec<Vec<(usize, f64)>> = (0..self.parts.len()).map(order).collect();
        let speeds = |order: &Vec<(usize, f64)>| order.iter().map(|(_, speed)| *speed).collect();
        let speeds: Vec<Vec<f64>> = orders.iter().map(speeds).collect();
        let turns = deal_all(&speeds, SLACK, self.period());
        let mut parts = self.parts;
        for (part, (order, turns)) in parts.iter_mut().zip(orders.into_iter().zip(turns)) {
            let groups = order.into_iter().zip(turns);
            let group = |((place, _), turns): ((usize, f64), u16)| Group {
                turns,
                ..part.groups[place].clone()
            };
            part.groups = groups.map(group).collect();
        }
        parts
    }
}

fn costs(costing: &Costing, part: &Part) -> Option<Vec<Cost>> {
    part.groups.iter().map(|group| cost(costing, part, group)).collect()
}

fn cost(costing: &Costing, part: &Part, group: &Group) -> Option<Cost> {
    costing.cost_of((part.start, part.end, &part.ends), group.layout, &group.devices)
}
