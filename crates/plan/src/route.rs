//! Which slice goes from whom to whom: derived from a plan by every party alike.

use crate::{DeviceId, Plan, PlanError};
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
/// network's outputs go to the source.
///
/// # Errors
/// A plan that does not fit the model (pieces out of order, wrong number of regions, rows owned
/// twice or by nobody), in words.
pub fn edges(model: &Model, plan: &Plan) -> Result<Vec<Edge>, PlanError> {
    let graph = &model.graph;
    let whole = |id: NodeId| Region::whole(graph.shape(id));
    let input = (Port::Source, whole(NodeId::INPUT));
    let mut owners: BTreeMap<NodeId, Vec<(Port, Region)>> =
        BTreeMap::from([(NodeId::INPUT, vec![input])]);
    let mut edges = Vec::new();
    let mut next_piece = 0;
    for (stage_index, stage) in plan.stages.iter().enumerate() {
        let [first, end] = stage.pieces;
        if first != next_piece || end <= first || end > model.pieces.len() {
            return no(format!("stage {stage_index} has pieces {first}..{end} after {next_piece}"));
        }
        next_piece = end;
        let segment = Segment::new(graph, &model.pieces, first..end);
        for (tile_index, tile) in stage.tiles.iter().enumerate() {
            let (Ok(stage), Ok(index)) = (stage_index.try_into(), tile_index.try_into()) else {
                return no("it has too many stages or tiles".into());
            };
            let port = Port::Tile { stage, tile: index };
            let fits = |(id, region): (&NodeId, &Region)| whole(*id).contains(region);
            if tile.regions.len() != segment.outputs.len()
                || !segment.outputs.iter().zip(&tile.regions).all(fits)
            {
                return no(format!("tile {tile_index} of stage {stage_index} has wrong regions"));
            }
            let trace = segment.trace(graph, &tile.regions);
            for id in &segment.inputs {
                add(&mut edges, &owners, *id, port, trace.region(*id))?;
            }
        }
        for (index, id) in segment.outputs.iter().enumerate() {
            let owned: Vec<(Port, Region)> = stage
                .tiles
                .iter()
                .enumerate()
                .map(|(tile, of)| {
                    let port = Port::Tile { stage: stage_index as u16, tile: tile as u16 };
                    (port, of.regions[index])
                })
                .filter(|(_, region)| !region.is_empty())
                .collect();
            if !tiles_cover(&owned, whole(*id)) {
                let name = &graph.node(*id).name;
                return no(format!("not every part of {name:?} has exactly one owner"));
            }
            owners.insert(*id, owned);
        }
    }
    if next_piece != model.pieces.len() {
        return no(format!("it ends before piece {next_piece} of {}", model.pieces.len()));
    }
    for id in &graph.outputs {
        add(&mut edges, &owners, *id, Port::Source, whole(*id))?;
    }
    Ok(edges)
}

/// Adds an edge from every owner of a part of `region`.
fn add(
    edges: &mut Vec<Edge>,
    owners: &BTreeMap<NodeId, Vec<(Port, Region)>>,
    tensor: NodeId,
    to: Port,
    region: Region,
) -> Result<(), PlanError> {
    for (from, owned) in owners.get(&tensor).into_iter().flatten() {
        let region = owned.intersect(&region);
        if !region.is_empty() {
            edges.push(Edge { tensor, from: *from, to, region });
        }
    }
    if edges.len() > MAX_EDGES {
        return no(format!("it has more than {MAX_EDGES} slices a frame"));
    }
    Ok(())
}

/// Whether rectangles cover `whole` without overlap: their areas sum to its area and none meet.
fn tiles_cover(owned: &[(Port, Region)], whole: Region) -> bool {
    let area: u64 = owned.iter().map(|(_, region)| region.area()).sum();
    let apart = owned.iter().enumerate().all(|(index, (_, region))| {
        owned[..index].iter().all(|(_, other)| region.intersect(other).is_empty())
    });
    area == whole.area() && apart
}

fn no<T>(problem: String) -> Result<T, PlanError> {
    Err(PlanError::Inconsistent(problem))
}
