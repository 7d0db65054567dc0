//! A topological order that can be cut well: side branches right after their source.

use crate::{Graph, NodeId};

impl Graph {
    /// The same network with its nodes in another order: of the nodes that could come next, the one
    /// after which the fewest values are waiting to be read; among equals the one that came first.
    /// So a branch that narrows a map (HED's side convolutions) is done at once, and one that widens
    /// it (their upsampling) waits until it is needed.
    ///
    /// The graph must be sound ([`Graph::validate`]).
    #[must_use]
    pub fn ordered_for_cutting(&self) -> Self {
        let count = self.nodes.len();
        let mut readers = vec![0i64; count];
        for node in &self.nodes {
            node.inputs.iter().for_each(|input| readers[input.index()] += 1);
        }
        let mut placed: Vec<Option<u32>> = vec![None; count];
        let mut nodes = Vec::with_capacity(count);
        for _ in 0..count {
            let ready = (0..count).filter(|index| {
                let inputs = &self.nodes[*index].inputs;
                placed[*index].is_none()
                    && inputs.iter().all(|input| placed[input.index()].is_some())
            });
            // What is made, less what is read for the last time.
            let growth = |index: usize| {
                let node = &self.nodes[index];
                let mut inputs = node.inputs.clone();
                inputs.sort_unstable();
                let read = |id: &NodeId| inputs.iter().filter(|input| *input == id).count() as i64;
                let made = if readers[index] > 0 { node.shape.elements() as i64 } else { 0 };
                let mut unique = inputs.clone();
                unique.dedup();
                let done = unique.iter().filter(|id| readers[id.index()] == read(id));
                made - done.map(|id| self.shape(*id).elements() as i64).sum::<i64>()
            };
            let Some(next) = ready.min_by_key(|index| (growth(*index), *index)) else { break };
            for input in &self.nodes[next].inputs {
                readers[input.index()] -= 1;
            }
            placed[next] = Some(nodes.len() as u32);
            nodes.push(self.nodes[next].clone());
        }
        if nodes.len() < count {
            return self.clone();
        }
        let renamed = |id: &NodeId| NodeId(placed[id.index()].unwrap_or_default());
        for node in &mut nodes {
            node.inputs = node.inputs.iter().map(renamed).collect();
        }
        Self { nodes, outputs: self.outputs.iter().map(renamed).collect() }
    }
}
