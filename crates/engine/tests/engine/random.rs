//! Random networks of all operators that can be cut.

use convoy_model::{
    Activation, Graph, GraphBuilder, Interpolation, Node, NodeId, Op, Pads, Region, Shape, Span,
    Window,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// An operator and which earlier node it reads.
pub(crate) type Step = (Kind, usize);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    One(Op),
    Resize(Interpolation, u32, u32),
    Pair(Op),
}

fn window() -> impl Strategy<Value = Window> {
    let axis = || (1u32..=4, 1u32..=3, 1u32..=2);
    (axis(), axis(), any::<[u32; 4]>()).prop_map(|(rows, cols, pads)| {
        let reach = |(kernel, _, dilation): (u32, u32, u32)| dilation * (kernel - 1) + 1;
        let [top, left, bottom, right] = pads;
        Window {
            kernel: [rows.0, cols.0],
            stride: [rows.1, cols.1],
            dilation: [rows.2, cols.2],
            // A mean over padding alone is no number: less than half of the kernel is padding.
            pads: Pads {
                top: top % reach(rows).div_ceil(2),
                left: left % reach(cols).div_ceil(2),
                bottom: bottom % reach(rows).div_ceil(2),
                right: right % reach(cols).div_ceil(2),
            },
        }
    })
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::None),
        Just(Activation::Relu),
        Just(Activation::LeakyRelu { slope: 0.1 }),
        Just(Activation::Clip { low: -0.5, high: 1.0 }),
        Just(Activation::Sigmoid),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    let conv = (window(), activation(), 1u32..=9, any::<bool>()).prop_map(
        |(window, activation, filters, depthwise)| {
            // Grouped where the number of channels allows it; all maps here start with two.
            let (filters, groups) = if depthwise { (filters * 2, 2) } else { (filters, 1) };
            Kind::One(Op::Conv { window, filters, groups, activation })
        },
    );
    prop_oneof![
        4 => conv,
        2 => window().prop_map(|window| Kind::One(Op::MaxPool { window })),
        2 => (window(), any::<bool>()).prop_map(|(window, count_include_pad)| {
            Kind::One(Op::AveragePool { window, count_include_pad })
        }),
        2 => (any::<bool>(), 3u32..30, 3u32..30).prop_map(|(near, height, width)| {
            let kind = if near { Interpolation::Nearest } else { Interpolation::Linear };
            Kind::Resize(kind, height, width)
        }),
        1 => Just(Kind::One(Op::SpaceToDepth { block: 2 })),
        2 => activation().prop_map(|activation| Kind::Pair(Op::Add { activation })),
        2 => Just(Kind::Pair(Op::Concat)),
        1 => activation().prop_map(|activation| Kind::One(Op::Activation { activation })),
        1 => Just(Kind::One(Op::Affine)),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((kind(), any::<usize>()), 1..9)
}

/// A sound graph of those steps that fit; whatever nobody reads is an output.
pub(crate) fn graph(steps: &[Step]) -> Graph {
    let input = Shape::new(2, 19, 16);
    let mut nodes =
        vec![Node { name: "n0".into(), op: Op::Input, inputs: Vec::new(), shape: input }];
    for (kind, pick) in steps {
        let input = NodeId((pick % nodes.len()) as u32);
        let shape = nodes[input.index()].shape;
        let twin = (0..nodes.len() as u32).map(NodeId).rfind(|id| nodes[id.index()].shape == shape);
        let (op, inputs) = match kind {
            Kind::One(op) => (*op, vec![input]),
            Kind::Resize(interpolation, ..) => {
                (Op::Resize { interpolation: *interpolation }, vec![input])
            }
            Kind::Pair(op) => (*op, vec![input, twin.unwrap_or(input)]),
        };
        let mut builder = GraphBuilder::new(shape);
        let reads = vec![NodeId::INPUT; inputs.len()];
        let made = builder.add("made", op, &reads);
        let mut shape = builder.shape(made);
        if let Kind::Resize(_, height, width) = kind {
            shape = Shape::new(shape.channels, *height, *width);
        }
        nodes.push(Node { name: format!("n{}", nodes.len()), op, inputs, shape });
        let whole = Graph { outputs: vec![NodeId(nodes.len() as u32 - 1)], nodes: nodes.clone() };
        if shape.channels > 64 || shape.elements() == 0 || whole.validate().is_err() {
            nodes.pop();
        }
    }
    let read: BTreeSet<NodeId> = nodes.iter().flat_map(|node| node.inputs.clone()).collect();
    let outputs = (1..nodes.len() as u32).map(NodeId).filter(|id| !read.contains(id)).collect();
    Graph { nodes, outputs }
}

/// Rectangles that cover `shape` once: `cuts` picks the rows and columns between them.
pub(crate) fn grid(shape: Shape, cuts: [u32; 4]) -> Vec<Region> {
    let spans = |extent: u32, cuts: [u32; 2]| {
        let mut bounds = vec![0, cuts[0] % (extent + 1), cuts[1] % (extent + 1), extent];
        bounds.sort_unstable();
        bounds.dedup();
        bounds.windows(2).map(|pair| Span::new(pair[0], pair[1])).collect::<Vec<_>>()
    };
    let cols = spans(shape.width, [cuts[2], cuts[3]]);
    let rows = spans(shape.height, [cuts[0], cuts[1]]);
    rows.iter().flat_map(|rows| cols.iter().map(|cols| Region::new(*rows, *cols))).collect()
}
