//! What one picture's slices weigh on their ways from tile to tile: for people to look at.

use crate::dtype::dtype;
use convoy_model::Model;
use convoy_plan::{Edge, Port};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// All slices of a picture from one port to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    from: Port,
    to: Port,
    /// Without headers.
    bytes: u64,
}

/// A plan's edges, those between the same two ports added up.
pub(super) fn flows(model: &Model, edges: &[Edge]) -> Vec<Flow> {
    let mut sums: BTreeMap<(Port, Port), u64> = BTreeMap::new();
    for edge in edges {
        let values = u64::from(model.graph.shape(edge.tensor).channels) * edge.region.area();
        let bytes = values * dtype(edge.from, edge.to).bytes() as u64;
        *sums.entry((edge.from, edge.to)).or_default() += bytes;
    }
    sums.into_iter().map(|((from, to), bytes)| Flow { from, to, bytes }).collect()
}

/// `[from, to, bytes]`, where a port is `[stage, tile]`, or null for the picture's source.
impl Serialize for Flow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let port = |port: Port| match port {
            Port::Source => None,
            Port::Tile { stage, tile } => Some((stage, tile)),
        };
        (port(self.from), port(self.to), self.bytes).serialize(serializer)
    }
}
