//! Heavy fully connected layers, laid out so that strips of their outputs can be dealt.
//!
//! What a fully connected layer makes is a vector: one pixel of n channels. As n rows of one value
//! it is the same in memory, but has strips: one of them needs all that the layer reads, and of its
//! weights only its own rows. So regions, slices and routes serve heads as they serve maps
//! (`docs/adr/0010-divided-heads.md`).

use crate::weights::parameter_count;
use crate::{Graph, NodeId, Op, Shape};

/// Fully connected layers of more than this share of the network's weights are laid out in rows. A
/// room in which some device can hold a quarter of the weights has room for a lighter one.
const HEAVY: f64 = 0.1;

impl Graph {
    /// Gives the outputs of heavy fully connected layers, and of what is applied to them, the shape
    /// [`Shape::rows`], where all that read them take either form.
    pub fn lay_out_heads(&mut self) {
        let all = parameter_count(self, 0..self.nodes.len() as u32) as f64;
        let heavy = |id: &NodeId| {
            let own = parameter_count(self, id.0..id.0 + 1) as f64;
            matches!(self.node(*id).op, Op::Gemm { .. }) && own > HEAVY * all
        };
        let ids: Vec<NodeId> = self.iter().map(|(id, _)| id).filter(heavy).collect();
        let laid_out: Vec<NodeId> = ids.into_iter().flat_map(|id| self.as_rows(id)).collect();
        for id in laid_out {
            let shape = &mut self.nodes[id.index()].shape;
            *shape = Shape::rows(shape.channels.max(shape.height));
        }
    }

    /// `id` and every layer that has its shape from it; nothing where some layer needs channels.
    fn as_rows(&self, id: NodeId) -> Vec<NodeId> {
        let mut ids = vec![id];
        for (reader, node) in self.iter() {
            if !node.inputs.iter().any(|input| ids.contains(input)) {
                continue;
            }
            match node.op {
                Op::Activation { .. } | Op::Softmax => ids.push(reader),
                Op::Gemm { .. } | Op::Flatten => {}
                _ => return Vec::new(),
            }
        }
        ids
    }
}
