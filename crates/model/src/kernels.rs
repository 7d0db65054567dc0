//! Which kernels compute a network: a rule of whole layers' shapes alone, so that every device
//! chooses alike whatever tile it has, and so that a planner knows what weights will take.

use crate::{Graph, NodeId, Op, weights};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which kernels a network's convolutions may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernels {
    /// Direct sums only: weights take what they are, and a tile is the undivided map bit for bit.
    #[default]
    Direct,
    /// Winograd's minimal filtering where it pays: its weights take up to four times as much, and a
    /// tile is the undivided map within a bound.
    Fast,
}

/// The windows that Winograd's F(4x4, 3x3) and F(4, 7) compute: for so many weights so many are held.
const WINOGRAD: [([u32; 2], u64, u64); 3] = [([3, 3], 9, 36), ([1, 7], 7, 10), ([7, 1], 7, 10)];

impl Kernels {
    /// Whether layer `id` is computed by Winograd's minimal filtering.
    #[must_use]
    pub fn winograd(self, graph: &Graph, id: NodeId) -> bool {
        self.growth(graph, id).is_some()
    }

    /// How many rows and columns of the map of layer `id` are made at a time: what sticks out of a tile
    /// is computed as well.
    #[must_use]
    pub fn square(self, graph: &Graph, id: NodeId) -> [u32; 2] {
        match &graph.node(id).op {
            Op::Conv { window, .. } if self.winograd(graph, id) => {
                window.kernel.map(|taps| if taps > 1 { 4 } else { 1 })
            }
            _ => [1; 2],
        }
    }

    /// Of a layer that is computed by Winograd's minimal filtering, for how many weights how many are held.
    fn growth(self, graph: &Graph, id: NodeId) -> Option<(u64, u64)> {
        let node = graph.node(id);
        let Op::Conv { window, filters, groups, .. } = &node.op else { return None };
        let input = node.inputs.first().map(|input| graph.shape(*input))?;
        let known = WINOGRAD.iter().find(|(kernel, ..)| *kernel == window.kernel);
        // With few channels or filters the transforms cost more than they save; with few outputs
        // the larger weights take longer to read than they save.
        let (rows, cols) = (u64::from(node.shape.height), u64::from(node.shape.width));
        let pays = self == Self::Fast
            && (window.stride, window.dilation) == ([1; 2], [1; 2])
            && *groups == 1
            && input.channels >= 16
            && *filters >= 16
            && rows * cols >= 36;
        known.filter(|_| pays).map(|(_, taps, products)| (*taps, *products))
    }

    /// Bytes of the weights of a run of nodes as the kernels hold them.
    #[must_use]
    pub fn packed_bytes(self, graph: &Graph, nodes: Range<u32>) -> u64 {
        let bytes = |id: NodeId| {
            let values = weights::parameter_count(graph, id.0..id.0 + 1);
            let (taps, products) = self.growth(graph, id).unwrap_or((1, 1));
            4 * (values * products / taps)
        };
        nodes.map(|id| bytes(NodeId(id))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo;

    #[test]
    fn weights_of_3x3_layers_take_four_times_as_much_where_kernels_are_fast() {
        let graph = zoo::model("resnet34").unwrap().graph;
        let all = 0..graph.nodes.len() as u32;
        let plain = 4 * weights::parameter_count(&graph, all.clone());
        assert_eq!(Kernels::Direct.packed_bytes(&graph, all.clone()), plain);
        let of_3x3: u64 = (0..graph.nodes.len() as u32)
            .filter(|id| Kernels::Fast.winograd(&graph, NodeId(*id)))
            .map(|id| 4 * weights::parameter_count(&graph, id..id + 1))
            .sum();
        assert!(of_3x3 > plain / 2);
        let fast = Kernels::Fast.packed_bytes(&graph, all);
        assert!(fast.abs_diff(plain + 3 * of_3x3) < 1000, "{fast}");
    }

    #[test]
    fn strides_groups_and_thin_layers_stay_direct() {
        let graph = zoo::model("resnet34").unwrap().graph;
        for (id, node) in graph.iter() {
            let Op::Conv { window, .. } = &node.op else { continue };
            let fits = window.kernel == [3; 2] && window.stride == [1; 2];
            assert_eq!(Kernels::Fast.winograd(&graph, id), fits, "{}", node.name);
            assert!(!Kernels::Direct.winograd(&graph, id));
        }
        let vgg = zoo::model("vgg16").unwrap().graph;
        assert!(!Kernels::Fast.winograd(&vgg, NodeId(1)), "three channels");
    }
}
