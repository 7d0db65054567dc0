//! A network as a directed acyclic graph, its nodes in topological order.

use crate::{Op, Shape};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A node's place in the topological order; also names the one tensor that the node makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The network's input.
    pub const INPUT: Self = Self(0);

    /// As an index into [`Graph::nodes`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.0)
    }
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique in its graph; weights are named after it.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// The nodes it reads, all earlier in the order.
    pub inputs: Vec<NodeId>,
    /// The map it makes.
    pub shape: Shape,
}

/// A network's layers in topological order; node 0 is the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// All layers.
    pub nodes: Vec<Node>,
    /// The nodes whose maps are the network's result, in order.
    pub outputs: Vec<NodeId>,
}

impl Graph {
    /// The layer `id`.
    ///
    /// # Panics
    /// Where `id` is not of this graph; [`Graph::validate`] makes sure that ids inside are.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The shape of what node `id` makes.
    #[must_use]
    pub fn shape(&self, id: NodeId) -> Shape {
        self.node(id).shape
    }

    /// Every node with its id, in order.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index as u32), node))
    }
}
