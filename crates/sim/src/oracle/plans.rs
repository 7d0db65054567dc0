//! Whether a plan is one: every part of every map has one owner, every tile gets what it reads and
//! nothing else, and everybody can hold its weights.

use super::reach;
use convoy_model::weights::parameter_count;
use convoy_model::{Model, NodeId, Op, Region, Segment};
use convoy_plan::{DeviceId, Edge, Plan, Port, Stage, Tile, Turns, edges};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a plan, for which `before` goes on meanwhile where there is one. `memory` says how
/// many bytes a device of the room offers.
pub(super) fn problems(
    model: &Model,
    plan: &Plan,
    before: Option<&Plan>,
    memory: &dyn Fn(DeviceId) -> Option<u64>,
) -> Vec<String> {
    let edges = match edges(model, plan) {
        Ok(edges) => edges,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    alone(plan, &mut problems);
    held(model, before.into_iter().chain([plan]), memory, &mut problems);
    let mut into: BTreeMap<Port, Vec<Edge>> = BTreeMap::new();
    for edge in edges {
        into.entry(edge.to).or_default().push(edge);
    }
    let turns = Turns::new(plan);
    // One frame of each way through the groups stands for all that go it.
    let mut ways = BTreeSet::new();
    for frame in 0..turns.cycle(u32::MAX) {
        let way = (0..plan.stages.len()).map(|stage| turns.group(stage, frame));
        if ways.insert(way.collect::<Vec<u16>>()) {
            let route = Route { model, plan, turns: &turns, into: &into, frame };
            route.problems(&mut problems);
        }
    }
    problems
}

/// The way of one frame.
struct Route<'a> {
    model: &'a Model,
    plan: &'a Plan,
    turns: &'a Turns,
    into: &'a BTreeMap<Port, Vec<Edge>>,
    frame: u32,
}

impl Route<'_> {
    fn problems(&self, problems: &mut Vec<String>) {
        let graph = &self.model.graph;
        for (index, stage) in self.plan.stages.iter().enumerate() {
            let segment = segment(self.model, stage);
            let group = self.turns.group(index, self.frame);
            for (at, id) in segment.outputs.iter().enumerate() {
                let parts: Vec<Region> = stage.group(group).map(|tile| tile.regions[at]).collect();
                if !covers(&parts, Region::whole(graph.shape(*id))) {
                    problems.push(format!("stage {index} does not make {id} once: {parts:?}"));
                }
            }
            for (tile, of) in stage.tiles.iter().enumerate().filter(|(_, of)| of.group == group) {
                let port = Port::Tile { stage: index as u16, tile: tile as u16 };
                let needed = reach::inputs(self.model, &segment, &of.regions);
                for id in &segment.inputs {
                    let wanted = needed.get(id).copied().unwrap_or(Region::empty());
                    self.brings(port, *id, wanted, problems);
                }
            }
        }
        for id in &graph.outputs {
            self.brings(Port::Source, *id, Region::whole(graph.shape(*id)), problems);
        }
    }

    /// The edges into a port bring `wanted` of a tensor, once and no more.
    fn brings(&self, to: Port, tensor: NodeId, wanted: Region, problems: &mut Vec<String>) {
        let edges = self.into.get(&to).into_iter().flatten().filter(|edge| edge.tensor == tensor);
        let edges = edges.filter(|edge| self.turns.serves(edge.from, self.frame));
        let parts: Vec<Region> = edges.map(|edge| edge.region).collect();
        if !covers(&parts, wanted) {
            problems.push(format!("{to:?} wants {wanted:?} of {tensor} and gets {parts:?}"));
        }
    }
}

/// Whether parts cover `whole` once and reach nowhere else.
fn covers(parts: &[Region], whole: Region) -> bool {
    let inside = parts.iter().all(|part| whole.contains(part));
    let apart = (1..parts.len())
        .all(|index| parts[..index].iter().all(|other| parts[index].intersect(other).is_empty()));
    inside && apart && parts.iter().map(Region::area).sum::<u64>() == whole.area()
}

fn segment(model: &Model, stage: &Stage) -> Segment {
    Segment::new(&model.graph, &model.pieces, stage.pieces[0]..stage.pieces[1])
}

/// Devices stand at most once in a stage.
fn alone(plan: &Plan, problems: &mut Vec<String>) {
    for (index, stage) in plan.stages.iter().enumerate() {
        let devices: BTreeSet<DeviceId> = stage.tiles.iter().map(|tile| tile.device).collect();
        if devices.len() != stage.tiles.len() {
            problems.push(format!("a device stands twice in stage {index}"));
        }
    }
}

/// Devices are in the room, and offer memory for their weights of all plans together. Tiles that are the
/// same are held once.
fn held<'a>(
    model: &Model,
    plans: impl IntoIterator<Item = &'a Plan>,
    memory: &dyn Fn(DeviceId) -> Option<u64>,
    problems: &mut Vec<String>,
) {
    let mut held: BTreeMap<DeviceId, u64> = BTreeMap::new();
    let mut known: Vec<(DeviceId, [usize; 2], &[Region])> = Vec::new();
    for plan in plans {
        for stage in &plan.stages {
            for tile in &stage.tiles {
                let own = (tile.device, stage.pieces, tile.regions.as_slice());
                if !known.contains(&own) {
                    *held.entry(tile.device).or_default() += weights(model, stage, tile);
                    known.push(own);
                }
            }
        }
    }
    for (device, bytes) in held {
        match memory(device) {
            None => problems.push(format!("{device} is not in the room")),
            Some(memory) if bytes > memory => {
                problems.push(format!("{device} is to hold {bytes} bytes and offers {memory}"));
            }
            Some(_) => {}
        }
    }
}

/// Bytes of the weights that a tile needs, in f32: of a fully connected layer laid out in rows those
/// of its rows alone, each with a weight for every input and a bias.
fn weights(model: &Model, stage: &Stage, tile: &Tile) -> u64 {
    let (graph, segment) = (&model.graph, segment(model, stage));
    let trace = segment.trace(graph, &tile.regions);
    let of = |id: u32| {
        let node = graph.node(NodeId(id));
        match node.op {
            Op::Gemm { .. } if node.shape.height > 1 => {
                let inputs = graph.shape(node.inputs[0]).elements();
                u64::from(trace.region(NodeId(id)).rows.len()) * (inputs + 1)
            }
            _ => parameter_count(graph, id..id + 1),
        }
    };
    4 * segment.nodes.clone().map(of).sum::<u64>()
}
