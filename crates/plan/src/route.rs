//! Which slice goes from whom to whom: derived from a plan by every party alike.

use crate::turns::MAX_CYCLE;
use crate::{DeviceId, Mutant, Plan, PlanError, Turns};
use convoy_model::{Model, NodeId, Region, Segment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Port {
    /// The frame's source: gives the picture, gets the outputs.
    Source,
    /// A tile of a stage, by index.
    Tile {
        /// Index into [`Plan::stages`].
        stage: u16,
        /// Index into [`crate::Stage::tiles`].
        tile: u16,
    },
}

impl Port {
    /// The device behind this port; the source's is the frame's.
    ///
    /// # Panics
    /// Where the port is not of this plan; those of [`edges`] are.
    #[must_use]
    pub fn device(&self, plan: &Plan, source: DeviceId) -> DeviceId {
        match self {
            Self::Source => source,
            Self::Tile { stage, tile } => {
                plan.stages[usize::from(*stage)].tiles[usize::from(*tile)].device
            }
        }
    }
}

/// One slice of one tensor that every frame carries from one port to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The tensor.
    pub tensor: NodeId,
    /// Who gives it.
    pub from: Port,
    /// Who needs it.
    pub to: Port,
    /// Which part of the whole map.
    pub region: Region,
}

/// Most edges of a plan; an edge's number has 16 bits on the wire.
const MAX_EDGES: usize = u16::MAX as usize;

/// All edges of a plan in one fixed order; an edge's index is its number on the wire.
///
/// Each tile gets exactly what its [`convoy_model::Trace`] needs of every input, each part from the
/// tile that owns it (or the source, for the network's input), also across several stages; the
/// network's outputs go to the source. Where a stage is replicated there are edges between all
/// groups that some frame passes through; a frame uses those both of whose ends serve it
/// ([`crate::Turns::serves`]).
///
/// # Errors
/// A plan that does not fit the model (pieces out of order, wrong number of regions, rows owned
/// twice or by nobody) or whose turns repeat after more than 256 frames, in words.
pub fn edges(model: &Model, plan: &Plan) -> Result<Vec<Edge>, PlanError> {
    let graph = &model.graph;
    let whole = |id: NodeId| Region::whole(graph.shape(id));
    check_turns(plan)?;
    let turns = Turns::new(plan);
    let mut routes = Routes { turns: &turns, owners: BTreeMap::new(), edges: Vec::new() };
    routes.owners.insert(NodeId::INPUT, vec![(Port::Source, whole(NodeId::INPUT))]);
    let mut next_piece = 0;
    for (stage_index, stage) in plan.stages.iter().enumerate() {
        let [first, end] = stage.pieces;
        let gathers = stage.gathers() && first > 0;
        if first != next_piece || (end <= first && !gathers) || end > model.pieces.len() {
            return no(format!("stage {stage_index} has pieces {first}..{end} after {next_piece}"));
        }
        next_piece = end;
        let segment = Segment::new(graph, &model.pieces, first..end);
        let port = |tile: usize| Port::Tile { stage: stage_index as u16, tile: tile as u16 };
        for (tile_index, tile) in stage.tiles.iter().enumerate() {
            let fits = |(id, region): (&NodeId, &Region)| whole(*id).contains(region);
            if tile.regions.len() != segment.outputs.len()
                || !segment.outputs.iter().zip(&tile.regions).all(fits)
            {
                return no(format!("tile {tile_index} of stage {stage_index} has wrong regions"));
            }
            let trace = segment.trace(graph, &tile.regions);
            for id in &segment.inputs {
                let mut region = trace.region(*id);
                if Mutant::ShortHalo.is_on() && region.rows.len() > 1 && stage.tiles.len() > 1 {
                    region.rows.end -= 1;
                }
                routes.add(*id, port(tile_index), region)?;
            }
        }
        for (index, id) in segment.outputs.iter().enumerate() {
            for group in 0..stage.turns.len() as u16 {
                let regions = stage.group(group).map(|tile| tile.regions[index]);
                if !tiles_cover(&regions.collect::<Vec<_>>(), whole(*id)) {
                    let name = &graph.node(*id).name;
                    return no(format!("not every part of {name:?} has exactly one owner"));
                }
            }
            let tiles = stage.tiles.iter().enumerate();
            let owned = tiles.map(|(tile, of)| (port(tile), of.regions[index]));
            routes.owners.insert(*id, owned.filter(|(_, region)| !region.is_empty()).collect());
        }
    }
    if next_piece != model.pieces.len() {
        return no(format!("it ends before piece {next_piece} of {}", model.pieces.len()));
    }
    for id in &graph.outputs {
        routes.add(*id, Port::Source, whole(*id))?;
    }
    Ok(routes.edges)
}

/// Stages, tiles and turns must be countable, and every tile of a group that exists.
fn check_turns(plan: &Plan) -> Result<(), PlanError> {
    if plan.stages.len() > usize::from(u16::MAX) {
        return no("it has too many stages".into());
    }
    for (index, stage) in plan.stages.iter().enumerate() {
        let cycle: usize = stage.turns.iter().map(|turns| usize::from(*turns)).sum();
        let groups = stage.turns.len();
        if stage.turns.contains(&0) || !(1..=MAX_CYCLE).contains(&cycle) {
            return no(format!("the turns of stage {index} make no sense"));
        }
        if stage.tiles.len() > usize::from(u16::MAX)
            || stage.tiles.iter().any(|tile| usize::from(tile.group) >= groups)
        {
            return no(format!("the tiles of stage {index} are of no group"));
        }
    }
    // Whoever follows a whole cycle has seen every way that a frame can go.
    if Turns::new(plan).cycle(u32::MAX) as usize > MAX_CYCLE {
        return no(format!("its turns do not repeat within {MAX_CYCLE} frames"));
    }
    Ok(())
}

/// Edges so far, and who owns what.
struct Routes<'a> {
    turns: &'a Turns,
    owners: BTreeMap<NodeId, Vec<(Port, Region)>>,
    edges: Vec<Edge>,
}

impl Routes<'_> {
    /// Adds an edge from every owner of a part of `region` whose frames `to` may serve.
    fn add(&mut self, tensor: NodeId, to: Port, region: Region) -> Result<(), PlanError> {
        for (from, owned) in self.owners.get(&tensor).into_iter().flatten() {
            let region = owned.intersect(&region);
            if !region.is_empty() && self.turns.meet(*from, to) {
                self.edges.push(Edge { tensor, from: *from, to, region });
            }
        }
        if self.edges.len() > MAX_EDGES {
            return no(format!("it has more than {MAX_EDGES} slices a frame"));
        }
        Ok(())
    }
}

/// Whether rectangles cover `whole` without overlap: their areas sum to its area and none meet.
fn tiles_cover(owned: &[Region], whole: Region) -> bool {
    let area: u64 = owned.iter().map(Region::area).sum();
    let apart = owned.iter().enumerate().all(|(index, region)| {
        owned[..index].iter().all(|other| region.intersect(other).is_empty())
    });
    area == whole.area() && apart
}

fn no<T>(problem: String) -> Result<T, PlanError> {
    Err(PlanError::Inconsistent(problem))
}
