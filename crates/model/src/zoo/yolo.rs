//! YOLOv2 (Redmon and Farhadi, 2017) at 416, COCO's head of 425 filters: with the passthrough, and
//! as the chain without it that reference values are given for (14.311 G multiply-accumulates).

use crate::builder::GraphBuilder;
use crate::{Activation, Graph, NodeId, Op, Shape, Window};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.1 };

/// Darknet-19's layers: filters and kernel of a convolution, or a pool.
const BACKBONE: &[&[(u32, u32)]] = &[
    &[(32, 3)],
    &[(64, 3)],
    &[(128, 3), (64, 1), (128, 3)],
    &[(256, 3), (128, 1), (256, 3)],
    &[(512, 3), (256, 1), (512, 3), (256, 1), (512, 3)],
    &[(1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3)],
];

fn conv(graph: &mut GraphBuilder, name: &str, input: NodeId, filters: u32, kernel: u32) -> NodeId {
    graph.conv_with(name, input, filters, Window::square(kernel, 1, kernel / 2), LEAKY)
}

/// The backbone and two convolutions: the map before the last pool, and the last.
fn backbone(graph: &mut GraphBuilder) -> (NodeId, NodeId) {
    let (mut last, mut fine, mut number) = (NodeId::INPUT, NodeId::INPUT, 0);
    for (block, convs) in BACKBONE.iter().enumerate() {
        if block > 0 {
            fine = last;
            last = graph.max_pool(&format!("pool{block}"), last, 2, 2);
        }
        for (filters, kernel) in *convs {
            number += 1;
            last = conv(graph, &format!("conv{number}"), last, *filters, *kernel);
        }
    }
    for name in ["conv19", "conv20"] {
        last = conv(graph, name, last, 1024, 3);
    }
    (fine, last)
}

fn head(graph: &mut GraphBuilder, input: NodeId) -> NodeId {
    graph.conv_with("head", input, 425, Window::square(1, 1, 0), Activation::None)
}

pub(super) fn yolov2() -> Graph {
    let mut graph = GraphBuilder::new(Shape::new(3, 416, 416));
    let (fine, coarse) = backbone(&mut graph);
    let narrow = conv(&mut graph, "conv21", fine, 64, 1);
    let folded = graph.add("passthrough", Op::SpaceToDepth { block: 2 }, &[narrow]);
    let joined = graph.add("join", Op::Concat, &[folded, coarse]);
    let last = conv(&mut graph, "conv22", joined, 1024, 3);
    let last = head(&mut graph, last);
    graph.finish(&[last]).ordered_for_cutting()
}

pub(super) fn yolov2_chain() -> Graph {
    let mut graph = GraphBuilder::new(Shape::new(3, 416, 416));
    let (_, coarse) = backbone(&mut graph);
    let last = conv(&mut graph, "conv22", coarse, 1024, 3);
    let last = head(&mut graph, last);
    graph.finish(&[last])
}
