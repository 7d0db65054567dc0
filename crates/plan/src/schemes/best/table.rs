//! Everything that a stage may be: for each run of pieces and each subset of the devices, the ways of
//! holding it of which none is as good as another in everything.

use super::blocks::{Thrift, Ways};
use super::cost::Cost;
use super::costing::Costing;
use super::hopeless::{Known, Least};
use super::lattice::Lattice;
use super::layout::Layout;
use crate::Device;
use std::rc::Rc;

/// A way of holding a stage.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) cost: Cost,
    pub(super) how: How,
    /// Where its blocks end: all groups in turn cut at the same places.
    pub(super) ends: Rc<[usize]>,
}

/// One group, or two parts of the subset in turn.
#[derive(Debug, Clone)]
pub(super) enum How {
    /// All devices are one group.
    Group(Layout),
    /// Two disjoint parts, each with its choice, take frames in turn.
    InTurn(Rc<[(u32, Choice); 2]>),
}

/// What may be in a plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    /// Groups that may hold one stage in turn: a power of two.
    pub(super) replicas: u32,
    /// Whether groups may go through blocks.
    pub(super) blocks: bool,
}

/// The choices of every run of units and every subset.
pub(super) struct Table {
    /// Units in all.
    pub(super) units: usize,
    /// For each run (see [`index`]), for each subset.
    choices: Vec<Vec<Vec<Choice>>>,
}

impl Table {
    /// What no front needs is left off, see [`Known`]. `None` where `go_on` says that there is no more
    /// time.
    pub(super) fn new(
        costing: &Costing,
        lattice: &Lattice,
        space: Space,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let units = costing.units.len() - 1;
        let groups: Vec<_> = (0..lattice.len()).map(|state| lattice.members(state)).collect();
        let capacity = |group: &Vec<&Device>| group.iter().map(|device| device.capacity).sum();
        let capacities: Vec<f64> = groups.iter().map(capacity).collect();
        let mut known = Known::new(costing, capacities.last().copied().unwrap_or(0.0));
        let thrifts = |group: &[&Device]| -> &[Thrift] {
            if space.blocks && group.len() > 1 { &[Thrift::NONE] } else { &[] }
        };
        // The strongest alone, the two strongest, and so on: all of them, or nearly, do best.
        let all = groups.last().map_or(&[][..], |all| &all[..]);
        for count in 1..=all.len() {
            let group = &all[..count];
            let whole = |unit: usize| (unit == 0).then_some(costing.pieces);
            let ways = Ways::new(costing, group, thrifts(group), whole, go_on)?;
            let alone = held(costing, (0, units), group, &ways);
            alone.iter().for_each(|choice| known.add(&choice.cost));
        }
        let turns = f64::from(space.replicas);
        let ways = |(group, capacity): (&Vec<&Device>, &f64)| {
            let needed = |start: usize, end: usize| {
                !known.beats_any(known.least((start, end), *capacity), turns)
            };
            let last = |start: usize| {
                let end = (start + 1..=units).rev().find(|end| needed(start, *end));
                end.map(|end| costing.units[end])
            };
            Ways::new(costing, group, thrifts(group), last, go_on)
        };
        let ways: Vec<Vec<Ways>> =
            groups.iter().zip(&capacities).map(ways).collect::<Option<_>>()?;
        let mut choices = Vec::with_capacity(units * (units + 1) / 2);
        for end in 1..=units {
            for start in 0..end {
                if !go_on() {
                    return None;
                }
                let least: Vec<Least> = capacities
                    .iter()
                    .map(|capacity| known.least((start, end), *capacity))
                    .collect();
                let mut turns = space.replicas;
                let group = |(state, (group, ways)): (usize, (&Vec<&Device>, &Vec<Ways>))| {
                    if known.beats_any(least[state], f64::from(turns)) {
                        return Vec::new();
                    }
                    held(costing, (start, end), group, ways)
                };
                let mut of: Vec<Vec<Choice>> =
                    groups.iter().zip(&ways).enumerate().map(group).collect();
                let useless = |state: usize, turns: u32, cost: &Cost| {
                    known.beats(least[state], f64::from(turns), cost)
                };
                while turns > 1 {
                    for (state, of) in of.iter_mut().enumerate() {
                        of.retain(|choice| !useless(state, turns, &choice.cost));
                    }
                    turns /= 2;
                    of = doubled(lattice, &of, |state, cost| useless(state, turns, cost));
                }
                choices.push(of.into_iter().map(unbeaten).collect());
            }
        }
        Some(Self { units, choices })
    }

    /// The choices of units `[start, end)` on a subset.
    pub(super) fn choices(&self, start: usize, end: usize, state: usize) -> &[Choice] {
        &self.choices[index(start, end)][state]
    }
}

fn index(start: usize, end: usize) -> usize {
    end * (end - 1) / 2 + start
}

/// The choices of a run of units for one group, by blocks in these ways.
pub(super) fn held(
    costing: &Costing,
    (start, end): (usize, usize),
    group: &[&Device],
    ways: &[Ways],
) -> Vec<Choice> {
    let (start, end) = (costing.units[start], costing.units[end]);
    let whole: Rc<[usize]> = costing.whole(start, end).into();
    let mut choices = Vec::new();
    for (layout, cost) in costing.options(start, end, group) {
        add(&mut choices, cost, &whole, || How::Group(layout));
    }
    for ways in ways {
        let last = end.min(costing.body);
        let complete = end <= costing.body || end == costing.pieces;
        let way = ways.way(start, last).filter(|_| complete);
        if let Some(cost) = way.and_then(|way| costing.by_blocks(start, end, group, &way))
            && choices.iter().all(|other| !cost.is_beaten_by(&other.cost))
        {
            add(&mut choices, cost, &ways.ends(start, last).into(), || How::Group(Layout::Blocks));
        }
        let divided = ways.divided(costing, group, start, end);
        if let Some(cost) = divided.and_then(|way| costing.by_blocks(start, end, group, &way)) {
            let heavy = costing.heavy_in(start, end).map(|piece| piece + 1);
            let ends = ways.ends(start, costing.body).into_iter().chain(heavy).collect();
            add(&mut choices, cost, &ends, || How::Group(Layout::Blocks));
        }
    }
    choices
}

/// The choices of each subset, and those of two parts of it in turn, but for useless ones.
fn doubled(
    lattice: &Lattice,
    of: &[Vec<Choice>],
    useless: impl Fn(usize, &Cost) -> bool,
) -> Vec<Vec<Choice>> {
    let both = |state: usize| {
        let kept = of[state].iter().filter(|choice| !useless(state, &choice.cost));
        let mut choices: Vec<Choice> = kept.cloned().collect();
        for (part, rest) in lattice.parts(state).iter().filter(|(part, rest)| part <= rest) {
            for first in &of[*part as usize] {
                let same = |second: &&Choice| second.ends == first.ends;
                for second in of[*rest as usize].iter().filter(same) {
                    let cost = first.cost.in_turn(&second.cost);
                    // One of them alone does as well, and leaves the other's devices free.
                    if cost.is_beaten_by(&first.cost)
                        || cost.is_beaten_by(&second.cost)
                        || useless(state, &cost)
                    {
                        continue;
                    }
                    let both = || Rc::new([(*part, first.clone()), (*rest, second.clone())]);
                    add(&mut choices, cost, &first.ends, || How::InTurn(both()));
                }
            }
        }
        choices
    };
    (0..of.len()).map(both).collect()
}

/// The choices of which no other is as good in everything, wherever its blocks end.
fn unbeaten(choices: Vec<Choice>) -> Vec<Choice> {
    if choices.len() < 2 {
        return choices;
    }
    let mut kept: Vec<Choice> = Vec::with_capacity(choices.len());
    for choice in choices {
        if kept.iter().all(|other| !choice.cost.is_beaten_by(&other.cost)) {
            kept.retain(|other| !other.cost.is_beaten_by(&choice.cost));
            kept.push(choice);
        }
    }
    kept
}

/// Adds a choice unless another makes it useless; those that it makes useless go. What goes through
/// in one block can take turns with any other group that does, by blocks hardly with any: so the
/// former gives way to its like only.
fn add(choices: &mut Vec<Choice>, cost: Cost, ends: &Rc<[usize]>, how: impl FnOnce() -> How) {
    let useless = |cost: &Cost, ends: &[usize], other: &Cost, others: &[usize]| {
        cost.is_beaten_by(other) && (ends.len() > 1 || others.len() <= 1)
    };
    if !choices.iter().any(|other| useless(&cost, ends, &other.cost, &other.ends)) {
        choices.retain(|other| !useless(&other.cost, &other.ends, &cost, ends));
        choices.push(Choice { cost, how: how(), ends: Rc::clone(ends) });
    }
}
