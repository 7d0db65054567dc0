//! The real networks that the repository keeps.

use crate::onnx::{Imported, import};
use crate::{Activation, NodeId, Op, Shape};
use std::path::Path;

/// A file of `tests/models`.
fn model(name: &str) -> Imported {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/models").join(name);
    import(&std::fs::read(path).unwrap()).unwrap()
}

/// How many layers `network` has of the operator `name`.
fn count(network: &Imported, name: &str) -> usize {
    network.graph.nodes.iter().filter(|node| node.op.name() == name).count()
}

#[test]
fn squeezenet_is_26_convolutions_each_with_its_relu() {
    let network = model("squeezenet1.1.onnx");
    let graph = &network.graph;
    assert_eq!(graph.shape(NodeId::INPUT), Shape::new(3, 227, 227));
    // The input, 26 convolutions, 3 pools, 8 concatenations, global pooling, softmax.
    assert_eq!(graph.nodes.len(), 40);
    assert_eq!(count(&network, "conv"), 26);
    assert_eq!(count(&network, "max_pool"), 3);
    assert_eq!(count(&network, "concat"), 8);
    for node in &graph.nodes {
        if let Op::Conv { activation, .. } = node.op {
            assert_eq!(activation, Activation::Relu, "{}", node.name);
        }
    }
    let [output] = graph.outputs.as_slice() else { panic!("one output") };
    assert_eq!(graph.node(*output).name, "prob");
    assert_eq!(graph.shape(*output), Shape::new(1000, 1, 1));
    // 353 MMAC: reckoned by hand from the layers of the SqueezeNet 1.1 definition.
    assert_eq!(graph.conv_macs(), 352_540_352);
}

#[test]
fn mnist_is_three_convolutions_and_two_fully_connected_layers() {
    let network = model("mnist.onnx");
    let graph = &network.graph;
    let layers: Vec<(&str, Shape)> =
        graph.nodes.iter().map(|node| (node.op.name(), node.shape)).collect();
    let channels: Vec<u32> = layers.iter().map(|(_, shape)| shape.channels).collect();
    let names: Vec<&str> = layers.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "input", "conv", "max_pool", "conv", "max_pool", "conv", "max_pool", "flatten", "gemm",
            "gemm"
        ]
    );
    assert_eq!(channels.first(), Some(&1));
    assert_eq!(channels.last(), Some(&10));
    assert!(matches!(graph.nodes[8].op, Op::Gemm { activation: Activation::Relu, .. }));
    assert!(matches!(graph.nodes[9].op, Op::Gemm { activation: Activation::None, .. }));
    assert_eq!(graph.nodes[9].name, "logits");
}
