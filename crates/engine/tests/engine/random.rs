//! Random networks of all operators that can be cut.

use convoy_model::{
    Activation, Arithmetic, Coordinates, DepthOrder, Graph, GraphBuilder, Interpolation, NodeId,
    Op, Padding, Pads, Region, Rounding, Shape, Span, Window,
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
    /// With the latest map that has one pixel, if there is one of as many channels.
    Gate(Op),
    /// A map and its moments.
    Norm(Activation),
    Slice([u32; 3]),
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
        Just(Activation::Tanh),
        Just(Activation::HardSigmoid { alpha: 0.3, beta: 0.4 }),
        Just(Activation::HardSwish),
        Just(Activation::Silu),
        Just(Activation::Gelu),
        Just(Activation::GeluTanh),
        Just(Activation::Elu { alpha: 0.7 }),
    ]
}

fn interpolation() -> impl Strategy<Value = Interpolation> {
    let coordinates = prop_oneof![
        Just(Coordinates::Asymmetric),
        Just(Coordinates::HalfPixel),
        Just(Coordinates::PytorchHalfPixel),
        Just(Coordinates::TfHalfPixel),
        Just(Coordinates::AlignCorners),
    ];
    let rounding = prop_oneof![
        Just(Rounding::PreferFloor),
        Just(Rounding::PreferCeil),
        Just(Rounding::Floor),
        Just(Rounding::Ceil),
    ];
    let at = (coordinates, rounding, any::<bool>()).prop_map(|(coordinates, rounding, linear)| {
        if linear {
            Interpolation::LinearAt { coordinates }
        } else {
            Interpolation::NearestAt { coordinates, rounding }
        }
    });
    prop_oneof![Just(Interpolation::Nearest), Just(Interpolation::Linear), at]
}

fn padding() -> impl Strategy<Value = Op> {
    let kind =
        prop_oneof![Just(Padding::Constant(0.5)), Just(Padding::Reflect), Just(Padding::Edge),];
    (kind, [0u32..4, 0..4, 0..4, 0..4])
        .prop_map(|(padding, pads)| Op::Pad { pads: Pads::from(pads), padding })
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
        2 => (window(), any::<bool>(), any::<[u32; 2]>()).prop_map(
            |(window, count_include_pad, [rows, cols])| {
                let Pads { bottom, right, .. } = window.pads;
                let overhang = [rows % (bottom + 1), cols % (right + 1)];
                let overhang = if count_include_pad { overhang } else { [0; 2] };
                Kind::One(Op::AveragePool { window, count_include_pad, overhang })
            }
        ),
        3 => (window(), activation(), 1u32..=9, any::<bool>(), [0u32..2, 0..2]).prop_map(
            |(window, activation, filters, grouped, more)| {
                let (filters, groups) = if grouped { (filters * 2, 2) } else { (filters, 1) };
                Kind::One(Op::ConvTranspose { window, more, filters, groups, activation })
            }
        ),
        2 => (interpolation(), 3u32..30, 3u32..30)
            .prop_map(|(kind, height, width)| Kind::Resize(kind, height, width)),
        1 => any::<bool>().prop_map(|first| {
            let order = if first { DepthOrder::BlockFirst } else { DepthOrder::ChannelFirst };
            Kind::One(Op::DepthToSpace { block: 2, order })
        }),
        1 => Just(Kind::One(Op::ChannelShuffle { groups: 2 })),
        2 => padding().prop_map(Kind::One),
        2 => any::<[u32; 3]>().prop_map(Kind::Slice),
        1 => Just(Kind::One(Op::PRelu)),
        1 => Just(Kind::One(Op::GlobalAveragePool)),
        1 => Just(Kind::One(Op::GlobalMaxPool)),
        1 => activation().prop_map(Kind::Norm),
        3 => (activation(), any::<bool>()).prop_map(|(activation, mul)| {
            let operation = if mul { Arithmetic::Mul } else { Arithmetic::Sub };
            Kind::Gate(Op::Arithmetic { operation, activation })
        }),
        1 => activation().prop_map(|activation| Kind::Gate(Op::Add { activation })),
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
    let mut builder = GraphBuilder::new(Shape::new(2, 19, 16));
    let mut count = 1;
    for (kind, pick) in steps {
        let mut next = builder.clone();
        let Some(made) = add(&mut next, count, kind, NodeId((pick % count) as u32)) else {
            continue;
        };
        let shape = next.shape(made);
        let whole = next.clone().finish(&[made]);
        if shape.channels <= 64 && shape.elements() > 0 && whole.validate().is_ok() {
            (builder, count) = (next, made.index() + 1);
        }
    }
    let nodes = builder.finish(&[]).nodes;
    let read: BTreeSet<NodeId> = nodes.iter().flat_map(|node| node.inputs.clone()).collect();
    let outputs = (1..nodes.len() as u32).map(NodeId).filter(|id| !read.contains(id)).collect();
    Graph { nodes, outputs }
}

/// Adds a step that reads `input`, one of `count` nodes; none where nothing fits.
fn add(builder: &mut GraphBuilder, count: usize, kind: &Kind, input: NodeId) -> Option<NodeId> {
    let shape = builder.shape(input);
    let name = format!("n{count}");
    let latest = |fits: &dyn Fn(Shape) -> bool| {
        (0..count as u32).map(NodeId).rfind(|id| fits(builder.shape(*id)))
    };
    let twin = latest(&|other| other == shape).unwrap_or(input);
    let small = latest(&|other| {
        (other.height, other.width) == (1, 1) && [1, shape.channels].contains(&other.channels)
    });
    Some(match kind {
        Kind::One(op) => builder.add(&name, *op, &[input]),
        Kind::Resize(interpolation, height, width) => {
            builder.resize(&name, input, *interpolation, [*height, *width])
        }
        Kind::Pair(op) => builder.add(&name, *op, &[input, twin]),
        Kind::Gate(op) => builder.add(&name, *op, &[input, small?]),
        Kind::Norm(activation) => {
            let moments = builder.add(&name, Op::Moments, &[input]);
            let op = Op::Normalize { epsilon: 1e-3, activation: *activation };
            builder.add(&format!("n{}", count + 1), op, &[input, moments])
        }
        Kind::Slice(picks) => {
            let axis = |pick: u32, extent: u32| {
                let (start, step) = (pick % extent, pick / 64 % 3 + 1);
                let most = (extent - start).div_ceil(step);
                (start, step, pick / 256 % most + 1)
            };
            let axes = [
                axis(picks[0], shape.channels),
                axis(picks[1], shape.height),
                axis(picks[2], shape.width),
            ];
            let start = axes.map(|axis| axis.0);
            let (step, extent) = (axes.map(|axis| axis.1), axes.map(|axis| axis.2));
            builder.add(&name, Op::Slice { start, step, extent }, &[input])
        }
    })
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
