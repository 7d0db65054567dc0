//! Import of ONNX files: the networks that users bring.
//!
//! The file is read by prost (`proto`); `network` finds the one input, the outputs and the nodes
//! they need; `read` turns each node into a layer with its numbers, refusing all that Convoy
//! cannot run at once; `build` infers shapes and folds. Bytes from anywhere give a network or an
//! [`ImportError`], never a panic.
//!
//! Read are: Conv, Relu, LeakyRelu, Clip, Sigmoid, BatchNormalization, MaxPool, AveragePool,
//! GlobalAveragePool, Add, Concat, Resize, Flatten, Reshape, Gemm, Softmax, Identity, Dropout and
//! Constant, in the forms that [`crate::Op`] can express.

mod attributes;
mod build;
mod constant;
mod error;
mod fold;
mod network;
mod proto;
mod read;
mod resize;
mod spec;
#[cfg(test)]
mod tests;
mod window;

pub use error::{ImportError, Refusal};

use crate::{Graph, Node, NodeId, Weights};
use build::Builder;
use constant::Constants;
use network::Network;
use prost::Message as _;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Versions of the operator set whose meaning is known here.
pub const OPSETS: RangeInclusive<i64> = 7..=24;

/// A network as an ONNX file holds it.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The layers, in an order that can be cut well; outputs are named as in the file.
    pub graph: Graph,
    /// The weights, named after their layers.
    pub weights: Weights,
}

/// Reads the ONNX file whose content is `bytes`.
///
/// # Errors
/// Where the bytes are no sound ONNX file, or hold what Convoy cannot run; see [`ImportError`].
pub fn import(bytes: &[u8]) -> Result<Imported, ImportError> {
    let model = proto::ModelProto::decode(bytes)
        .map_err(|error| ImportError::NotOnnx(error.to_string()))?;
    let Some(graph) = &model.graph else {
        return Err(ImportError::NotOnnx("it holds no graph".to_owned()));
    };
    let opset = model
        .opset_import
        .iter()
        .find(|set| matches!(set.domain.as_str(), "" | "ai.onnx"))
        .map_or(0, |set| set.version);
    if !OPSETS.contains(&opset) {
        return Err(ImportError::OperatorSet(opset));
    }
    let constants = Constants::of(graph);
    let network = Network::of(graph, &constants)?;
    let specs = read::Reader { constants: &constants, opset }.read(&network.nodes)?;
    let mut builder = Builder::new(network.input, network.shape, &specs, &network.outputs);
    for spec in specs {
        builder.add(spec)?;
    }
    finish(builder, &network.outputs)
}

/// The graph of all layers, with its outputs named as in the file.
fn finish(mut builder: Builder, names: &[&str]) -> Result<Imported, ImportError> {
    let mut outputs = BTreeSet::new();
    let mut order = Vec::new();
    for name in names {
        let refuse = |why: &str| Err(ImportError::Output(format!("'{name}' {why}")));
        let Some(value) = builder.value(name) else { return refuse("is made by no layer") };
        if value.layer == 0 {
            return refuse("is the input itself");
        }
        if !outputs.insert(value.layer) {
            return refuse("is the same map as another output");
        }
        builder.layers[value.layer].name = (*name).to_owned();
        order.push(NodeId(value.layer as u32));
    }
    let mut nodes = Vec::with_capacity(builder.layers.len());
    let mut weights = Weights::new();
    for layer in builder.layers {
        for (suffix, parameter) in layer.parameters {
            weights.insert(format!("{}.{suffix}", layer.name), parameter);
        }
        let inputs = layer.inputs.iter().map(|input| NodeId(*input as u32)).collect();
        nodes.push(Node { name: layer.name, op: layer.op, inputs, shape: layer.shape });
    }
    let graph = Graph { nodes, outputs: order };
    graph.validate()?;
    let mut graph = graph.ordered_for_cutting();
    graph.lay_out_heads();
    Ok(Imported { graph, weights })
}
