//! Small files that ask for much: refused before memory or time is taken for it.

use super::file::{File, int, ints, text};
use crate::onnx::import;
use crate::onnx::proto::{TensorProto, data_type};

/// The message for `file`, which must be refused.
fn message(file: &File) -> String {
    import(&file.bytes()).unwrap_err().to_string()
}

/// A tensor of no numbers.
fn none(file: File, name: &str, data_type: i32, dims: &[i64]) -> File {
    let (name, dims) = (name.to_owned(), dims.to_vec());
    file.tensor(TensorProto { dims, data_type, name, ..TensorProto::default() })
}

fn no_floats(dims: &[i64]) -> File {
    none(File::new(), "k", data_type::FLOAT, dims)
}

#[test]
fn huge_extents_beside_an_empty_one_are_refused() {
    let huge = 1 << 62;
    let flat = |dims: &[i64]| no_floats(dims).node("Flatten", &["x"], "f");
    let added = |file: File| file.node("Add", &["x", "m"], "y");
    let of_integers = none(no_floats(&[huge, 0]), "i", data_type::INT64, &[0]);
    let cases = [
        no_floats(&[huge, 0, 3, 3]).node("Conv", &["x", "k"], "y"),
        flat(&[huge, 0]).node_with("Gemm", &["f", "k"], "y", vec![int("transB", 1)]),
        flat(&[0, huge]).node("Gemm", &["f", "k"], "y"),
        added(no_floats(&[huge, 0]).node("Transpose", &["k"], "m")),
        added(no_floats(&[huge, 0]).integers("o", &[0]).node("Slice", &["k", "o", "o"], "m")),
        added(no_floats(&[huge, 0]).node("Add", &["k", "k"], "m")),
        added(no_floats(&[huge, 0]).node_with("Concat", &["k", "k"], "m", vec![int("axis", 1)])),
        added(of_integers.node_with("Gather", &["k", "i"], "m", vec![int("axis", 1)])),
        added(File::new().integers("s", &[huge, 0]).node("ConstantOfShape", &["s"], "m")),
    ];
    for file in cases {
        assert!(message(&file).contains("too many numbers"), "{}", message(&file));
    }
}

#[test]
fn large_extents_beside_an_empty_one_cost_nothing() {
    // Within the limit, and many times: nothing may be done for each index of the large extent.
    let large = 1 << 27;
    let mut file = none(no_floats(&[large, 0]), "i", data_type::INT64, &[0]);
    for turn in 0..300 {
        let next = [0, 1, 2].map(|part| format!("{part}-{turn}"));
        file = file
            .node("Transpose", &["k"], &next[0])
            .node_with("Concat", &["k", "k"], &next[1], vec![int("axis", 1)])
            .node_with("Gather", &["k", "i"], &next[2], vec![int("axis", 1)]);
        for name in next {
            file = file.node("Add", &["x", &name], &format!("sum-{name}"));
        }
    }
    let outputs: Vec<String> =
        (0..300).flat_map(|turn| [0, 1, 2].map(|part| format!("sum-{part}-{turn}"))).collect();
    let file = file.outputs(&outputs.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(message(&file).contains("900 of the network's layers"));
}

#[test]
fn weights_with_an_empty_extent_are_refused() {
    let conv = no_floats(&[1 << 25, 0, 3, 3]).node("Conv", &["x", "k"], "y");
    assert!(message(&conv).contains("its weights are [33554432, 0, 3, 3]"));
    for (dims, transposed) in [([1 << 27, 0], 1), ([0, 1 << 27], 0)] {
        let file = no_floats(&dims).node("Flatten", &["x"], "f").node_with(
            "Gemm",
            &["f", "k"],
            "y",
            vec![int("transB", transposed)],
        );
        assert!(message(&file).contains("its weights are ["), "{}", message(&file));
    }
}

#[test]
fn a_gather_of_many_indices_is_refused() {
    // Each index stands for 4096 numbers: 2^32 in all, from 8 MB.
    let file = File::new()
        .ramp("k", &[1, 4096])
        .integers("i", &vec![0; 1 << 20])
        .node("Gather", &["k", "i"], "m")
        .node("Add", &["x", "m"], "y");
    assert!(message(&file).contains("too many numbers"), "{}", message(&file));
}

#[test]
fn a_split_into_thousands_is_refused() {
    let split = |count: usize| {
        let mut file = File::new().integers("s", &vec![1; count]);
        let names: Vec<String> = (0..count).map(|part| format!("part-{part}")).collect();
        file = file.node_with("Split", &["x", "s"], "y", vec![int("axis", 2)]);
        file.graph().node[0].output.clone_from(&names);
        message(&file.outputs(&names.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    assert!(split(1025).contains("1025 outputs"));
    assert!(split(1024).contains("parts of [1, 1"));
    // The sizes are counted before each part keeps a copy.
    let mut file = File::new().integers("s", &[1; 4000]).node("Split", &["x", "s"], "y").node(
        "Relu",
        &["y"],
        "z",
    );
    file.graph().node[0].output.push("w".to_owned());
    assert!(message(&file.outputs(&["z", "w"])).contains("4000 sizes for 2 outputs"));
}

#[test]
fn layers_are_counted_as_they_are_made() {
    let chain = |count: usize| {
        let mut file = File::new();
        let mut last = "x".to_owned();
        for turn in 0..count {
            let next = format!("relu-{turn}");
            file = file.node("Relu", &[&last], &next);
            last = next;
        }
        import(&file.outputs(&[&last]).bytes())
    };
    assert_eq!(chain(4095).unwrap().graph.nodes.len(), 4096);
    let error = chain(4096).unwrap_err().to_string();
    assert!(error.contains("'n_relu-4095'") && error.contains("4096 layers"), "{error}");
}

#[test]
fn layers_that_others_take_over_do_not_count() {
    let mut file = File::new().integers("p", &[0, 0, 1, 1, 0, 0, 1, 1]).ramp("w", &[3, 3, 3, 3]);
    let mut last = "x".to_owned();
    for turn in 0..2100 {
        let [padded, next] = [format!("pad-{turn}"), format!("conv-{turn}")];
        file = file.node("Pad", &[&last, "p"], &padded).node("Conv", &[&padded, "w"], &next);
        last = next;
    }
    assert_eq!(import(&file.outputs(&[&last]).bytes()).unwrap().graph.nodes.len(), 2101);
}

#[test]
fn more_than_eight_axes_are_refused() {
    let many = vec![1; 100_000];
    let axes: Vec<i64> = (0..100_000).collect();
    let added = |file: File| file.node("Add", &["x", "m"], "y");
    let one = || File::new().ramp("k", &[1]).integers("s", &many).integers("a", &axes);
    let cases = [
        added(File::new().floats("m", &many, &[1.0])),
        added(one().node("Reshape", &["k", "s"], "m")),
        added(one().node("Unsqueeze", &["k", "a"], "m")),
        added(one().node("Expand", &["k", "s"], "m")),
        added(one().node("ConstantOfShape", &["s"], "m")),
        one().node("Reshape", &["x", "s"], "y"),
        one().node("Unsqueeze", &["x", "a"], "y"),
    ];
    for file in cases {
        let message = message(&file);
        assert!(message.contains("more than 8") && message.len() < 400, "{message}");
    }
    let eight = File::new().integers("s", &[1, 1, 1, 1, 1, 3, 8, 8]);
    assert!(
        import(&eight.node("Reshape", &["x", "s"], "r").node("Relu", &["r"], "y").bytes()).is_ok()
    );
}

#[test]
fn what_is_said_of_a_layer_is_short() {
    let pads = vec![0; 100_000];
    let file = File::new().integers("p", &pads).node_with(
        "Pad",
        &["x", "p"],
        "y",
        vec![text("mode", "constant")],
    );
    assert!(message(&file).contains("pads = [0, 0"));
    assert!(message(&file).len() < 1200);
    let strides = File::new().node_with(
        "MaxPool",
        &["x"],
        "y",
        vec![ints("kernel_shape", &[1, 1]), ints("strides", &pads)],
    );
    assert!(message(&strides).len() < 1200);
}

#[test]
fn what_is_read_and_not_kept_takes_no_room() {
    // One number of 2^20, 300 times: more than may be reckoned, if each time all were counted.
    let mut file = none(File::new(), "k", data_type::INT8, &[1 << 20]).integers("i", &[7]);
    file.graph().initializer[0].raw_data = Some(vec![3; 1 << 20]);
    let mut last = "x".to_owned();
    for turn in 0..300 {
        let [index, float, sum] = ["index", "float", "sum"].map(|part| format!("{part}-{turn}"));
        file = file
            .node("Gather", &["k", "i"], &index)
            .node_with("Cast", &[&index], &float, vec![int("to", 1)])
            .node("Add", &[&last, &float], &sum);
        last = sum;
    }
    let network = import(&file.outputs(&[&last]).bytes()).unwrap();
    assert_eq!(network.weights.get(&format!("{last}.shift")).unwrap().values, [900.0; 3]);
}
