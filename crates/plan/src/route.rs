//! Which slice goes from whom to whom: derived from a plan by every party alike.

use crate::{DeviceId, Plan};
use convoy_model::{Model, NodeId, Region};
use serde::{Deserialize, Serialize};

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

/// All edges of a plan in one fixed order; an edge's index is its number on the wire.
///
/// Each tile gets exactly what its [`convoy_model::Trace`] needs of every input, each part from the
/// tile that owns it (or the source, for the network's input), also across several stages; the
/// network's outputs go to the source.
///
/// # Errors
/// A plan that does not fit the model (pieces out of order, wrong number of regions, rows owned
/// twice or by nobody), in words.
pub fn edges(model: &Model, plan: &Plan) -> Result<Vec<Edge>, crate::PlanError> {
    let _ = (model, plan);
    unimplemented!("filled in by the plan work")
}

impl Port {
    /// The device behind this port; the source's is the frame's.
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
