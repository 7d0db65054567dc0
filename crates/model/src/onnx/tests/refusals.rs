//! Files that cannot be imported, and what is said of them.

use super::file::{File, float, int, ints, text};
use crate::onnx::proto::{OperatorSetIdProto, TensorProto, data_type};
use crate::onnx::{ImportError, Refusal, import};

/// The message for `file`, which must be refused.
fn message(file: &File) -> String {
    import(&file.bytes()).unwrap_err().to_string()
}

fn refusals(file: &File) -> Vec<Refusal> {
    match import(&file.bytes()).unwrap_err() {
        ImportError::Unsupported(refusals) => refusals,
        other => panic!("{other}"),
    }
}

#[test]
fn every_unsupported_node_is_named_at_once_and_dead_ones_are_not() {
    let file = File::new()
        .node("Erf", &["x"], "a")
        .node("Relu", &["a"], "b")
        .node("LayerNormalization", &["b"], "c")
        .node_with("Conv", &["c", "w"], "y", vec![text("auto_pad", "SAME"), int("speed", 3)])
        .ramp("w", &[4, 3, 3, 3])
        .node("LSTM", &["b"], "unused");
    let named: Vec<(String, String)> =
        refusals(&file).into_iter().map(|refusal| (refusal.operator, refusal.node)).collect();
    let expected = [("Erf", "n_a"), ("LayerNormalization", "n_c"), ("Conv", "n_y")];
    assert_eq!(named, expected.map(|(operator, node)| (operator.to_owned(), node.to_owned())));
    let text = message(&file);
    for part in ["3 of the network's layers", "Erf 'n_a'", "auto_pad = SAME", "'speed'"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[test]
fn a_node_without_a_name_is_called_after_its_output() {
    let mut file = File::new().node("Erf", &["x"], "y");
    file.graph().node[0].name.clear();
    assert_eq!(refusals(&file)[0].node, "y");
    file.graph().node[0].domain = "com.microsoft".to_owned();
    assert_eq!(refusals(&file)[0].operator, "com.microsoft.Erf");
}

#[test]
fn attribute_values_that_mean_something_else_are_refused_by_name() {
    let conv = |attributes| {
        File::new().ramp("w", &[4, 3, 3, 3]).node_with("Conv", &["x", "w"], "y", attributes)
    };
    let gemm = |attributes| {
        File::new().ramp("w", &[192, 4]).node("Flatten", &["x"], "f").node_with(
            "Gemm",
            &["f", "w"],
            "y",
            attributes,
        )
    };
    let cases = [
        (conv(vec![ints("pads", &[-1, 0, 0, 0])]), "pads holds -1"),
        (conv(vec![ints("pads", &[1, 1])]), "pads = [1, 1]"),
        (conv(vec![ints("strides", &[0, 1])]), "strides = [0, 1]"),
        (conv(vec![ints("dilations", &[1])]), "dilations = [1]"),
        (conv(vec![ints("kernel_shape", &[5, 5])]), "kernel_shape"),
        (conv(vec![int("group", 2)]), "2 groups"),
        (conv(vec![int("group", -1)]), "group = -1"),
        (conv(vec![int("pads", 1)]), "'pads' is not a list of integers"),
        (
            conv(vec![ints("pads", &[1, 1, 1, 1]), text("auto_pad", "SAME_UPPER")]),
            "auto_pad = SAME_UPPER together with pads",
        ),
        (conv(vec![ints("strides", &[70_000, 1])]), "70000"),
        (gemm(vec![int("transA", 1)]), "transA = 1"),
        (gemm(vec![float("alpha", f32::NAN)]), "alpha"),
        (File::new().node_with("Softmax", &["x"], "y", vec![int("axis", 3)]), "axis = 3"),
        (File::new().node("Softmax", &["x"], "y").opset(12), "axis = 1"),
        (File::new().node_with("Flatten", &["x"], "y", vec![int("axis", 5)]), "axis = 5"),
        (
            File::new().node_with("Flatten", &["x"], "f", vec![int("axis", 2)]).node_with(
                "MaxPool",
                &["f"],
                "y",
                vec![ints("kernel_shape", &[1, 1])],
            ),
            "reshaped to [3, 64]",
        ),
        (File::new().node_with("Concat", &["x", "x"], "y", vec![int("axis", 2)]), "axis = 2"),
        (File::new().node_with("MaxPool", &["x"], "y", vec![]), "kernel_shape is missing"),
        (
            File::new().node_with("MaxPool", &["x"], "y", vec![ints("kernel_shape", &[9, 9])]),
            "does not fit",
        ),
        (
            File::new().integers("s", &[1, 5, -1]).node("Reshape", &["x", "s"], "y"),
            "only flattening",
        ),
        (
            File::new().integers("s", &[1, 3, 16, 16]).node_with(
                "Resize",
                &["x", "", "", "s"],
                "y",
                vec![text("mode", "cubic")],
            ),
            "mode = cubic",
        ),
        (File::new().ramp("c", &[1, 1, 8, 8]).node("Add", &["x", "c"], "y"), "'c'"),
        (File::new().conv("x", "a").node("Add", &["x", "a"], "y"), "3x8x8 and 4x8x8"),
    ];
    for (file, expected) in cases {
        let message = message(&file);
        assert!(message.contains("'n_y'") && message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn an_input_that_is_no_single_image_is_refused_with_the_way_out() {
    let relu = || File::new().node("Relu", &["x"], "y");
    let cases = [
        (relu().input(&[Some(1), Some(8), Some(8), Some(2)]), "channels last"),
        (relu().input(&[Some(4), Some(3), Some(8), Some(8)]), "a batch of 4"),
        (relu().input(&[Some(1), Some(3), None, None]), "1 x 3 x ? x ?"),
        (relu().input(&[Some(1), Some(3)]), "1 x 3"),
        (relu().input(&[Some(1), Some(3), Some(100_000), Some(8)]), "at most 4096"),
        (relu().input(&[Some(1), Some(2), Some(8), Some(8)]), "1 x 2 x 8 x 8"),
    ];
    for (file, expected) in cases {
        assert!(message(&file).contains(expected), "{expected}: {}", message(&file));
    }
    let mut two = relu();
    let mut second = two.graph().input[0].clone();
    second.name = "mask".to_owned();
    two.graph().input.push(second);
    assert!(message(&two).contains("2 inputs: x, mask"));
    let mut integers = relu();
    let kind = integers.graph().input[0].r#type.as_mut().unwrap();
    kind.tensor_type.as_mut().unwrap().elem_type = 2;
    assert!(message(&integers).contains("uint8"));
    let mut untyped = relu();
    untyped.graph().input[0].r#type = None;
    assert!(message(&untyped).contains("no shape"));
}

#[test]
fn a_graph_that_does_not_hang_together_is_refused() {
    let cases = [
        (File::new().node("Relu", &["b"], "y").node("Relu", &["y"], "b"), "cycle"),
        (File::new().node("Relu", &["x"], "y").node("Relu", &["x"], "y"), "'y' is made twice"),
        (File::new().node("Relu", &["x"], "x"), "'x' is made twice"),
        (File::new().node("Relu", &["nowhere"], "y"), "'nowhere', read by n_y"),
        (File::new().node("Relu", &["x"], "z"), "'y', read by the outputs"),
        (File::new().node("Relu", &[], "y"), "input 0 is missing"),
        (File::new().node("Relu", &[""], "y"), "input 0 is missing"),
        (File::new().node("Concat", &[], "y"), "reads nothing"),
        (File::new().node("Identity", &["x"], "y"), "is the input itself"),
        (File::new().conv("x", "y").node("Identity", &["y"], "z").outputs(&["y", "z"]), "same map"),
        (File::new().node("Relu", &["x"], "y").outputs(&[]), "there is none"),
        (File::new().ramp("c", &[1]).node("Relu", &["c"], "y"), "is a constant"),
    ];
    for (file, expected) in cases {
        assert!(message(&file).contains(expected), "{expected}: {}", message(&file));
    }
    let mut indices =
        File::new().node_with("MaxPool", &["x"], "p", vec![ints("kernel_shape", &[2, 2])]);
    indices.graph().node[0].output.push("y".to_owned());
    assert!(message(&indices).contains("secondary output of MaxPool 'n_p'"));
}

#[test]
fn weights_that_cannot_be_read_are_refused_by_name() {
    let with = |tensor: TensorProto| {
        let tensor = TensorProto { name: "w".to_owned(), dims: vec![1, 3, 1, 1], ..tensor };
        message(&File::new().tensor(tensor).node("Conv", &["x", "w"], "y"))
    };
    let raw = |data_type, bytes: usize| TensorProto {
        data_type,
        raw_data: Some(vec![0; bytes]),
        ..TensorProto::default()
    };
    assert!(with(raw(data_type::FLOAT, 8)).contains("'w' says [1, 3, 1, 1] and holds 2 values"));
    assert!(with(raw(data_type::FLOAT, 11)).contains("middle of a number"));
    assert!(with(raw(16, 6)).contains("bfloat16"));
    let external = TensorProto { data_location: 1, ..raw(data_type::FLOAT, 12) };
    assert!(with(external).contains("external data"));
    let infinite = TensorProto {
        data_type: data_type::FLOAT,
        float_data: vec![0.0, f32::INFINITY, 0.0],
        ..TensorProto::default()
    };
    assert!(with(infinite).contains("not finite"));
    let computed = File::new().conv("x", "w2").node("Conv", &["x", "w2"], "y");
    assert!(message(&computed).contains("must be a constant"));
    let huge = TensorProto { dims: vec![i64::MAX, i64::MAX], ..raw(data_type::FLOAT, 4) };
    let huge = File::new().tensor(TensorProto { name: "w".to_owned(), ..huge });
    assert!(message(&huge.node("Conv", &["x", "w"], "y")).contains("too many numbers"));
}

#[test]
fn an_unknown_operator_set_is_refused_with_those_there_are() {
    let file = File::new().node("Relu", &["x"], "y");
    assert!(message(&File { model: file.model.clone() }.opset(6)).contains("operator set 6"));
    assert!(message(&file.opset(99)).contains("7 to 24"));
    let mut other = File::new().node("Relu", &["x"], "y");
    other.model.opset_import = vec![OperatorSetIdProto { domain: "ai.other".into(), version: 13 }];
    assert!(message(&other).contains("operator set 0"));
}

#[test]
fn maps_beyond_every_bound_are_refused_and_not_allocated() {
    // Each concatenation doubles the channels: 3 * 2^40 in the end.
    let mut file = File::new();
    let mut last = "x".to_owned();
    for step in 0..40 {
        let next = if step == 39 { "y".to_owned() } else { format!("c{step}") };
        file = file.node("Concat", &[&last, &last], &next);
        last = next;
    }
    assert!(message(&file).contains(" channels"), "{}", message(&file));
}

#[test]
fn forms_that_are_not_supported_are_refused_by_name() {
    let pad = |pads: &[i64], more| {
        File::new().integers("p", pads).node_with("Pad", &["x", "p"], "y", more)
    };
    let resize = |coordinates| {
        File::new().integers("s", &[1, 3, 16, 16]).node_with(
            "Resize",
            &["x", "", "", "s"],
            "y",
            vec![text("mode", "linear"), text("coordinate_transformation_mode", coordinates)],
        )
    };
    let last =
        || File::new().node_with("Transpose", &["x"], "t", vec![ints("perm", &[0, 2, 3, 1])]);
    let slice = |steps: &[i64]| {
        File::new()
            .integers("a", &[0])
            .integers("b", &[9])
            .integers("c", &[3])
            .integers("d", steps)
            .node("Slice", &["x", "a", "b", "c", "d"], "y")
    };
    let cases = [
        (pad(&[0, 1, 0, 0, 0, 0, 0, 0], vec![]), "only rows and columns"),
        (pad(&[0, 0, -1, 0, 0, 0, 0, 0], vec![]), "small positive"),
        (pad(&[0, 0, 8, 0, 0, 0, 0, 0], vec![text("mode", "reflect")]), "has fewer"),
        (pad(&[0, 0, 1, 0, 0, 0, 0, 0], vec![text("mode", "wrap")]), "mode = wrap"),
        (pad(&[1, 1], vec![]), "pads = [1, 1]"),
        (resize("tf_crop_and_resize"), "tf_crop_and_resize"),
        (slice(&[-1]), "step = -1"),
        (slice(&[1, 1]), "not as many"),
        (last().conv("t", "y"), "channels, rows, columns are expected"),
        (last().node("Add", &["t", "x"], "y"), "it combines [1, 8, 8, 3]"),
        (File::new().node_with("Transpose", &["x"], "y", vec![ints("perm", &[0, 1])]), "perm"),
        (File::new().node("MatMul", &["x", "x"], "y"), "must be a constant"),
        (File::new().ramp("w", &[7, 2]).node("MatMul", &["x", "w"], "y"), "take 7 values"),
        (File::new().ramp("k", &[1]).node("Div", &["k", "x"], "y"), "divided by a map"),
        (File::new().floats("k", &[], &[0.0]).node("Div", &["x", "k"], "y"), "divides by zero"),
        (File::new().node_with("Cast", &["x"], "y", vec![int("to", 7)]), "int64"),
        (
            File::new().ramp("s", &[]).node("DequantizeLinear", &["x", "s"], "y"),
            "only weights may be quantised",
        ),
        (
            File::new().node_with("ReduceMean", &["x"], "y", vec![ints("axes", &[1])]),
            "only rows and columns together",
        ),
        (
            File::new().ramp("w", &[3, 2, 2, 2]).node_with(
                "ConvTranspose",
                &["x", "w"],
                "y",
                vec![ints("pads", &[5, 5, 5, 5])],
            ),
            "padding",
        ),
        (
            File::new().ramp("w", &[3, 2, 2, 2]).node_with(
                "ConvTranspose",
                &["x", "w"],
                "y",
                vec![int("group", 2)],
            ),
            "2 groups",
        ),
        (
            File::new().node_with("DepthToSpace", &["x"], "y", vec![int("blocksize", 2)]),
            "do not divide",
        ),
        (File::new().integers("a", &[7]).node("Squeeze", &["x", "a"], "y"), "axes"),
    ];
    for (file, expected) in cases {
        let error = import(&file.bytes()).unwrap_err();
        let message = error.to_string();
        let named = message.contains("'n_y'") || message.contains("\"y\"");
        assert!(named && message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn what_hangs_on_a_refused_node_is_not_refused_for_that() {
    let file = File::new()
        .node("Erf", &["x"], "e")
        .node("Shape", &["e"], "s")
        .node("Reshape", &["e", "s"], "r")
        .node("Relu", &["r"], "l")
        .node("Erf", &["l"], "y");
    let nodes: Vec<String> = refusals(&file).into_iter().map(|refusal| refusal.node).collect();
    assert_eq!(nodes, ["n_e", "n_y"]);
}

#[test]
fn a_part_of_a_split_that_does_not_fit_is_refused() {
    let split = |sizes: &[i64], axis| {
        let mut file = File::new().integers("s", sizes).node_with(
            "Split",
            &["x", "s"],
            "y",
            vec![int("axis", axis)],
        );
        file.graph().node[0].output.push("z".to_owned());
        message(&file.outputs(&["y", "z"]))
    };
    assert!(split(&[1, 1], 1).contains("parts of [1, 1] of 3"));
    assert!(split(&[1, 1, 1], 1).contains("for 2 outputs"));
    assert!(split(&[i64::MAX, i64::MAX], 1).contains("parts of"));
    assert!(split(&[1, 2], 4).contains("axis = 4"));
    assert!(split(&[0, 1], 0).contains("parts of"));
}

#[test]
fn constants_beyond_every_bound_are_refused_and_not_allocated() {
    let large = [1 << 20, 1 << 20, 1 << 20];
    let of_shape = File::new().integers("s", &large).node("ConstantOfShape", &["s"], "k").node(
        "Add",
        &["x", "k"],
        "y",
    );
    assert!(message(&of_shape).contains("numbers"), "{}", message(&of_shape));
    let expanded = File::new()
        .ramp("k", &[1])
        .integers("s", &[1 << 20, 1 << 15])
        .node("Expand", &["k", "s"], "e")
        .node("Add", &["x", "e"], "y");
    assert!(message(&expanded).contains("numbers"), "{}", message(&expanded));
    // Each sum of a column and a row is as large as both together.
    let product = File::new()
        .ramp("a", &[40_000, 1])
        .ramp("b", &[1, 40_000])
        .node("Mul", &["a", "b"], "k")
        .node("Add", &["x", "k"], "y");
    assert!(message(&product).contains("numbers"));
    let padded = File::new().integers("p", &[0, 0, 60_000, 60_000, 0, 0, 60_000, 60_000]);
    assert!(message(&padded.node("Pad", &["x", "p"], "y")).contains("too large"));
    let resized = File::new().integers("s", &[1, 3, 1 << 31, 1 << 31]).node_with(
        "Resize",
        &["x", "", "", "s"],
        "y",
        vec![],
    );
    assert!(message(&resized).contains("too large"));
    let stretched = File::new().ramp("w", &[3, 1, 1, 1]).node_with(
        "ConvTranspose",
        &["x", "w"],
        "y",
        vec![ints("strides", &[60_000, 60_000])],
    );
    assert!(message(&stretched).contains("too large"));
}
