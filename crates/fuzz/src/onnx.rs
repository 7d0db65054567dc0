//! ONNX files, which users bring.

use crate::json::same;
use crate::memory::within;
use crate::network::{model, walk};
use convoy_model::onnx::import;
use convoy_model::package::manifest;
use convoy_model::weights::parameters;
use convoy_model::{Channels, Model};

/// What files are made of.
pub(crate) const WORDS: &[&str] = &[
    "Conv",
    "ConvTranspose",
    "Gemm",
    "MatMul",
    "BatchNormalization",
    "LeakyRelu",
    "PRelu",
    "Relu",
    "Clip",
    "Sigmoid",
    "Softmax",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "Concat",
    "Add",
    "Mul",
    "Sub",
    "Div",
    "Resize",
    "Upsample",
    "Reshape",
    "Flatten",
    "Transpose",
    "Squeeze",
    "Unsqueeze",
    "Shape",
    "Gather",
    "Slice",
    "Constant",
    "ConstantOfShape",
    "Range",
    "Cast",
    "Pad",
    "DepthToSpace",
    "SpaceToDepth",
    "Identity",
    "Dropout",
    "ReduceMean",
    "Expand",
    "Split",
    "LRN",
    "InstanceNormalization",
    "axis",
    "axes",
    "value",
    "pads",
    "strides",
    "dilations",
    "kernel_shape",
    "group",
    "auto_pad",
    "SAME_UPPER",
    "ceil_mode",
    "mode",
    "linear",
    "perm",
];

/// Bytes that any file may take beside what its length allows: limits of a network's maps and vectors
/// are limits of what an import makes of a few bytes.
const FREE: usize = 256 << 20;

/// The bytes as a file: a network that can be planned, written and read again, or an error.
pub fn run(bytes: &[u8]) {
    let Ok(imported) = within(FREE + 64 * bytes.len(), || import(bytes)) else { return };
    let graph = &imported.graph;
    let valid = graph.validate();
    assert!(valid.is_ok(), "{valid:?}");
    for (id, _) in graph.iter() {
        for (name, dims) in parameters(graph, id) {
            let Ok(tensor) = imported.weights.get(&name) else { panic!("{name} is missing") };
            assert_eq!(tensor.dims, dims, "{name}");
            assert_eq!(tensor.values.len(), dims.iter().product::<usize>(), "{name}");
        }
    }
    let channels = match graph.nodes[0].shape.channels {
        1 => Channels::Gray,
        3 => Channels::Rgb,
        // Nothing feeds it, and the command refuses it.
        _ => return,
    };
    let model = model("fuzz", imported.graph, channels);
    let valid = model.validate();
    assert!(valid.is_ok(), "{valid:?}");
    walk(&model);
    let text = manifest(&model);
    let read = Model::parse(text.as_bytes());
    let (Ok(again), Ok(value)) = (&read, serde_json::to_value(&model)) else {
        panic!("{read:?} of {text}")
    };
    assert!(serde_json::to_value(again).is_ok_and(|again| same(&again, &value)), "{text}");
}
