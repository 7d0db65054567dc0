//! The graph of an ONNX file: its one input, its outputs, and the nodes that they need, in an order
//! in which each comes after those it reads.

use super::constant::Constants;
use super::error::ImportError;
use super::layout::Layout;
use super::proto::{GraphProto, NodeProto, ValueInfoProto, data_type};
use super::read::label;
use crate::Shape;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// More nodes than this are refused before they are put in order and any becomes a layer.
const MAX_NODES: usize = 16_384;
/// More outputs of one node are refused: each of a `Split` is a layer.
const MAX_OUTPUTS: usize = 1024;
/// Rows or columns of an input; what a photograph is scaled to.
const MAX_INPUT: i64 = 4096;

/// The part of a file's graph that its outputs need.
pub(crate) struct Network<'a> {
    /// Name of the input.
    pub(crate) input: &'a str,
    /// Its channels, rows and columns.
    pub(crate) shape: Shape,
    /// Whether the file has its channels first or last.
    pub(crate) layout: Layout,
    /// Names of the outputs, in the file's order.
    pub(crate) outputs: Vec<&'a str>,
    /// The nodes, each after those it reads, else in the file's order.
    pub(crate) nodes: Vec<&'a NodeProto>,
}

impl<'a> Network<'a> {
    /// Reads the graph; nodes that no output needs, and constants, are left out.
    pub(crate) fn of(
        graph: &'a GraphProto,
        constants: &Constants<'_>,
    ) -> Result<Self, ImportError> {
        if graph.node.len() > MAX_NODES {
            let count = graph.node.len();
            return Err(ImportError::Inconsistent(format!(
                "{count} nodes; at most {MAX_NODES} are read"
            )));
        }
        if let Some(node) = graph.node.iter().find(|node| node.output.len() > MAX_OUTPUTS) {
            return Err(ImportError::Inconsistent(format!(
                "'{}' has {} outputs; at most {MAX_OUTPUTS} are read",
                label(node),
                node.output.len()
            )));
        }
        let (input, shape, layout) = input(graph, constants)?;
        let outputs: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
        if outputs.is_empty() {
            return Err(ImportError::Output("there is none".to_owned()));
        }
        let makers = makers(graph, input)?;
        let needed = needed(graph, &makers, constants, input, &outputs)?;
        let nodes = ordered(graph, &makers, &needed)?;
        Ok(Self { input, shape, layout, outputs, nodes })
    }
}

/// The one input that is not a constant, and its shape.
fn input<'a>(
    graph: &'a GraphProto,
    constants: &Constants<'_>,
) -> Result<(&'a str, Shape, Layout), ImportError> {
    // Up to IR version 3 every initialiser is listed as an input too.
    let inputs: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|input| !constants.contains(&input.name)).collect();
    let &[input] = inputs.as_slice() else {
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        return Err(ImportError::Input(format!(
            "one image is expected, the file has {} inputs: {}",
            names.len(),
            names.join(", ")
        )));
    };
    let refuse = |why: String| Err(ImportError::Input(format!("'{}' {why}", input.name)));
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let Some((tensor, shape)) = tensor.and_then(|tensor| Some((tensor, tensor.shape.as_ref()?)))
    else {
        return refuse("has no shape; export the model with a fixed input shape".to_owned());
    };
    if !matches!(tensor.elem_type, data_type::FLOAT | data_type::FLOAT16 | data_type::DOUBLE) {
        return refuse(format!("is of {}, expected float32", data_type::name(tensor.elem_type)));
    }
    // A dynamic extent is absent or, in some files, not positive.
    let dims: Vec<Option<i64>> =
        shape.dim.iter().map(|dim| dim.dim_value.filter(|value| *value > 0)).collect();
    let shown: Vec<String> =
        dims.iter().map(|dim| dim.map_or_else(|| "?".to_owned(), |dim| dim.to_string())).collect();
    let shown = shown.join(" x ");
    match dims.as_slice() {
        [None | Some(1), Some(channels @ (1 | 3)), Some(height), Some(width)]
            if *height <= MAX_INPUT && *width <= MAX_INPUT =>
        {
            // All are within 1..=4096.
            let [channels, height, width] = [*channels, *height, *width].map(|dim| dim as u32);
            let shape = Shape::new(channels, height, width);
            Ok((&input.name, shape, Layout::channels_first()))
        }
        [None | Some(1), Some(height), Some(width), Some(channels @ (1 | 3))]
            if *height <= MAX_INPUT && *width <= MAX_INPUT =>
        {
            let [channels, height, width] = [*channels, *height, *width].map(|dim| dim as u32);
            let shape = Shape::new(channels, height, width);
            Ok((&input.name, shape, Layout::channels_last()))
        }
        [Some(batch), _, _, _] if *batch > 1 => refuse(format!(
            "is {shown}, a batch of {batch}; export the model with a batch of 1 or a dynamic one"
        )),
        _ => refuse(format!(
            "is {shown}; expected 1 x 1 or 3 channels x rows x columns, or channels last, fixed and \
             at most {MAX_INPUT}"
        )),
    }
}

/// Which node makes each tensor.
fn makers<'a>(graph: &'a GraphProto, input: &str) -> Result<HashMap<&'a str, usize>, ImportError> {
    let mut makers = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            if output == input || makers.insert(output.as_str(), index).is_some() {
                return Err(ImportError::Inconsistent(format!("'{output}' is made twice")));
            }
        }
    }
    Ok(makers)
}

/// Whether each node is needed for an output.
fn needed(
    graph: &GraphProto,
    makers: &HashMap<&str, usize>,
    constants: &Constants<'_>,
    input: &str,
    outputs: &[&str],
) -> Result<Vec<bool>, ImportError> {
    let mut needed = vec![false; graph.node.len()];
    let mut wanted: Vec<(&str, &str)> = outputs.iter().map(|name| (*name, "the outputs")).collect();
    while let Some((name, reader)) = wanted.pop() {
        if name.is_empty() || name == input || constants.contains(name) {
            continue;
        }
        let Some(index) = makers.get(name).copied() else {
            return Err(ImportError::Inconsistent(format!(
                "'{name}', read by {reader}, is made by no node"
            )));
        };
        let node = &graph.node[index];
        // The others make statistics of training, or where the largest value was.
        let many = node.op_type == "Split";
        if !many && node.output.first().is_none_or(|first| first != name) {
            return Err(ImportError::Inconsistent(format!(
                "'{name}', a secondary output of {} '{}', is used; only first outputs are supported",
                node.op_type,
                label(node)
            )));
        }
        if !std::mem::replace(&mut needed[index], true) {
            let reader = if node.name.is_empty() { name } else { &node.name };
            wanted.extend(node.input.iter().map(|input| (input.as_str(), reader)));
        }
    }
    Ok(needed)
}

/// The needed nodes, each after those it reads; of two that may come next, the earlier in the file.
fn ordered<'a>(
    graph: &'a GraphProto,
    makers: &HashMap<&str, usize>,
    needed: &[bool],
) -> Result<Vec<&'a NodeProto>, ImportError> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); graph.node.len()];
    let mut missing = vec![0_usize; graph.node.len()];
    let wanted = |index: &usize| needed[*index];
    for index in (0..graph.node.len()).filter(wanted) {
        let sources = graph.node[index].input.iter().filter_map(|name| makers.get(name.as_str()));
        for source in sources.copied().filter(wanted) {
            readers[source].push(index);
            missing[index] += 1;
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..graph.node.len())
        .filter(wanted)
        .filter(|index| missing[*index] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::new();
    while let Some(Reverse(index)) = ready.pop() {
        order.push(&graph.node[index]);
        for reader in &readers[index] {
            missing[*reader] -= 1;
            if missing[*reader] == 0 {
                ready.push(Reverse(*reader));
            }
        }
    }
    let stuck = (0..graph.node.len()).filter(wanted).find(|index| missing[*index] > 0);
    match stuck {
        None => Ok(order),
        Some(index) => Err(ImportError::Inconsistent(format!(
            "'{}' needs its own result: the graph has a cycle",
            label(&graph.node[index])
        ))),
    }
}
