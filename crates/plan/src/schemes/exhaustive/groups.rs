//! What a group of devices makes of a run of units, in each layout that it can have.

use crate::cost::{Costs, body};
use crate::schemes::best::split::together;
use crate::{Device, Stage, rows};
use convoy_model::{Region, Segment};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// How many layouts a group of so many devices may have.
pub(super) fn layouts(size: usize) -> f64 {
    if columns(size).is_some() { 2.0 } else { 1.0 }
}

/// Columns of a grid of so many cells: as square as can be, at least two, all rows full.
fn columns(cells: usize) -> Option<usize> {
    (2..cells).filter(|cols| cols * cols <= cells && cells.is_multiple_of(*cols)).max()
}

/// The stages of each layout: that of the run, the head's, or both.
type Layouts = Rc<[Vec<Stage>]>;

/// What groups make, remembered: each run on each group is part of many plans.
pub(super) struct Groups<'a> {
    costs: &'a Costs<'a>,
    /// The strongest first.
    devices: Vec<&'a Device>,
    /// Where units begin and end, as pieces; the head, where there is one, is the last unit.
    bounds: Vec<usize>,
    known: HashMap<(Range<usize>, u32), Layouts>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(costs: &'a Costs<'a>) -> Self {
        let model = costs.model;
        let mut devices: Vec<&Device> = costs.cluster.devices.iter().collect();
        devices.sort_by(|a, b| b.capacity.total_cmp(&a.capacity).then(a.id.cmp(&b.id)));
        let mut bounds = convoy_model::units(&model.graph, &model.pieces);
        if body(model) < model.pieces.len() {
            bounds.push(model.pieces.len());
        }
        Self { costs, devices, bounds, known: HashMap::new() }
    }

    /// Units in all.
    pub(super) fn units(&self) -> usize {
        self.bounds.len() - 1
    }

    /// What the devices of `group` make of these units; nothing where there are fewer rows than
    /// devices, or where several would share the head alone.
    pub(super) fn layouts(&mut self, units: &Range<usize>, group: u32) -> Layouts {
        let key = (units.clone(), group);
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let members = self.devices.iter().enumerate().filter(|(bit, _)| group >> bit & 1 == 1);
        let members: Vec<&Device> = members.map(|(_, device)| *device).collect();
        let made: Layouts = self.make(units, &members).into();
        self.known.insert(key, Rc::clone(&made));
        made
    }

    fn make(&self, units: &Range<usize>, members: &[&Device]) -> Vec<Vec<Stage>> {
        let (model, body) = (self.costs.model, body(self.costs.model));
        let (start, end) = (self.bounds[units.start], self.bounds[units.end]);
        let head = if end > body { self.costs.head(members[0]) } else { None };
        if start >= body {
            let alone = head.filter(|_| members.len() == 1);
            return alone.map(|head| vec![head]).into_iter().collect();
        }
        let segment = Segment::new(&model.graph, &model.pieces, start..end.min(body));
        let layouts =
            [strips(self.costs, &segment, members, end), grid(self.costs, &segment, members)];
        let stages = |cells: Vec<Vec<Region>>| {
            let tiles: Vec<_> = members.iter().copied().zip(cells).collect();
            [self.costs.stage(&segment, &tiles)].into_iter().chain(head.clone()).collect()
        };
        layouts.into_iter().flatten().map(stages).collect()
    }
}

/// Strips of the run that the devices, or their lines, finish together; the first of them has the
/// head too where the stage ends after it.
fn strips(
    costs: &Costs,
    segment: &Segment,
    members: &[&Device],
    end: usize,
) -> Option<Vec<Vec<Region>>> {
    let (graph, pieces) = (&costs.model.graph, &costs.model.pieces);
    let counting = costs.cluster.counting();
    let head = Segment::new(graph, pieces, segment.pieces.end..end.max(segment.pieces.end));
    let whole: Vec<Region> =
        head.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    let head = head.effort(graph, &head.trace(graph, &whole), counting);
    let busy = |k: usize, start: u32, end: u32| {
        let (device, regions) = (members[k], segment.strips(graph, &[start, end]).concat());
        let trace = segment.trace(graph, &regions);
        let more = if k == 0 { head } else { 0.0 };
        let compute = (segment.effort(graph, &trace, counting) + more) / device.capacity;
        if costs.cluster.network.shared {
            return compute;
        }
        let (input, output) = costs.bytes(segment, &trace, &regions);
        let link = costs.cluster.link(device);
        compute.max(input as f64 / link.down).max(output as f64 / link.up)
    };
    let capacities: Vec<f64> = members.iter().map(|device| device.capacity).collect();
    let height = rows::height(costs.model, segment);
    let guess = rows::proportional(height, &capacities);
    let bounds = together(height, members.len(), guess, busy)?;
    Some(segment.strips(graph, &bounds))
}

/// A grid: rows of cells as high as their devices' capacities together ask for, cells of a row as
/// wide as their device's does.
fn grid(costs: &Costs, segment: &Segment, members: &[&Device]) -> Option<Vec<Vec<Region>>> {
    let graph = &costs.model.graph;
    let shape = graph.shape(segment.reference(graph)?);
    let capacities: Vec<f64> = members.iter().map(|device| device.capacity).collect();
    let columns = columns(members.len())?;
    let bands = || capacities.chunks(columns);
    let heights: Vec<f64> = bands().map(|band| band.iter().sum()).collect();
    let rows = rows::proportional(shape.height, &heights);
    let cols: Vec<Vec<u32>> = bands().map(|band| rows::proportional(shape.width, band)).collect();
    let ascend = |bounds: &Vec<u32>| bounds.windows(2).all(|pair| pair[0] < pair[1]);
    let full = ascend(&rows) && cols.iter().all(ascend);
    full.then(|| segment.grid(graph, &rows, &cols))
}
