//! Multiply-accumulates: the measure of work.

use crate::{Graph, NodeId, Op, Region, Segment, Trace};

/// Multiply-accumulates of node `id` to make `region` of its map: `k^2 * c_in * w * h * c_out /
/// groups` for a convolution (PICO's cost), the same by the squared stride for a transposed one, whose
/// outputs share the taps, inputs times outputs in `region` for a fully connected layer.
#[must_use]
pub fn macs(graph: &Graph, id: NodeId, region: Region) -> u64 {
    let node = graph.node(id);
    let Some(input) = node.inputs.first().map(|input| graph.shape(*input)) else { return 0 };
    match &node.op {
        Op::Conv { window, filters, groups, .. } => {
            let [rows, cols] = window.kernel.map(u64::from);
            let taps = rows * cols * u64::from(input.channels) / u64::from((*groups).max(1));
            taps * region.area() * u64::from(*filters)
        }
        Op::ConvTranspose { window, filters, groups, .. } => {
            let [rows, cols] = window.kernel.map(u64::from);
            let [down, across] = window.stride.map(|step| u64::from(step.max(1)));
            let taps = rows * cols * u64::from(input.channels) / u64::from((*groups).max(1));
            taps * region.area() * u64::from(*filters) / (down * across)
        }
        // One pixel of all outputs, or so many rows of one.
        Op::Gemm { .. } => input.elements() * region.area() * u64::from(node.shape.channels),
        _ => 0,
    }
}

impl Segment {
    /// Multiply-accumulates of the convolutions of a tile with this trace.
    #[must_use]
    pub fn conv_macs(&self, graph: &Graph, trace: &Trace) -> u64 {
        let convs = |id: &NodeId| is_conv(&graph.node(*id).op);
        let ids = self.nodes.clone().map(NodeId).filter(convs);
        ids.map(|id| macs(graph, id, trace.region(id))).sum()
    }

    /// Multiply-accumulates of a tile with this trace, fully connected layers included.
    #[must_use]
    pub fn all_macs(&self, graph: &Graph, trace: &Trace) -> u64 {
        self.nodes.clone().map(NodeId).map(|id| macs(graph, id, trace.region(id))).sum()
    }
}

impl Graph {
    /// Multiply-accumulates of all convolutions over whole maps.
    #[must_use]
    pub fn conv_macs(&self) -> u64 {
        let convs = self.iter().filter(|(_, node)| is_conv(&node.op));
        convs.map(|(id, node)| macs(self, id, Region::whole(node.shape))).sum()
    }
}

pub(crate) const fn is_conv(op: &Op) -> bool {
    matches!(op, Op::Conv { .. } | Op::ConvTranspose { .. })
}
