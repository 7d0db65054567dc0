//! Import of ONNX files: the networks that users bring.
//!
//! The file is read by prost (`proto`); `network` finds the one input, the outputs and the nodes
//! they need; `patterns` finds what exporters spread over several nodes; `evaluate` reckons what is
//! known beforehand; `read` turns each node into a layer with its numbers; `build` infers shapes,
//! keeps book of how the file sees each map (`layout`) and folds. All that Convoy cannot run is
//! refused at once, each node by name. Bytes from anywhere give a network or an [`ImportError`],
//! never a panic.
//!
//! What is read is listed in `docs/operators.md`.

mod attributes;
mod build;
mod constant;
mod error;
mod evaluate;
mod fold;
mod layout;
mod network;
mod patterns;
mod proto;
mod read;
mod resize;
mod spec;
#[cfg(test)]
mod tests;
mod transposed;
mod window;

pub use error::{ImportError, Refusal};

use crate::{Graph, Node, NodeId, Weights};
use build::Builder;
use constant::{Constants, LOST};
use layout::Axis;
use network::Network;
use prost::Message as _;
use proto::NodeProto;
use read::Reader;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
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
    let mut constants = Constants::of(graph);
    let network = Network::of(graph, &constants)?;
    let nodes = patterns::grouped(&network.nodes, &network.outputs, &constants);
    let readers = readers(&nodes, &network.outputs);
    let mut builder = Builder::new(network.input, network.shape, network.layout, readers);
    let mut refusals = Vec::new();
    for node in &nodes {
        if let Err(reason) = step(node, opset, &mut constants, &mut builder) {
            node.output.iter().for_each(|output| constants.lose(output));
            // What hangs on a refused layer alone is not to blame.
            if reason != LOST {
                let operator = match node.domain.as_str() {
                    "" | "ai.onnx" => node.op_type.clone(),
                    domain => format!("{domain}.{}", node.op_type),
                };
                refusals.push(Refusal { operator, node: read::label(node), reason: short(reason) });
            }
        }
    }
    if !refusals.is_empty() {
        return Err(ImportError::Unsupported(refusals));
    }
    finish(builder, &network.outputs)
}

/// The beginning of a reason: the lists in it may be as long as the file, and many nodes may have
/// the same.
fn short(mut reason: String) -> String {
    const MOST: usize = 1000;
    if reason.len() > MOST {
        reason.truncate(reason.floor_char_boundary(MOST));
        reason.push_str("...");
    }
    reason
}

/// One node: a constant more, or some layers.
fn step(
    node: &NodeProto,
    opset: i64,
    constants: &mut Constants<'_>,
    builder: &mut Builder,
) -> Result<(), String> {
    let known = evaluate::evaluate(node, opset, constants, |name| builder.extents(name))?;
    if let (Some(known), Some(output)) = (known, node.output.first()) {
        return constants.learn(output, known);
    }
    let specs = Reader { constants, opset }.read(node, |name| builder.is_read(name))?;
    if node.input.iter().any(|input| constants.is_lost(input)) {
        return Err(LOST.to_owned());
    }
    specs.into_iter().try_for_each(|spec| builder.add(spec))
}

/// How many nodes read each tensor. Who asks for a map's extents does not read it.
fn readers(nodes: &[Cow<'_, NodeProto>], outputs: &[&str]) -> HashMap<String, usize> {
    let mut readers: HashMap<String, usize> = HashMap::new();
    let asks = |node: &NodeProto| matches!(node.op_type.as_str(), "Shape" | "Size");
    let read = nodes.iter().filter(|node| !asks(node)).flat_map(|node| &node.input);
    for name in read.map(String::as_str).chain(outputs.iter().copied()) {
        *readers.entry(name.to_owned()).or_default() += 1;
    }
    readers
}

/// The graph of all layers, with its outputs named as in the file.
fn finish(mut builder: Builder, names: &[&str]) -> Result<Imported, ImportError> {
    let mut outputs = BTreeSet::new();
    let mut order = Vec::new();
    for name in names {
        let refuse = |why: &str| Err(ImportError::Output(format!("'{name}' {why}")));
        let Some(value) = builder.value(name).cloned() else {
            return refuse("is made by no layer");
        };
        if value.layer == 0 {
            return refuse("is the input itself");
        }
        if !outputs.insert(value.layer) {
            return refuse("is the same map as another output");
        }
        let flattened_last = |axis: &Axis| matches!(axis, Axis::Pixels(_));
        if value.layout.axes().is_ok_and(|axes| axes.iter().any(flattened_last)) {
            return refuse("was flattened with its channels last");
        }
        builder.layers[value.layer].name = (*name).to_owned();
        order.push(value.layer);
    }
    // Layers that were folded into others are read by nobody.
    let mut needed = vec![false; builder.layers.len()];
    needed[0] = true;
    order.iter().for_each(|output| needed[*output] = true);
    for index in (1..builder.layers.len()).rev() {
        if needed[index] {
            builder.layers[index].inputs.iter().for_each(|input| needed[*input] = true);
        }
    }
    let mut places = vec![NodeId(0); builder.layers.len()];
    let mut nodes = Vec::with_capacity(builder.layers.len());
    let mut weights = Weights::new();
    let kept = builder.layers.into_iter().enumerate().filter(|(index, _)| needed[*index]);
    for (index, layer) in kept {
        places[index] = NodeId(nodes.len() as u32);
        for (suffix, parameter) in layer.parameters {
            // Each was when it was read, but factors may have been taken over since.
            if !parameter.values.iter().all(|value| value.is_finite()) {
                return Err(ImportError::Inconsistent(format!(
                    "the {suffix} of '{}' holds values that are not finite",
                    layer.name
                )));
            }
            weights.insert(format!("{}.{suffix}", layer.name), parameter);
        }
        let inputs = layer.inputs.iter().map(|input| places[*input]).collect();
        nodes.push(Node { name: layer.name, op: layer.op, inputs, shape: layer.shape });
    }
    let outputs = order.into_iter().map(|output| places[output]).collect();
    let graph = Graph { nodes, outputs };
    graph.validate()?;
    let mut graph = graph.ordered_for_cutting();
    graph.lay_out_heads();
    Ok(Imported { graph, weights })
}
