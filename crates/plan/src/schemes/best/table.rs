//! Everything that a stage may be: for each run of pieces and each subset of the devices, the ways of
//! holding it of which none is as good as another in everything.

use super::blocks::Ways;
use super::cost::Cost;
use super::costing::Costing;
use super::lattice::Lattice;
use super::layout::Layout;
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
    /// For each run (see [`Table::index`]), for each subset.
    choices: Vec<Vec<Vec<Choice>>>,
}

impl Table {
    /// `None` where `go_on` says that there is no more time.
    pub(super) fn new(
        costing: &Costing,
        lattice: &Lattice,
        space: Space,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let units = costing.units.len() - 1;
        let groups: Vec<_> = (0..lattice.len()).map(|state| lattice.members(state)).collect();
        let ways: Vec<Option<Ways>> = groups
            .iter()
            .map(|group| (space.blocks && group.len() > 1).then(|| Ways::new(costing, group)))
            .collect();
        let mut choices = Vec::with_capacity(units * (units + 1) / 2);
        for end in 1..=units {
            for start in 0..end {
                if !go_on() {
                    return None;
                }
                let (start, end) = (costing.units[start], costing.units[end]);
                let whole: Rc<[usize]> = costing.whole(start, end).into();
                let mut of: Vec<Vec<Choice>> = Vec::with_capacity(groups.len());
                for (group, ways) in groups.iter().zip(&ways) {
                    let by_blocks = ways.as_ref().and_then(|ways| {
                        let whole = end <= costing.body || end == costing.pieces;
                        let way = ways.way(start, end.min(costing.body)).filter(|_| whole)?;
                        costing.by_blocks(start, end, group, &way)
                    });
                    let divided = ways.as_ref().and_then(|ways| {
                        let way = ways.divided(costing, group, start, end)?;
                        costing.by_blocks(start, end, group, &way)
                    });
                    let mut choices = Vec::new();
                    for (layout, cost) in costing.options(start, end, group) {
                        add(&mut choices, cost, &whole, || How::Group(layout));
                    }
                    if let (Some(cost), Some(ways)) = (by_blocks, ways)
                        && choices.iter().all(|other| !cost.is_beaten_by(&other.cost))
                    {
                        let ends = ways.ends(start, end.min(costing.body)).into();
                        add(&mut choices, cost, &ends, || How::Group(Layout::Blocks));
                    }
                    if let (Some(cost), Some(ways)) = (divided, ways) {
                        let heavy = costing.heavy_in(start, end).map(|piece| piece + 1);
                        let ends =
                            ways.ends(start, costing.body).into_iter().chain(heavy).collect();
                        add(&mut choices, cost, &ends, || How::Group(Layout::Blocks));
                    }
                    of.push(choices);
                }
                let mut replicas = 1;
                while replicas < space.replicas {
                    replicas *= 2;
                    of = doubled(lattice, &of);
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

/// The choices of each subset, and those of two parts of it in turn.
fn doubled(lattice: &Lattice, of: &[Vec<Choice>]) -> Vec<Vec<Choice>> {
    let both = |state: usize| {
        let mut choices = of[state].clone();
        for (part, rest) in lattice.parts(state).iter().filter(|(part, rest)| part <= rest) {
            for first in &of[*part as usize] {
                let same = |second: &&Choice| second.ends == first.ends;
                for second in of[*rest as usize].iter().filter(same) {
                    let cost = first.cost.in_turn(&second.cost);
                    // One of them alone does as well, and leaves the other's devices free.
                    if cost.is_beaten_by(&first.cost) || cost.is_beaten_by(&second.cost) {
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
