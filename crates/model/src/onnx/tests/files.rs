//! The real networks that the repository keeps.

use crate::onnx::{Imported, import};
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
    for node in &network.graph.nodes {
    }
    assert_eq!(count(&network, "conv"), 26);
    assert_eq!(count(&network, "activation"), 0);
    assert_eq!(count(&network, "concat"), 8);
}
