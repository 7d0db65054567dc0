//! Heads with heavy fully connected layers: which are laid out in rows, where they are cut, and that a
//! part of their weights is the same numbers whoever makes or reads it.

use convoy_model::weights::{from_safetensors, from_safetensors_for, seeded, seeded_for};
use convoy_model::{
    Activation, Graph, GraphBuilder, NodeId, Op, Piece, Segment, Shape, Span, body, pieces, weights,
};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

/// A convolution, then what `head` adds; outputs are what it gives back.
fn network(head: impl Fn(&mut GraphBuilder, NodeId) -> Vec<NodeId>) -> Graph {
    let mut graph = GraphBuilder::new(Shape::new(2, 6, 5));
    let conv = graph.conv("conv", NodeId::INPUT, 3, 3, 1);
    let outputs = head(&mut graph, conv);
    let graph = graph.finish(&outputs);
    graph.validate().unwrap();
    graph
}

/// Flattened, `sizes` fully connected layers, each with an activation of its own, and softmax.
fn chain(sizes: &[u32]) -> Graph {
    network(|graph, conv| {
        let mut last = graph.add("flatten", Op::Flatten, &[conv]);
        for (index, size) in sizes.iter().enumerate() {
            last = graph.gemm(&format!("fc{index}"), last, *size, Activation::None);
            let op = Op::Activation { activation: Activation::Sigmoid };
            last = graph.add(&format!("act{index}"), op, &[last]);
        }
        vec![graph.add("softmax", Op::Softmax, &[last])]
    })
}

fn cuts(graph: &Graph) -> Vec<(u32, u32, bool)> {
    let cut = |piece: &Piece| (piece.first.0, piece.end.0, piece.splittable);
    pieces(graph).iter().map(cut).collect()
}

#[test]
fn each_heavy_layer_ends_a_piece_with_what_is_applied_to_it() {
    // Of 90 inputs: 3640, 1640 and 82 weights.
    let graph = chain(&[40, 40, 2]);
    let shapes: Vec<Shape> = graph.nodes[2..].iter().map(|node| node.shape).collect();
    let (rows, pixel) = (Shape::rows(40), Shape::new(2, 1, 1));
    assert_eq!(shapes, [Shape::new(90, 1, 1), rows, rows, rows, rows, pixel, pixel, pixel]);
    assert_eq!(cuts(&graph), [(1, 2, true), (2, 5, true), (5, 7, true), (7, 10, false)]);
    assert_eq!(body(&graph, &pieces(&graph)), 1);
}

#[test]
fn softmax_over_rows_is_never_split() {
    let graph = chain(&[40]);
    assert_eq!(graph.nodes[5].shape, Shape::rows(40));
    assert_eq!(cuts(&graph), [(1, 2, true), (2, 5, true), (5, 6, false)]);
}

#[test]
fn a_layer_that_ends_the_network_is_divided_too() {
    let graph = network(|graph, conv| {
        let flat = graph.add("flatten", Op::Flatten, &[conv]);
        vec![graph.gemm("fc", flat, 10, Activation::Relu)]
    });
    assert_eq!(cuts(&graph), [(1, 2, true), (2, 4, true)]);
    let segment = Segment::new(&graph, &pieces(&graph), 1..2);
    let strips = segment.strips(&graph, &[0, 3, 10]);
    assert_eq!(strips[1][0].rows, Span::new(3, 10));
}

#[test]
fn layers_whose_readers_want_channels_stay_as_they_are() {
    let graph = network(|graph, conv| {
        let flat = graph.add("flatten", Op::Flatten, &[conv]);
        let first = graph.gemm("first", flat, 10, Activation::None);
        let second = graph.gemm("second", flat, 20, Activation::None);
        vec![graph.add("concat", Op::Concat, &[first, second])]
    });
    assert_eq!(graph.nodes[3].shape, Shape::new(10, 1, 1));
    assert_eq!(cuts(&graph), [(1, 2, true), (2, 6, false)]);
}

#[test]
fn side_branches_past_a_heavy_layer_keep_the_head_whole_there() {
    let graph = network(|graph, conv| {
        let flat = graph.add("flatten", Op::Flatten, &[conv]);
        let first = graph.gemm("first", flat, 30, Activation::None);
        let second = graph.gemm("second", first, 2, Activation::None);
        // Reads past both.
        let third = graph.gemm("third", flat, 20, Activation::None);
        vec![second, third]
    });
    assert_eq!(graph.nodes[3].shape, Shape::rows(30));
    assert_eq!(cuts(&graph), [(1, 2, true), (2, 6, true)]);
}

/// A safetensors file of the weights of a piece.
fn file(graph: &Graph, piece: &Piece) -> Vec<u8> {
    let all = seeded(graph, 3, piece.first.0..piece.end.0);
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = all
        .iter()
        .map(|(name, tensor)| (name.to_owned(), tensor.dims.clone(), bytes(&tensor.values)))
        .collect();
    let views = tensors.iter().map(|(name, dims, bytes)| {
        (name.clone(), TensorView::new(Dtype::F32, dims.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

proptest! {
    #[test]
    fn a_part_of_the_weights_is_the_same_whoever_makes_or_reads_it(
        sizes in prop::collection::vec(2u32..60, 1..4),
        which in any::<prop::sample::Index>(),
        ends in any::<[u32; 2]>(),
    ) {
        let graph = chain(&sizes);
        let pieces = pieces(&graph);
        let split = pieces.iter().take_while(|piece| piece.splittable).count();
        prop_assert!(split > 1, "some layer is heavy");
        let index = 1 + which.index(split - 1);
        let piece = &pieces[index];
        let segment = Segment::new(&graph, &pieces, index..index + 1);
        let height = graph.shape(segment.outputs[0]).height;
        let (a, b) = (ends[0] % (height + 1), ends[1] % (height + 1));
        let bounds = [a.min(b), a.max(b)];
        let trace = segment.trace(&graph, &segment.cell(&graph, bounds, [0, 1]));
        let nodes = segment.nodes.clone();
        let whole = seeded(&graph, 3, nodes.clone());
        let made = seeded_for(&graph, 3, nodes.clone(), &trace);
        let bytes = file(&graph, piece);
        let read = from_safetensors_for(&graph, piece, &bytes, &trace).unwrap();
        let all = from_safetensors(&graph, piece, &bytes).unwrap();
        for id in nodes.clone().map(NodeId).filter(|id| weights::in_rows(&graph, *id)) {
            let rows = trace.region(id).rows;
            for suffix in ["weight", "bias"] {
                let name = format!("{}.{suffix}", graph.node(id).name);
                let wanted = whole.rows(&name, rows).unwrap();
                prop_assert_eq!(made.rows(&name, rows).unwrap(), wanted);
                prop_assert_eq!(read.rows(&name, rows).unwrap(), wanted);
                prop_assert_eq!(all.rows(&name, rows).unwrap(), wanted);
                let others = Span::new(rows.start, rows.end + 1);
                prop_assert!(made.rows(&name, others).is_err(), "rows that were not made");
            }
        }
        let held: u64 = made.iter().map(|(_, tensor)| tensor.values.len() as u64).sum();
        prop_assert_eq!(held, weights::tile_parameter_count(&graph, nodes, &trace));
    }
}
