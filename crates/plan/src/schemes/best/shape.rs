//! From what a search has chosen to the stages of a plan.

use super::costing::Costing;
use super::lattice::Lattice;
use super::layout::Layout;
use super::sweep::Solution;
use super::table::{Choice, How};
use crate::{Device, Plan, Stage};
use convoy_model::Segment;
use std::collections::BTreeSet;

/// A group of devices, the strongest first, and how they share their run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group<'a> {
    pub(super) turns: u16,
    pub(super) layout: Layout,
    pub(super) devices: Vec<&'a Device>,
}

/// A run of pieces and the groups that take frames in turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where its blocks end, what of the head one device does alone left out.
    pub(super) ends: Vec<usize>,
    pub(super) groups: Vec<Group<'a>>,
}

/// The parts of a solution, with devices for its classes.
pub(super) fn parts<'a>(
    costing: &Costing,
    lattice: &Lattice<'a>,
    solution: &Solution,
) -> Vec<Part<'a>> {
    let mut taken = lattice.untouched();
    let part = |stage: &super::sweep::Chosen| {
        let depth = depth(&stage.choice);
        let mut groups = Vec::new();
        deal(lattice, &mut taken, stage.state, &stage.choice, 1 << depth, &mut groups);
        let ends = stage.choice.ends.to_vec();
        let (start, end) = (costing.units[stage.start], costing.units[stage.end]);
        Part { start, end, ends, groups }
    };
    solution.stages.iter().map(part).collect()
}

/// The parts of a plan in strips whose stages have one group each; `None` where it is something else.
pub(super) fn of<'a>(costing: &Costing<'a>, plan: &Plan) -> Option<Vec<Part<'a>>> {
    let cluster = costing.costs.cluster;
    let mut parts: Vec<Part<'a>> = Vec::new();
    for stage in &plan.stages {
        let mut devices: Vec<&Device> =
            stage.tiles.iter().map(|tile| cluster.device(tile.device)).collect::<Option<_>>()?;
        devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
        let [start, end] = stage.pieces;
        match parts.last_mut().filter(|last| start == costing.body && last.holds(devices[0])) {
            // The head on a device that has a part already.
            Some(last) => {
                last.groups[0].devices.first().filter(|first| first.id == devices[0].id)?;
                last.end = end;
            }
            None => {
                let groups = vec![Group { turns: 1, layout: Layout::Strips, devices }];
                parts.push(Part { start, end, ends: costing.whole(start, end), groups });
            }
        }
    }
    let mut busy = BTreeSet::new();
    let mut all = parts.iter().flat_map(|part| &part.groups[0].devices);
    let once = all.all(|device| busy.insert(device.id));
    once.then_some(parts)
}

impl Part<'_> {
    fn holds(&self, device: &Device) -> bool {
        self.groups.iter().flat_map(|group| &group.devices).any(|of| of.id == device.id)
    }
}

/// How often a subset is halved.
fn depth(choice: &Choice) -> u32 {
    match &choice.how {
        How::Group(_) => 0,
        How::InTurn(parts) => 1 + parts.iter().map(|(_, part)| depth(part)).max().unwrap_or(0),
    }
}

fn deal<'a>(
    lattice: &Lattice<'a>,
    taken: &mut [usize],
    state: usize,
    choice: &Choice,
    turns: u16,
    groups: &mut Vec<Group<'a>>,
) {
    match &choice.how {
        How::Group(layout) => {
            groups.push(Group { turns, layout: *layout, devices: lattice.take(taken, state) });
        }
        How::InTurn(parts) => {
            for (state, part) in parts.iter() {
                deal(lattice, taken, *state as usize, part, turns / 2, groups);
            }
        }
    }
}

/// The stages of these parts; `None` where a group cannot have its layout.
pub(super) fn stages(costing: &Costing, parts: &[Part]) -> Option<Vec<Stage>> {
    let costs = costing.costs;
    let (graph, pieces) = (&costs.model.graph, &costs.model.pieces);
    let mut stages = Vec::new();
    for part in parts {
        let mut start = part.start;
        // Rows of the heavy layers of the head, where groups divide them.
        let divides = part.ends.last().is_some_and(|end| *end > costing.body);
        let dealt = |group: &Group| match divides {
            true => costing.dealt(part.start, part.end, &group.devices),
            false => Some(Vec::new()),
        };
        let dealt: Vec<Vec<Vec<u32>>> = part.groups.iter().map(dealt).collect::<Option<_>>()?;
        let ends = part.ends.iter().copied().filter(|end| *end > part.start);
        for end in ends {
            let segment = Segment::new(graph, pieces, start..end);
            let last = if end == costing.body.min(part.end) { part.end } else { end };
            let cells = |group: &Group, dealt: &[Vec<u32>]| {
                if let Some(piece) = start.checked_sub(part.start.max(costing.body)) {
                    return dealt.get(piece).map(|bounds| segment.strips(graph, bounds));
                }
                let layout =
                    if divides { Layout::Blocks } else { group.layout.through(&part.ends) };
                let bounds = costing.bounds(start, last, &group.devices, layout)?;
                let regions =
                    bounds.into_iter().map(|(rows, cols)| segment.cell(graph, rows, cols));
                Some(regions.collect::<Vec<_>>())
            };
            let of: Option<Vec<Stage>> = part
                .groups
                .iter()
                .zip(&dealt)
                .map(|(group, dealt)| {
                    let tiles = group.devices.iter().copied().zip(cells(group, dealt)?);
                    let tiles: Vec<_> = tiles.collect();
                    Some(if start < costing.body {
                        costs.stage(&segment, &tiles)
                    } else {
                        costs.headed(&segment, &tiles)
                    })
                })
                .collect();
            stages.push(in_turn(part, of?));
            start = end;
        }
        if start < part.end {
            let alone = |group: &Group| costs.alone(group.devices[0], start..part.end);
            stages.push(in_turn(part, part.groups.iter().map(alone).collect()));
        }
    }
    Some(stages)
}

/// One stage of those of each group.
fn in_turn(part: &Part, of: Vec<Stage>) -> Stage {
    let pieces = of.first().map_or([part.start, part.end], |stage| stage.pieces);
    let turns = part.groups.iter().map(|group| group.turns).collect();
    let mut all = Stage { pieces, turns, tiles: Vec::new(), compute: 0.0, transfer: 0.0 };
    for (group, stage) in (0..).zip(of) {
        all.compute = all.compute.max(stage.compute);
        all.transfer = all.transfer.max(stage.transfer);
        let tiles = stage.tiles.into_iter();
        all.tiles.extend(tiles.map(|tile| crate::Tile { group, ..tile }));
    }
    all
}
