//! Each operator in each form that is supported: what layer it becomes, with which numbers.

use super::file::{File, float, int, ints, text};
use crate::onnx::proto::{TensorProto, data_type};
use crate::onnx::{Imported, import};
use crate::{Activation, Interpolation, Op, Pads, Shape, Window};
use half::f16;

fn network(file: &File) -> Imported {
    import(&file.bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// The last layer of `file`.
fn last(file: &File) -> (Op, Shape) {
    let network = network(file);
    let node = network.graph.nodes.last().unwrap();
    assert_eq!(node.name, "y");
    (node.op, node.shape)
}

/// Names of all operators of `file` but the input.
fn operators(file: &File) -> Vec<&'static str> {
    network(file).graph.nodes.iter().skip(1).map(|node| node.op.name()).collect()
}

/// The values of the weights `name`.
fn values(network: &Imported, name: &str) -> Vec<f32> {
    network.weights.get(name).unwrap().values.clone()
}

#[test]
fn auto_pad_gives_the_padding_that_onnx_says() {
    let pads = |auto: &str| {
        let file = File::new().ramp("w", &[4, 3, 2, 2]).node_with(
            "Conv",
            &["x", "w"],
            "y",
            vec![text("auto_pad", auto)],
        );
        match last(&file) {
            (Op::Conv { window, .. }, shape) => (window.pads, shape.height),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(pads("SAME_UPPER"), (Pads { bottom: 1, right: 1, ..Pads::default() }, 8));
    assert_eq!(pads("SAME_LOWER"), (Pads { top: 1, left: 1, ..Pads::default() }, 8));
    assert_eq!(pads("VALID"), (Pads::default(), 7));
    assert_eq!(pads("NOTSET"), (Pads::default(), 7));
}

#[test]
fn a_grouped_dilated_strided_convolution_keeps_all_its_numbers() {
    let file = File::new().ramp("w", &[6, 1, 3, 2]).node_with(
        "Conv",
        &["x", "w"],
        "y",
        vec![
            int("group", 3),
            ints("dilations", &[2, 1]),
            ints("strides", &[1, 2]),
            ints("pads", &[1, 0, 2, 1]),
        ],
    );
    let window = Window {
        kernel: [3, 2],
        stride: [1, 2],
        dilation: [2, 1],
        pads: Pads { top: 1, left: 0, bottom: 2, right: 1 },
    };
    let op = Op::Conv { window, filters: 6, groups: 3, activation: Activation::None };
    assert_eq!(last(&file), (op, Shape::new(6, 7, 4)));
    let network = network(&file);
    assert_eq!(values(&network, "y.bias"), [0.0; 6]);
    assert_eq!(values(&network, "y.weight")[35], 18.0);
}

#[test]
fn an_activation_is_fused_where_nobody_else_reads_what_is_before() {
    let leaky = Activation::LeakyRelu { slope: 0.25 };
    let alpha = || vec![float("alpha", 0.25)];
    let fused = File::new().conv("x", "c").node_with("LeakyRelu", &["c"], "y", alpha());
    assert!(matches!(last(&fused).0, Op::Conv { activation, .. } if activation == leaky));
    assert_eq!(operators(&fused), ["conv"]);

    let shared = File::new().conv("x", "c").node_with("LeakyRelu", &["c"], "l", alpha()).node(
        "Add",
        &["c", "l"],
        "y",
    );
    assert_eq!(operators(&shared), ["conv", "activation", "add"]);

    let through_identity =
        File::new().conv("x", "c").node("Identity", &["c"], "i").node("Relu", &["i"], "y");
    assert_eq!(operators(&through_identity), ["conv"]);

    let shared_identity = File::new()
        .conv("x", "c")
        .node("Dropout", &["c"], "i")
        .node("Relu", &["i"], "r")
        .node("Add", &["i", "r"], "s")
        .node("Relu", &["s"], "y");
    assert_eq!(operators(&shared_identity), ["conv", "activation", "add"]);

    let an_output = File::new().conv("x", "c").node("Relu", &["c"], "y").outputs(&["c", "y"]);
    assert_eq!(operators(&an_output), ["conv", "activation"]);

    let second = File::new().conv("x", "c").node("Relu", &["c"], "r").node("Sigmoid", &["r"], "y");
    assert_eq!(operators(&second), ["conv", "activation"]);
}

#[test]
fn clip_takes_its_bounds_from_attributes_or_inputs() {
    let six = Op::Activation { activation: Activation::Clip { low: 0.0, high: 6.0 } };
    let inputs = File::new().floats("low", &[], &[0.0]).floats("high", &[1], &[6.0]);
    assert_eq!(last(&inputs.node("Clip", &["x", "low", "high"], "y")).0, six);
    let attributes = File::new().opset(10).node_with(
        "Clip",
        &["x"],
        "y",
        vec![float("min", 0.0), float("max", 6.0)],
    );
    assert_eq!(last(&attributes).0, six);
    let upper = File::new().floats("high", &[], &[6.0]).node("Clip", &["x", "", "high"], "y");
    let open = Activation::Clip { low: f32::MIN, high: 6.0 };
    assert_eq!(last(&upper).0, Op::Activation { activation: open });
}

#[test]
fn batch_normalisation_folds_into_the_convolution_before() {
    let normalised = |file: File| {
        file.floats("s", &[4], &[1.0, 2.0, 3.0, 4.0])
            .floats("t", &[4], &[0.0, 1.0, 0.0, 1.0])
            .floats("m", &[4], &[0.5, 0.0, 1.0, 2.0])
            .floats("v", &[4], &[3.0, 3.0, 8.0, 0.0])
            .node_with(
                "BatchNormalization",
                &["c", "s", "t", "m", "v"],
                "y",
                vec![float("epsilon", 1.0), float("momentum", 0.9)],
            )
    };
    let folded = normalised(File::new().conv("x", "c"));
    assert_eq!(operators(&folded), ["conv"]);
    // Factors 1/2, 2/2, 3/3, 4/1; biases before 0.5, 1, 1.5, 2.
    let folded = network(&folded);
    assert_eq!(values(&folded, "y.bias"), [0.0, 2.0, 0.5, 1.0]);
    let weight = values(&folded, "y.weight");
    assert_eq!([weight[0], weight[27], weight[54], weight[81]], [0.25, 14.0, 27.5, 164.0]);

    let apart = normalised(File::new().conv("x", "a").node("Relu", &["a"], "c"));
    assert_eq!(operators(&apart), ["conv", "affine"]);
    let apart = network(&apart);
    assert_eq!(values(&apart, "y.scale"), [0.5, 1.0, 1.0, 4.0]);
    assert_eq!(values(&apart, "y.shift"), [-0.25, 1.0, -1.0, -7.0]);
}

#[test]
fn a_constant_for_each_channel_is_added_as_a_shift() {
    let folded = File::new().conv("x", "c").ramp("k", &[4, 1, 1]).node("Add", &["k", "c"], "y");
    assert_eq!(operators(&folded), ["conv"]);
    assert_eq!(values(&network(&folded), "y.bias"), [1.0, 2.0, 3.0, 4.0]);
    let one = File::new().floats("k", &[], &[2.0]).node("Add", &["x", "k"], "y");
    assert_eq!(values(&network(&one), "y.shift"), [2.0; 3]);
}

#[test]
fn gemm_is_brought_to_filters_first_with_alpha_and_beta_in_the_numbers() {
    let one_pixel =
        || File::new().node("GlobalAveragePool", &["x"], "g").node("Flatten", &["g"], "f");
    let numbers = vec![float("alpha", 2.0), float("beta", 3.0)];
    let plain = one_pixel().ramp("w", &[3, 2]).floats("b", &[1, 2], &[1.0, 2.0]).node_with(
        "Gemm",
        &["f", "w", "b"],
        "y",
        numbers,
    );
    let plain = network(&plain);
    assert_eq!(plain.weights.get("y.weight").unwrap().dims, [2, 3]);
    assert_eq!(values(&plain, "y.weight"), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    assert_eq!(values(&plain, "y.bias"), [3.0, 6.0]);
    // A flatten of one pixel is no layer.
    assert_eq!(plain.graph.nodes.len(), 3);

    let transposed =
        one_pixel().ramp("w", &[2, 3]).node_with("Gemm", &["f", "w"], "y", vec![int("transB", 1)]);
    let transposed = network(&transposed);
    assert_eq!(values(&transposed, "y.weight"), [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
    assert_eq!(values(&transposed, "y.bias"), [0.0, 0.0]);
}

#[test]
fn pools_round_up_by_a_larger_padding_at_the_end() {
    let pool = |op, more: Vec<_>| {
        let mut attributes = vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2])];
        attributes.extend(more);
        last(&File::new().node_with(op, &["x"], "y", attributes))
    };
    let (op, shape) = pool("MaxPool", vec![int("ceil_mode", 1)]);
    assert_eq!(shape, Shape::new(3, 4, 4));
    let Op::MaxPool { window } = op else { panic!("{op:?}") };
    assert_eq!(window.pads, Pads { bottom: 1, right: 1, ..Pads::default() });
    assert_eq!(pool("MaxPool", vec![]).1, Shape::new(3, 3, 3));
    let (op, _) =
        pool("AveragePool", vec![int("count_include_pad", 1), ints("pads", &[1, 1, 1, 1])]);
    assert!(matches!(op, Op::AveragePool { count_include_pad: true, .. }));
}

#[test]
fn a_reshape_that_flattens_is_a_flatten() {
    for dims in [&[1, -1][..], &[0, -1], &[-1, 192], &[1, 192], &[0, 192], &[1, 192, 1, 1]] {
        let file = File::new().integers("s", dims).node("Reshape", &["x", "s"], "y");
        assert_eq!(last(&file), (Op::Flatten, Shape::new(192, 1, 1)), "{dims:?}");
    }
    let same = File::new().integers("s", &[0, 3, -1, 8]).node("Reshape", &["x", "s"], "r");
    assert_eq!(operators(&same.node("Relu", &["r"], "y")), ["activation"]);
}

#[test]
fn softmax_means_channels_in_old_and_new_operator_sets() {
    let flat = |opset, attributes| {
        let file = File::new().opset(opset).node("Flatten", &["x"], "f");
        last(&file.node_with("Softmax", &["f"], "y", attributes)).0
    };
    assert_eq!(flat(11, vec![]), Op::Softmax);
    assert_eq!(flat(13, vec![]), Op::Softmax);
    assert_eq!(flat(13, vec![int("axis", 1)]), Op::Softmax);
    let maps = File::new().node_with("Softmax", &["x"], "y", vec![int("axis", 1)]);
    assert_eq!(last(&maps), (Op::Softmax, Shape::new(3, 8, 8)));
}

#[test]
fn resize_reads_scales_or_sizes() {
    let nearest = vec![
        text("mode", "nearest"),
        text("coordinate_transformation_mode", "asymmetric"),
        text("nearest_mode", "floor"),
    ];
    let scales = File::new().floats("s", &[4], &[1.0, 1.0, 2.0, 3.0]).node_with(
        "Resize",
        &["x", "", "s"],
        "y",
        nearest,
    );
    let nearest = Op::Resize { interpolation: Interpolation::Nearest };
    assert_eq!(last(&scales), (nearest, Shape::new(3, 16, 24)));
    let old = File::new().opset(10).floats("s", &[4], &[1.0, 1.0, 2.0, 2.0]).node(
        "Resize",
        &["x", "s"],
        "y",
    );
    assert_eq!(last(&old), (nearest, Shape::new(3, 16, 16)));
    // Files of opset 11 pass empty tensors for what is absent.
    let sizes = File::new().floats("none", &[0], &[]).integers("s", &[1, 3, 5, 20]).node_with(
        "Resize",
        &["x", "none", "none", "s"],
        "y",
        vec![text("mode", "linear")],
    );
    let linear = Op::Resize { interpolation: Interpolation::Linear };
    assert_eq!(last(&sizes), (linear, Shape::new(3, 5, 20)));
}

#[test]
fn numbers_are_read_from_every_form_that_holds_them() {
    let tensor = |data_type| TensorProto {
        data_type,
        dims: vec![1, 3, 1, 1],
        name: "w".to_owned(),
        ..TensorProto::default()
    };
    let numbers = [1.5_f32, -0.25, 1024.0];
    let halves = numbers.map(f16::from_f32);
    let raw = |bytes: Vec<u8>| Some(bytes);
    let forms = [
        TensorProto { float_data: numbers.to_vec(), ..tensor(data_type::FLOAT) },
        TensorProto { double_data: numbers.map(f64::from).to_vec(), ..tensor(data_type::DOUBLE) },
        TensorProto {
            int32_data: halves.map(|half| i32::from(half.to_bits())).to_vec(),
            ..tensor(data_type::FLOAT16)
        },
        TensorProto {
            raw_data: raw(numbers.iter().flat_map(|value| value.to_le_bytes()).collect()),
            ..tensor(data_type::FLOAT)
        },
        TensorProto {
            raw_data: raw(halves.iter().flat_map(|value| value.to_le_bytes()).collect()),
            ..tensor(data_type::FLOAT16)
        },
        TensorProto {
            raw_data: raw(numbers
                .iter()
                .flat_map(|value| f64::from(*value).to_le_bytes())
                .collect()),
            ..tensor(data_type::DOUBLE)
        },
    ];
    for form in forms {
        let initialiser = File::new().tensor(form.clone()).node("Conv", &["x", "w"], "y");
        assert_eq!(values(&network(&initialiser), "y.weight"), numbers, "{form:?}");
        let mut attribute = int("value", 0);
        attribute.i = None;
        attribute.t = Some(form);
        let constant = File::new()
            .node_with("Constant", &[], "k", vec![attribute])
            .node("Identity", &["k"], "w")
            .node("Conv", &["x", "w"], "y");
        assert_eq!(values(&network(&constant), "y.weight"), numbers);
    }
}

#[test]
fn nodes_in_any_order_and_nodes_that_nobody_needs() {
    let file = File::new()
        .node("Relu", &["b"], "y")
        .node("Sigmoid", &["x"], "b")
        .node("Sigmoid", &["b"], "unused")
        .node("NoSuchOperator", &["unused"], "also unused");
    assert_eq!(operators(&file), ["activation", "activation"]);
}

#[test]
fn a_dynamic_batch_reads_as_one() {
    let file = File::new().input(&[None, Some(1), Some(4), Some(6)]).node("Relu", &["x"], "y");
    assert_eq!(last(&file).1, Shape::new(1, 4, 6));
    let negative =
        File::new().input(&[Some(-1), Some(1), Some(4), Some(6)]).node("Relu", &["x"], "y");
    assert_eq!(last(&negative).1, Shape::new(1, 4, 6));
}

#[test]
fn outputs_keep_their_names_and_their_order() {
    let file = File::new()
        .conv("x", "c")
        .node("Relu", &["c"], "r")
        .node_with("MaxPool", &["r"], "p", vec![ints("kernel_shape", &[2, 2])])
        .node("Identity", &["p"], "small")
        .node("Identity", &["r"], "large")
        .outputs(&["small", "large"]);
    let network = network(&file);
    let names: Vec<&str> =
        network.graph.outputs.iter().map(|id| network.graph.node(*id).name.as_str()).collect();
    assert_eq!(names, ["small", "large"]);
    assert!(network.weights.get("large.weight").is_ok());
}

#[test]
fn what_exporters_spread_over_nodes_is_one_activation() {
    let silu = |name: &str| {
        File::new().conv("x", "c").node("Sigmoid", &["c"], "s").node("Mul", &["s", "c"], name)
    };
    assert!(matches!(last(&silu("y")).0, Op::Conv { activation: Activation::Silu, .. }));
    // Somebody else reads the sigmoid: it stays.
    let shared = silu("m").node("Add", &["m", "s"], "y");
    assert_eq!(operators(&shared), ["conv", "activation", "arithmetic", "add"]);

    let six = File::new()
        .conv("x", "c")
        .floats("three", &[], &[3.0])
        .floats("zero", &[], &[0.0])
        .floats("six", &[], &[6.0])
        .node("Add", &["c", "three"], "a")
        .node("Clip", &["a", "zero", "six"], "k")
        .node("Mul", &["c", "k"], "m")
        .node("Div", &["m", "six"], "y");
    assert!(matches!(last(&six).0, Op::Conv { activation: Activation::HardSwish, .. }));

    let gelu = |root: f32| {
        File::new()
            .floats("root", &[], &[root])
            .floats("one", &[], &[1.0])
            .floats("half", &[], &[0.5])
            .node("Div", &["x", "root"], "d")
            .node("Erf", &["d"], "e")
            .node("Add", &["one", "e"], "a")
            .node("Mul", &["x", "a"], "m")
            .node("Mul", &["m", "half"], "y")
    };
    let op = Op::Activation { activation: Activation::Gelu };
    assert_eq!(last(&gelu(std::f32::consts::SQRT_2)), (op, Shape::new(3, 8, 8)));
    // With another number it is something else.
    assert!(import(&gelu(1.5).bytes()).unwrap_err().to_string().contains("Erf 'n_e'"));
}

#[test]
fn numbers_a_channel_in_a_row_are_one_layer() {
    let file = File::new()
        .ramp("a", &[3, 1, 1])
        .ramp("b", &[1])
        .node("Sub", &["x", "a"], "s")
        .node("Div", &["s", "b"], "d")
        .node("Identity", &["d"], "y");
    assert_eq!(operators(&file), ["affine"]);
    let network = network(&file);
    assert_eq!(values(&network, "y.scale"), [2.0; 3]);
    assert_eq!(values(&network, "y.shift"), [-1.0, -2.0, -3.0]);
}

#[test]
fn zeros_around_are_the_padding_of_the_convolution_after() {
    let file = |padding: i64, shared| {
        let file = File::new()
            .integers("p", &[0, 0, padding, 0, 0, 0, 0, padding])
            .node("Pad", &["x", "p"], "q")
            .ramp("w", &[4, 3, 3, 3]);
        let file = file.node_with("Conv", &["q", "w"], "c", vec![ints("pads", &[1, 1, 1, 1])]);
        if shared { file.outputs(&["c", "q"]) } else { file.outputs(&["c"]) }
    };
    let folded = network(&file(1, false));
    let Op::Conv { window, .. } = folded.graph.nodes[1].op else { panic!("{folded:?}") };
    assert_eq!(window.pads, Pads { top: 2, left: 1, bottom: 1, right: 2 });
    assert_eq!(operators(&file(1, true)), ["pad", "conv"]);
    // A kernel may not lie in padding alone.
    assert_eq!(operators(&file(2, false)), ["pad", "conv"]);
}

#[test]
fn transpositions_cost_nothing_and_flattening_channels_last_turns_the_weights() {
    let to_first = || vec![ints("perm", &[0, 3, 1, 2])];
    let to_last = || vec![ints("perm", &[0, 2, 3, 1])];
    let file = File::new()
        .input(&[None, Some(4), Some(2), Some(3)])
        .node_with("Transpose", &["x"], "t", to_first())
        .node("Relu", &["t"], "r")
        .node_with("Transpose", &["r"], "u", to_last())
        .integers("s", &[-1, 24])
        .node("Reshape", &["u", "s"], "f")
        .ramp("w", &[24, 1])
        .node("MatMul", &["f", "w"], "y");
    assert_eq!(operators(&file), ["activation", "flatten", "gemm"]);
    let network = network(&file);
    assert_eq!(network.graph.nodes[0].shape, Shape::new(3, 4, 2));
    // Pixel after pixel there, channel after channel here.
    let weight = values(&network, "y.weight");
    assert_eq!(weight[..4], [0.5, 2.0, 3.5, 5.0]);
    assert_eq!(weight[8], 1.0);

    let output = File::new().conv("x", "c").node_with("Transpose", &["c"], "y", to_last());
    assert_eq!(last(&output).1, Shape::new(4, 8, 8));
    let flat = File::new()
        .node("Relu", &["x"], "r")
        .node_with("Transpose", &["r"], "t", to_last())
        .node("Flatten", &["t"], "y");
    let error = import(&flat.bytes()).unwrap_err().to_string();
    assert!(error.contains("'y' was flattened with its channels last"), "{error}");
}

#[test]
fn extents_are_reckoned_before_the_network_runs() {
    let file = File::new()
        .node("Relu", &["x"], "r")
        .node("Shape", &["r"], "s")
        .integers("zero", &[0])
        .integers("rest", &[-1])
        .node("Gather", &["s", "zero"], "batch")
        .node_with("Concat", &["batch", "rest"], "dims", vec![int("axis", 0)])
        .node("Reshape", &["r", "dims"], "y");
    assert_eq!(last(&file), (Op::Flatten, Shape::new(192, 1, 1)));
}

#[test]
fn small_integers_become_weights_by_their_scales() {
    let tensor = |name: &str, data_type, dims: Vec<i64>, raw: Vec<u8>| TensorProto {
        data_type,
        dims,
        name: name.to_owned(),
        raw_data: Some(raw),
        ..TensorProto::default()
    };
    let network = network(
        &File::new()
            .tensor(tensor("q", data_type::INT8, vec![2, 3, 1, 1], vec![0, 1, 255, 127, 128, 5]))
            .floats("s", &[2], &[0.5, 2.0])
            .tensor(tensor("z", data_type::INT8, vec![2], vec![0, 255]))
            .node_with("DequantizeLinear", &["q", "s", "z"], "w", vec![int("axis", 0)])
            .node("Conv", &["x", "w"], "y"),
    );
    assert_eq!(values(&network, "y.weight"), [0.0, 0.5, -0.5, 256.0, -254.0, 12.0]);
}
