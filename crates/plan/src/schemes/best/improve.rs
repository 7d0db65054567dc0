//! Local search: of a plan that is not known to be the best, the group that sets the period is given a
//! stronger device, another device or less to do, as long as that helps and the latency limit is
//! kept. By the stage model.

use super::cost::Cost;
use super::costing::Costing;
use super::shape::{Group, Part};
use crate::Device;

/// A plan with what each of its groups costs.
#[derive(Clone)]
struct Costed<'a> {
    parts: Vec<Part<'a>>,
    costs: Vec<Vec<Cost>>,
}

/// Another plan, as what changes of it.
type Change<'a> = Vec<(usize, Part<'a>)>;

/// The plan after every step that shortens its period and keeps its latency within `limit`, until
/// there is none or `go_on` says that time is up. `devices` may take part.
pub(super) fn improved<'a>(
    costing: &Costing,
    parts: Vec<Part<'a>>,
    devices: &[&'a Device],
    limit: f64,
    go_on: &dyn Fn() -> bool,
) -> Vec<Part<'a>> {
    let Some(mut plan) = Costed::new(costing, parts) else { return Vec::new() };
    while let Some(better) = step(costing, &plan, devices, limit, go_on) {
        plan = better;
    }
    plan.parts
}

/// The best of all plans one change away, if it is better.
fn step<'a>(
    costing: &Costing,
    plan: &Costed<'a>,
    devices: &[&'a Device],
    limit: f64,
    go_on: &dyn Fn() -> bool,
) -> Option<Costed<'a>> {
    let (part, group) = plan.busiest();
    let mut best: Option<(f64, Costed<'a>)> = None;
    for change in changes(costing, plan, (part, group), devices) {
        if !go_on() {
            return None;
        }
        let touched: Vec<usize> = change.iter().map(|(index, _)| *index).collect();
        let Some(next) = plan.with(costing, change) else { continue };
        let worst = touched.iter().map(|index| next.period(*index)).fold(0.0, f64::max);
        let bar = best.as_ref().map_or(plan.period(part), |(worst, _)| *worst);
        if worst < 0.9999 * bar && next.latency() <= limit {
            best = Some((worst, next));
        }
    }
    best.map(|(_, plan)| plan)
}

impl<'a> Costed<'a> {
    fn new(costing: &Costing, parts: Vec<Part<'a>>) -> Option<Self> {
        let costs = parts.iter().map(|part| costs(costing, part)).collect::<Option<_>>()?;
        Some(Self { parts, costs })
    }

    fn with(&self, costing: &Costing, change: Change<'a>) -> Option<Self> {
        let mut next = self.clone();
        for (index, part) in change {
            let before = &self.parts[index];
            let same = (before.start, before.end) == (part.start, part.end);
            for (place, group) in part.groups.iter().enumerate() {
                if !same || before.groups[place].devices != group.devices {
                    next.costs[index][place] = cost(costing, &part, group)?;
                }
            }
            next.parts[index] = part;
        }
        Some(next)
    }

    /// What a group is busy for every frame of the room.
    fn load(&self, part: usize, group: usize) -> f64 {
        let groups = &self.parts[part].groups;
        let turns: f64 = groups.iter().map(|group| f64::from(group.turns)).sum();
        let cost = &self.costs[part][group];
        (cost.busy * f64::from(groups[group].turns) / turns).max(cost.source)
    }

    fn period(&self, part: usize) -> f64 {
        let groups = 0..self.parts[part].groups.len();
        groups.map(|group| self.load(part, group)).fold(0.0, f64::max)
    }

    fn busiest(&self) -> (usize, usize) {
        let groups = (0..self.parts.len())
            .flat_map(|part| (0..self.parts[part].groups.len()).map(move |group| (part, group)));
        let load = |place: &(usize, usize)| self.load(place.0, place.1);
        groups.max_by(|a, b| load(a).total_cmp(&load(b))).unwrap_or((0, 0))
    }

    fn latency(&self) -> f64 {
        let mut sent = 0.0;
        let mut latency = 0.0;
        for costs in &self.costs {
            latency += costs.iter().map(|cost| cost.latency(sent)).fold(0.0, f64::max);
            sent = costs.iter().map(|cost| cost.send).fold(0.0, f64::max);
        }
        latency
    }
}

fn costs(costing: &Costing, part: &Part) -> Option<Vec<Cost>> {
    part.groups.iter().map(|group| cost(costing, part, group)).collect()
}

fn cost(costing: &Costing, part: &Part, group: &Group) -> Option<Cost> {
    costing.cost_of((part.start, part.end, &part.ends), group.layout, &group.devices)
}

/// Everything that may relieve a group.
fn changes<'a>(
    costing: &Costing,
    plan: &Costed<'a>,
    (part, group): (usize, usize),
    devices: &[&'a Device],
) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    let here = &plan.parts[part].groups[group].devices;
    let works = |device: &&&Device| {
        let groups = plan.parts.iter().flat_map(|part| &part.groups);
        groups.into_iter().any(|group| group.devices.iter().any(|other| other.id == device.id))
    };
    // Somebody who has no part, in addition or instead of one who has.
    for idle in devices.iter().filter(|device| !works(device)) {
        changes.push(vec![(part, plan.dealt(part, group, None, Some(idle)))]);
        for weaker in here.iter().filter(|device| device.capacity < idle.capacity) {
            changes.push(vec![(part, plan.dealt(part, group, Some(weaker), Some(idle)))]);
        }
    }
    for (other_part, of) in plan.parts.iter().enumerate() {
        for (other, groups) in of.groups.iter().enumerate() {
            if (other_part, other) == (part, group) {
                continue;
            }
            for theirs in &groups.devices {
                let gives =
                    |gets| plan.both((part, group, gets, Some(*theirs)), (other_part, other));
                if groups.devices.len() > 1 {
                    changes.push(gives(None));
                }
                let weaker = here.iter().filter(|ours| ours.capacity < theirs.capacity);
                changes.extend(weaker.map(|ours| gives(Some(*ours))));
            }
        }
    }
    changes.extend(plan.shifted(costing, part, part + 1));
    if part > 0 {
        changes.extend(plan.shifted(costing, part - 1, part));
    }
    changes
}

impl<'a> Costed<'a> {
    /// A part in which a group loses one device and gets another.
    fn dealt(
        &self,
        part: usize,
        group: usize,
        loses: Option<&Device>,
        gets: Option<&'a Device>,
    ) -> Part<'a> {
        let mut part = self.parts[part].clone();
        deal(&mut part.groups[group], loses, gets);
        part
    }

    /// A device changes places: `gets` comes from the other group to this one, `loses` goes there.
    fn both(
        &self,
        (part, group, loses, gets): (usize, usize, Option<&'a Device>, Option<&'a Device>),
        (other_part, other): (usize, usize),
    ) -> Change<'a> {
        let mut one = self.dealt(part, group, loses, gets);
        if part == other_part {
            deal(&mut one.groups[other], gets, loses);
            return vec![(part, one)];
        }
        vec![(part, one), (other_part, self.dealt(other_part, other, gets, loses))]
    }

    /// The bound between two parts, one step either way.
    fn shifted(&self, costing: &Costing, first: usize, second: usize) -> Vec<Change<'a>> {
        let Some(next) = self.parts.get(second) else { return Vec::new() };
        let before = &self.parts[first];
        let Some(place) = costing.units.iter().position(|bound| *bound == next.start) else {
            return Vec::new();
        };
        let inside = |bound: &usize| (before.start + 1..next.end).contains(bound);
        let steps = [place.checked_sub(1), Some(place + 1)].into_iter().flatten();
        let bounds = steps.filter_map(|place| costing.units.get(place)).copied().filter(inside);
        bounds
            .map(|bound| {
                vec![
                    (first, cut(costing, before, before.start, bound)),
                    (second, cut(costing, next, bound, next.end)),
                ]
            })
            .collect()
    }
}

fn deal<'a>(group: &mut Group<'a>, loses: Option<&Device>, gets: Option<&'a Device>) {
    group.devices.retain(|device| loses.is_none_or(|loses| loses.id != device.id));
    group.devices.extend(gets);
    group.devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
}

/// The part between other bounds, with the blocks that it had; the head is divided where it was.
fn cut<'a>(costing: &Costing, part: &Part<'a>, start: usize, end: usize) -> Part<'a> {
    let last = end.min(costing.body);
    let mut ends: Vec<usize> =
        part.ends.iter().copied().filter(|at| *at > start && *at < last).collect();
    let divided = part.ends.last().is_some_and(|end| *end > costing.body);
    ends.extend(if divided { costing.divided_ends(start, end) } else { costing.whole(start, end) });
    Part { start, end, ends, groups: part.groups.clone() }
}
