//! What a tile must read, by counting: every tap of every window. Slower than the planner's formulas,
//! and another way than theirs; for the operators that [`crate::Recipe`] uses.

use convoy_model::{Model, NodeId, Op, Region, Segment, Shape, Span, Window};
use std::collections::BTreeMap;

/// The part that is needed of each input of `segment` for these parts of its outputs.
pub(super) fn inputs(
    model: &Model,
    segment: &Segment,
    regions: &[Region],
) -> BTreeMap<NodeId, Region> {
    let graph = &model.graph;
    let mut needed: BTreeMap<NodeId, Region> = BTreeMap::new();
    for (id, region) in segment.outputs.iter().zip(regions) {
        add(&mut needed, *id, *region);
    }
    for id in segment.nodes.clone().rev().map(NodeId) {
        let Some(wanted) = needed.get(&id).copied() else { continue };
        let node = graph.node(id);
        for input in &node.inputs {
            add(&mut needed, *input, reads(&node.op, graph.shape(*input), wanted));
        }
    }
    needed.retain(|id, _| segment.inputs.contains(id));
    needed
}

fn add(needed: &mut BTreeMap<NodeId, Region>, id: NodeId, region: Region) {
    if region.is_empty() {
        return;
    }
    let known = needed.entry(id).or_insert(region);
    let hull = |a: Span, b: Span| Span::new(a.start.min(b.start), a.end.max(b.end));
    *known = Region::new(hull(known.rows, region.rows), hull(known.cols, region.cols));
}

fn reads(op: &Op, input: Shape, wanted: Region) -> Region {
    match op {
        Op::Conv { window, .. } | Op::MaxPool { window } => Region::new(
            taps(window, 0, window.pads.top, input.height, wanted.rows),
            taps(window, 1, window.pads.left, input.width, wanted.cols),
        ),
        Op::Add { .. } | Op::Concat | Op::Activation { .. } => wanted,
        // Of the others every value needs all that there is.
        _ => Region::whole(input),
    }
}

/// The first and the last place of an axis of `extent` places that some value of `wanted` reads.
fn taps(window: &Window, axis: usize, pad: u32, extent: u32, wanted: Span) -> Span {
    let mut read = Span::new(extent, 0);
    for at in wanted.start..wanted.end {
        for tap in 0..window.kernel[axis] {
            let padded = at * window.stride[axis] + tap * window.dilation[axis];
            if let Some(place) = padded.checked_sub(pad).filter(|place| *place < extent) {
                read = Span::new(read.start.min(place), read.end.max(place + 1));
            }
        }
    }
    read
}
