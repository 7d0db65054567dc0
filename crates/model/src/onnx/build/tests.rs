//! Limits that would take a gigabyte to reach.

use super::Builder;
use crate::Shape;
use crate::onnx::layout::Layout;
use crate::onnx::spec::{Kind, Spec};
use crate::validate::MAX_PARAMETERS;
use std::collections::HashMap;

#[test]
fn weights_are_counted_as_they_are_made() {
    let shape = Shape::new(3, 8, 8);
    let mut builder = Builder::new("x", shape, Layout::channels_first(), HashMap::new());
    let spec = |from: &str, to: &str| Spec {
        inputs: vec![from.to_owned()],
        output: to.to_owned(),
        kind: Kind::Affine { scale: vec![2.0], shift: vec![1.0] },
    };
    builder.add(spec("x", "a")).unwrap();
    assert_eq!(builder.weights, 6);
    builder.weights = MAX_PARAMETERS - 6;
    builder.add(spec("a", "b")).unwrap();
    let error = builder.add(spec("b", "y")).unwrap_err();
    assert!(error.contains("more than 536870912 weights"), "{error}");
    assert_eq!(builder.layers.len(), 3);
}
