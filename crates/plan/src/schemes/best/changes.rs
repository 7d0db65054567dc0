//! What may be changed of a plan to relieve one of its groups: who is in it, and where its stage ends.

use super::costing::Costing;
use super::improve::{Change, Costed};
use super::layout::Layout;
use super::shape::{Group, Part};
use crate::Device;

/// Everything that may relieve a group.
pub(super) fn changes<'a>(
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
                // Where one device alone can hold the stage, one more takes turns.
                if groups.devices.len() > 1 && here.len() == 1 {
                    changes.extend(plan.one_more((part, group), (other_part, other), theirs));
                }
            }
        }
    }
    if costing.costs.cluster.network.shared {
        changes.extend(plan.fewer(part, group).into_iter().map(|other| vec![(part, other)]));
    }
    changes.extend(plan.reblocked(costing, part).into_iter().map(|other| vec![(part, other)]));
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

    /// A device leaves another group and takes turns with this one, as a group of its own.
    fn one_more(
        &self,
        (part, group): (usize, usize),
        (other_part, other): (usize, usize),
        device: &'a Device,
    ) -> Option<Change<'a>> {
        let mut one = self.parts[part].clone();
        let alone = Group { devices: vec![device], ..one.groups[group].clone() };
        one.groups.push(alone);
        (part != other_part).then(|| {
            vec![(part, one), (other_part, self.dealt(other_part, other, Some(device), None))]
        })
    }

    /// A part with a device less, or without the group: what several devices read, a medium that all
    /// share carries several times.
    fn fewer(&self, part: usize, group: usize) -> Vec<Part<'a>> {
        let of = &self.parts[part];
        let here = &of.groups[group].devices;
        let leaving = here.iter().filter(|_| here.len() > 1);
        let mut parts: Vec<Part<'a>> =
            leaving.map(|device| self.dealt(part, group, Some(device), None)).collect();
        if of.groups.len() > 1 {
            let mut without = of.clone();
            without.groups.remove(group);
            parts.push(without);
        }
        parts
    }

    /// A device changes places: `gets` comes from the other group to this one, `loses` goes there.
    pub(super) fn both(
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

    /// A part with one block more or less: finer ones compute less twice, coarser ones wait less often.
    fn reblocked(&self, costing: &Costing, part: usize) -> Vec<Part<'a>> {
        let of = &self.parts[part];
        let toggled = |bound: usize| {
            let mut other = of.clone();
            match other.ends.binary_search(&bound) {
                Ok(place) => _ = other.ends.remove(place),
                Err(place) => other.ends.insert(place, bound),
            }
            for group in other.groups.iter_mut().filter(|group| group.devices.len() > 1) {
                group.layout = Layout::Blocks;
            }
            other
        };
        (of.start + 1..of.end.min(costing.body)).map(toggled).collect()
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
