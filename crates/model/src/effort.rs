//! What computing costs: multiply-accumulates, and where it is wanted what this runtime's kernels cost
//! beside them.

use crate::macs::is_conv;
use crate::{Graph, Kernels, NodeId, Region, Segment, Span, Trace, macs, weights};
use std::collections::BTreeMap;

/// What counts as work: by default multiply-accumulates alone, the paper's measure.
///
/// Where [`Counting::reading`] is more than nothing, what kernels cost beside them counts too (our
/// derivation): a layer reads all its weights as it holds them, however little it makes of them, and
/// rows and columns are made in whole squares where the layer is computed by Winograd's filtering. So a
/// strip of a few rows costs clearly more than its part of the map.
///
/// And where [`Counting::passing`] is more than nothing, so does what a device does for a tile beside computing
/// it, however small that is: its slices are taken, checked, handed to a worker and back, and sent on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counting {
    /// Multiply-accumulates that reading a weight costs.
    pub reading: f64,
    /// Multiply-accumulates that passing on a tile costs.
    pub passing: f64,
    /// Who computes.
    pub kernels: Kernels,
}

impl Counting {
    /// The kind of layer that reads each weight for a single multiply-accumulate: a fully connected one.
    pub const CONNECTED: &str = "connected";
    /// No processor is further ahead of its memory.
    const MOST_READING: f64 = 200.0;

    /// Multiply-accumulates that reading a weight costs beside its own, where a device makes `capacity` of
    /// them a second over its usual layers and so many as `kinds` says in each kind of layer; nothing where
    /// [`Counting::CONNECTED`] is none of these.
    #[must_use]
    pub fn reading_at(capacity: f64, kinds: &BTreeMap<String, f64>) -> f64 {
        let Some(connected) = kinds.get(Self::CONNECTED) else { return 0.0 };
        let reading = capacity / connected - 1.0;
        if reading.is_finite() { reading.clamp(0.0, Self::MOST_READING) } else { 0.0 }
    }
}

/// What it costs to make `region` of the map of node `id`, in multiply-accumulates: [`macs`], and what
/// else is counted.
#[must_use]
pub fn effort(graph: &Graph, id: NodeId, region: Region, counting: Counting) -> f64 {
    LayerEffort::new(graph, id, counting).of(region)
}

/// A layer's [`effort`], looked up once for any region: a search asks for thousands of them.
#[derive(Debug, Clone, Copy)]
pub struct LayerEffort {
    /// Multiply-accumulates of one pixel.
    pixel: f64,
    /// Those that reading its weights costs; where each row has its own, a row's.
    fixed: f64,
    row: f64,
    /// Rows and columns that are made at a time.
    square: [u32; 2],
}

impl LayerEffort {
    /// Layer `id`, so counted.
    #[must_use]
    pub fn new(graph: &Graph, id: NodeId, counting: Counting) -> Self {
        let Counting { reading, kernels, .. } = counting;
        let one = Span::new(0, 1);
        let pixel = macs(graph, id, Region::new(one, one)) as f64;
        let plain = Self { pixel, fixed: 0.0, row: 0.0, square: [1; 2] };
        if reading <= 0.0 || pixel == 0.0 {
            return plain;
        }
        let held = kernels.packed_bytes(graph, id.0..id.0 + 1) as f64 / 4.0;
        // Each row of a fully connected layer has its own weights.
        if weights::in_rows(graph, id) {
            let rows = f64::from(graph.shape(id).height.max(1));
            return Self { row: reading * held / rows, ..plain };
        }
        Self { fixed: reading * held, square: kernels.square(graph, id), ..plain }
    }

    /// What `region` costs.
    #[must_use]
    pub fn of(&self, region: Region) -> f64 {
        if region.is_empty() {
            return 0.0;
        }
        let (rows, cols) = (region.rows.len(), region.cols.len());
        let whole = |extent: u32, square: u32| f64::from(extent.next_multiple_of(square));
        let made = whole(rows, self.square[0]) * whole(cols, self.square[1]);
        self.pixel * made + self.fixed + self.row * f64::from(rows)
    }
}

impl Segment {
    /// The [`effort`] of a tile with this trace, fully connected layers included.
    #[must_use]
    pub fn effort(&self, graph: &Graph, trace: &Trace, counting: Counting) -> f64 {
        let ids = self.nodes.clone().map(NodeId);
        let computing: f64 = ids.map(|id| effort(graph, id, trace.region(id), counting)).sum();
        computing + self.passing(trace, counting)
    }

    /// What passing on a tile with this trace costs: nothing where it makes nothing.
    fn passing(&self, trace: &Trace, counting: Counting) -> f64 {
        let makes = self.outputs.iter().any(|id| !trace.region(*id).is_empty());
        if makes { counting.passing } else { 0.0 }
    }

    /// The [`effort`] of the convolutions of a tile with this trace, and of passing it on.
    #[must_use]
    pub fn conv_effort(&self, graph: &Graph, trace: &Trace, counting: Counting) -> f64 {
        let ids = self.nodes.clone().map(NodeId).filter(|id| is_conv(&graph.node(*id).op));
        let computing: f64 = ids.map(|id| effort(graph, id, trace.region(id), counting)).sum();
        computing + self.passing(trace, counting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo;

    /// What rows `rows` of layer `name` of VGG-16 cost.
    fn rows(name: &str, rows: [u32; 2], reading: f64) -> f64 {
        let graph = zoo::model("vgg16").unwrap().graph;
        let (id, node) = graph.iter().find(|(_, node)| node.name == name).unwrap();
        let counting = Counting { reading, passing: 0.0, kernels: Kernels::Fast };
        effort(&graph, id, Region::strip(Span::from(rows), node.shape), counting)
    }

    #[test]
    fn without_reading_it_is_what_the_paper_counts() {
        let graph = zoo::model("inceptionv3").unwrap().graph;
        for (id, node) in graph.iter() {
            let region = Region::strip(Span::new(0, node.shape.height.div_ceil(3)), node.shape);
            assert_eq!(
                effort(&graph, id, region, Counting::default()),
                macs(&graph, id, region) as f64
            );
        }
    }

    #[test]
    fn a_strip_reads_all_weights_and_makes_whole_squares() {
        let pixel = 9.0 * 512.0 * 512.0;
        // 36 products for 9 weights, and a bias that is counted with them.
        let read = 4.0 * (pixel + 512.0);
        assert_eq!(rows("conv4_2", [0, 28], 10.0), 28.0 * 28.0 * pixel + 10.0 * read);
        assert_eq!(rows("conv4_2", [3, 8], 10.0), 8.0 * 28.0 * pixel + 10.0 * read);
        assert_eq!(rows("conv4_2", [3, 3], 10.0), 0.0);
    }

    #[test]
    fn rows_of_a_head_read_their_own_weights() {
        let (all, half) = (rows("fc6", [0, 4096], 10.0), rows("fc6", [0, 2048], 10.0));
        assert_eq!(all, 2.0 * half);
        assert_eq!(all, 4096.0 * (25_088.0 + 10.0 * 25_089.0));
    }
}
