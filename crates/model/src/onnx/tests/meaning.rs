//! Forms that look like what is supported and mean something else.

use super::file::{File, float, int, ints, text};
use crate::onnx::proto::{TensorProto, data_type};
use crate::onnx::{Imported, import};
use crate::{Interpolation, Op, Shape};

/// The message for `file`, which must be refused.
fn message(file: &File) -> String {
    import(&file.bytes()).unwrap_err().to_string()
}

fn network(file: &File) -> Imported {
    import(&file.bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// The last layer of `file`.
fn last(file: &File) -> (Op, Shape) {
    let network = network(file);
    let node = network.graph.nodes.last().unwrap();
    (node.op, node.shape)
}

#[test]
fn a_shuffle_is_one_of_the_map_that_it_reads() {
    let shuffle = |apart: &[i64], whole: &[i64]| {
        File::new()
            .ramp("w", &[8, 3, 1, 1])
            .input(&[Some(1), Some(3), Some(4), Some(4)])
            .node("Conv", &["x", "w"], "c")
            .integers("a", apart)
            .integers("b", whole)
            .node("Reshape", &["c", "a"], "r")
            .node_with("Transpose", &["r"], "t", vec![ints("perm", &[0, 2, 1, 3, 4])])
            .node("Reshape", &["t", "b"], "y")
    };
    let same = [
        (&[1, 2, 4, 4, 4][..], &[1, 8, 4, 4][..]),
        (&[-1, 2, 4, 4, 4], &[-1, 8, 4, 4]),
        (&[0, 2, 4, 4, 4], &[0, -1, 4, 4]),
        (&[1, 2, 4, -1, 4], &[1, 8, -1, 4]),
    ];
    for (apart, whole) in same {
        let expected = (Op::ChannelShuffle { groups: 2 }, Shape::new(8, 4, 4));
        assert_eq!(last(&shuffle(apart, whole)), expected, "{apart:?} {whole:?}");
    }
    let other = [
        (&[1, 2, 16, 2, 2][..], &[1, 32, 2, 2][..]),
        (&[1, 2, 4, 2, 8], &[1, 8, 2, 8]),
        // A batch of two, of half as many channels.
        (&[-1, 2, 2, 4, 4], &[-1, 4, 4, 4]),
        (&[1, 2, 4, 4, 4], &[2, -1, 4, 4]),
    ];
    for (apart, whole) in other {
        let message = message(&shuffle(apart, whole));
        assert!(message.contains("ChannelShuffle 'n_y'"), "{apart:?} {whole:?}: {message}");
    }
}

/// A nearest resize of operator set 10, of a map of 6 rows and columns.
fn old_resize(scales: [f32; 2]) -> File {
    let scales = [1.0, 1.0, scales[0], scales[1]];
    let file = File::new().opset(10).input(&[Some(1), Some(1), Some(6), Some(6)]);
    file.floats("s", &[4], &scales).node("Resize", &["x", "s"], "y")
}

#[test]
fn an_old_nearest_resize_rounds_up_where_it_shrinks() {
    // What ONNX Runtime 1.32 reads of six rows.
    let rows = |scale, reads: &[u32]| {
        let (op, shape) = last(&old_resize([scale, scale]));
        let Op::Resize { interpolation } = op else { panic!("{op:?}") };
        let read: Vec<u32> =
            (0..shape.height).map(|out| interpolation.between(out, 6, shape.height).0).collect();
        assert_eq!(read, reads, "scale {scale}");
    };
    rows(2.0 / 3.0, &[0, 2, 3, 5]);
    rows(0.5, &[0, 2, 4]);
    rows(4.0 / 3.0, &[0, 0, 1, 2, 3, 3, 4, 5]);
    let grown = Op::Resize { interpolation: Interpolation::Nearest };
    assert_eq!(last(&old_resize([2.0, 1.0])), (grown, Shape::new(1, 12, 6)));
    assert_eq!(last(&old_resize([0.5, 1.0])).1, Shape::new(1, 3, 6));
    assert!(message(&old_resize([0.5, 2.0])).contains("shrinks and grows"));
}

#[test]
fn an_upsample_that_shrinks_is_refused() {
    let file = File::new().opset(9).floats("s", &[4], &[1.0, 1.0, 0.5, 0.5]);
    assert!(message(&file.node("Upsample", &["x", "s"], "y")).contains("by growing"));
}

#[test]
fn a_scale_must_give_the_extent_that_it_is_taken_for() {
    let scaled = |rows: i64, scale: f32| {
        let file = File::new().input(&[Some(1), Some(1), Some(rows), Some(8)]);
        file.floats("s", &[4], &[1.0, 1.0, scale, 1.0]).node_with(
            "Resize",
            &["x", "", "s"],
            "y",
            vec![text("mode", "linear")],
        )
    };
    // Two thirds of three rows are two; by a scale just below, ONNX makes one.
    assert_eq!(last(&scaled(3, 2.0 / 3.0)).1, Shape::new(1, 2, 8));
    assert!(message(&scaled(3, 0.6666)).contains("no whole extent"));
    // The extent is right, and positions would follow another scale.
    assert!(message(&scaled(3, 0.6667)).contains("no whole extent"));
    assert!(message(&scaled(4000, 2.000_2)).contains("no whole extent"));
}

#[test]
fn batch_normalisation_in_training_is_refused() {
    let normalised = |opset, more: &[&str]| {
        let mut file = File::new().opset(opset).ramp("s", &[3]).node(
            "BatchNormalization",
            &["x", "s", "s", "s", "s"],
            "y",
        );
        file.graph().node[0].output.extend(more.iter().map(|name| (*name).to_owned()));
        file
    };
    assert_eq!(last(&normalised(13, &[])).0, Op::Affine);
    assert_eq!(last(&normalised(13, &["", ""])).0, Op::Affine);
    assert!(message(&normalised(13, &["mean", "variance"])).contains("training"));
    assert!(message(&normalised(9, &["mean"])).contains("training"));
}

#[test]
fn the_smallest_of_three_constants_is_not_taken_for_that_of_two() {
    let three = File::new()
        .floats("a", &[], &[3.0])
        .floats("b", &[], &[2.0])
        .floats("c", &[], &[1.0])
        .node("Min", &["a", "b", "c"], "m")
        .node("Add", &["x", "m"], "y");
    assert!(message(&three).contains("Min 'n_m'"));
}

#[test]
fn a_product_over_one_axis_is_not_taken_for_that_over_all() {
    let product = |dims: &[i64]| {
        File::new()
            .tensor(TensorProto {
                dims: dims.to_vec(),
                data_type: data_type::INT64,
                name: "k".to_owned(),
                int64_data: vec![1, 2, 32, 3],
                ..TensorProto::default()
            })
            .node_with("ReduceProd", &["k"], "m", vec![ints("axes", &[0]), int("keepdims", 1)])
            .integers("one", &[1])
            .node_with("Concat", &["one", "m"], "s", vec![int("axis", 0)])
            .node("Reshape", &["x", "s"], "y")
    };
    assert_eq!(last(&product(&[4])), (Op::Flatten, Shape::new(192, 1, 1)));
    assert!(message(&product(&[2, 2])).contains("ReduceProd 'n_m'"));
}

#[test]
fn weights_that_are_reckoned_must_be_finite() {
    let inverse = File::new()
        .ramp("w", &[3, 3, 1, 1])
        .floats("z", &[3], &[1.0, 0.0, 2.0])
        .node("Reciprocal", &["z"], "b")
        .node("Conv", &["x", "w", "b"], "y");
    assert!(message(&inverse).contains("'b' holds values that are not finite"));
    // Finite one by one, but not their product.
    let folded = File::new()
        .floats("w", &[1, 3, 1, 1], &[1e30; 3])
        .floats("k", &[], &[1e30])
        .node("Conv", &["x", "w"], "c")
        .node("Mul", &["c", "k"], "y");
    assert!(message(&folded).contains("not finite"));
    let gemm = File::new().floats("w", &[192, 1], &[1e30; 192]).node("Flatten", &["x"], "f");
    let gemm = gemm.node_with("Gemm", &["f", "w"], "y", vec![float("alpha", 1e30)]);
    assert!(message(&gemm).contains("not finite"));
}

#[test]
fn no_axes_to_reduce_are_all_of_them() {
    let mean = |channels| {
        let file = File::new().opset(18).input(&[Some(1), Some(channels), Some(8), Some(8)]);
        file.integers("none", &[]).node("ReduceMean", &["x", "none"], "y")
    };
    assert_eq!(last(&mean(1)).0, Op::GlobalAveragePool);
    assert!(message(&mean(3)).contains("only rows and columns"));
}

#[test]
fn a_map_seen_with_its_channels_last_can_be_negated() {
    let file = File::new()
        .node_with("Transpose", &["x"], "t", vec![ints("perm", &[0, 2, 3, 1])])
        .node("Neg", &["t"], "n")
        .node_with("Transpose", &["n"], "u", vec![ints("perm", &[0, 3, 1, 2])])
        .node("Relu", &["u"], "y");
    let network = network(&file);
    assert_eq!(network.graph.nodes[1].op, Op::Affine);
    assert_eq!(network.weights.get("n.scale").unwrap().values, [-1.0; 3]);
}

#[test]
fn a_number_is_looked_for_in_small_tensors_alone() {
    // Each product asks whether its constant is the half of a Gelu: 2^21 numbers, 200 times.
    let mut file = File::new().floats("k", &[1 << 21], &vec![1.0; 1 << 21]);
    let mut last = "x".to_owned();
    for turn in 0..200 {
        let next = format!("mul-{turn}");
        file = file.node("Mul", &[&last, "k"], &next);
        last = next;
    }
    // The first is refused for its extents, and none for what was looked at.
    let message = message(&file.outputs(&[&last]));
    assert!(message.contains("1 of the network's layers"), "{message}");
    assert!(message.contains("not one value a channel"), "{message}");
}
