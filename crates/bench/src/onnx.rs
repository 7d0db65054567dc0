//! A network of ours as an ONNX file, for the library that reads nothing else.
//!
//! Only what the networks of the zoo are made of is written. Field numbers are those of
//! <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

use anyhow::{Result, anyhow};
use convoy_model::{Activation, Graph, Node, NodeId, Op, Shape, Weights, Window};
use prost::Message;

/// Version of the file format, and of the operators whose meaning is written.
const FORMAT: i64 = 8;
const OPSET: i64 = 17;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSetProto>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSetProto {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueProto>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueProto>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, optional, tag = "2")]
    f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    i: Option<i64>,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
    /// 1 where `f` is meant, 2 `i`, 7 `ints`.
    #[prost(int32, tag = "20")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    kind: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorTypeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    element: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<ShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct ShapeProto {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<DimensionProto>,
}

#[derive(Clone, PartialEq, Message)]
struct DimensionProto {
    #[prost(int64, tag = "1")]
    value: i64,
}

/// The file's content.
///
/// # Errors
/// A layer that is not written here, or weights that are missing.
pub(crate) fn write(name: &str, graph: &Graph, weights: &Weights) -> Result<Vec<u8>> {
    let mut nodes = Vec::new();
    for (id, node) in graph.iter().filter(|(id, _)| *id != NodeId::INPUT) {
        nodes.extend(layer(graph, id, node)?);
    }
    let initializer = weights.iter().map(|(name, parameter)| TensorProto {
        dims: parameter.dims.iter().map(|extent| *extent as i64).collect(),
        data_type: FLOAT,
        name: name.to_owned(),
        raw_data: parameter.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    });
    let value = |id: &NodeId| value(&graph.node(*id).name, graph.shape(*id), is_flat(graph, *id));
    let graph = GraphProto {
        node: nodes,
        name: name.to_owned(),
        initializer: initializer.collect(),
        input: vec![value(&NodeId::INPUT)],
        output: graph.outputs.iter().map(value).collect(),
    };
    let opset = OperatorSetProto { domain: String::new(), version: OPSET };
    let model = ModelProto { ir_version: FORMAT, graph: Some(graph), opset_import: vec![opset] };
    Ok(model.encode_to_vec())
}

/// Whether ONNX has this map as batch and channels alone.
fn is_flat(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    match node.op {
        Op::Flatten | Op::Gemm { .. } => true,
        Op::Softmax | Op::Activation { .. } => {
            node.inputs.iter().any(|input| is_flat(graph, *input))
        }
        _ => false,
    }
}

fn value(name: &str, shape: Shape, flat: bool) -> ValueProto {
    // What is flat there may be laid out in rows here (`Graph::lay_out_heads`).
    let extents = match flat {
        true => vec![1, shape.channels * shape.height * shape.width],
        false => vec![1, shape.channels, shape.height, shape.width],
    };
    let dim = extents.into_iter().map(|extent| DimensionProto { value: i64::from(extent) });
    let shape = Some(ShapeProto { dim: dim.collect() });
    let kind = Some(TypeProto { tensor: Some(TensorTypeProto { element: FLOAT, shape }) });
    ValueProto { name: name.to_owned(), kind }
}

/// A layer, and its activation as a node of its own.
fn layer(graph: &Graph, id: NodeId, node: &Node) -> Result<Vec<NodeProto>> {
    let (op_type, attribute, parameters, activation) = match &node.op {
        Op::Conv { window, groups, activation, .. } => {
            let mut attributes = sliding(window);
            attributes.push(ints("dilations", window.dilation));
            attributes.push(int("group", i64::from(*groups)));
            ("Conv", attributes, true, *activation)
        }
        Op::MaxPool { window } => ("MaxPool", sliding(window), false, Activation::None),
        Op::AveragePool { window, count_include_pad, overhang: [0, 0] } => {
            let mut attributes = sliding(window);
            attributes.push(int("count_include_pad", i64::from(*count_include_pad)));
            ("AveragePool", attributes, false, Activation::None)
        }
        Op::Activation { activation } => {
            let input = graph.node(node.inputs[0]).name.clone();
            return Ok(activate(*activation, node, input)?.into_iter().collect());
        }
        Op::Add { activation } if node.inputs.len() == 2 => ("Add", Vec::new(), false, *activation),
        Op::Concat => ("Concat", vec![int("axis", 1)], false, Activation::None),
        Op::SpaceToDepth { block } => {
            let attributes = vec![int("blocksize", i64::from(*block))];
            ("SpaceToDepth", attributes, false, Activation::None)
        }
        Op::GlobalAveragePool => ("GlobalAveragePool", Vec::new(), false, Activation::None),
        Op::Flatten => ("Flatten", vec![int("axis", 1)], false, Activation::None),
        Op::Gemm { activation, .. } => ("Gemm", vec![int("transB", 1)], true, *activation),
        Op::Softmax => ("Softmax", vec![int("axis", 1)], false, Activation::None),
        other => return Err(anyhow!("{}: {} is not written as ONNX", node.name, other.name())),
    };
    let mut input: Vec<String> =
        node.inputs.iter().map(|input| graph.node(*input).name.clone()).collect();
    if parameters {
        let named = convoy_model::weights::parameters(graph, id);
        input.extend(named.into_iter().map(|(name, _)| name));
    }
    let linear = match activation {
        Activation::None => node.name.clone(),
        _ => format!("{}.linear", node.name),
    };
    let activated = activate(activation, node, linear.clone())?;
    let op_type = op_type.to_owned();
    let made = NodeProto { input, output: vec![linear.clone()], name: linear, op_type, attribute };
    Ok(std::iter::once(made).chain(activated).collect())
}

/// The activation that makes `node`'s map of `input`; none where there is nothing to do.
fn activate(activation: Activation, node: &Node, input: String) -> Result<Option<NodeProto>> {
    let (op_type, attribute) = match activation {
        Activation::None => return Ok(None),
        Activation::Relu => ("Relu", Vec::new()),
        Activation::LeakyRelu { slope } => {
            let alpha = AttributeProto {
                name: "alpha".into(),
                f: Some(slope),
                kind: 1,
                ..Default::default()
            };
            ("LeakyRelu", vec![alpha])
        }
        Activation::Sigmoid => ("Sigmoid", Vec::new()),
        other => return Err(anyhow!("{}: {other:?} is not written as ONNX", node.name)),
    };
    Ok(Some(NodeProto {
        input: vec![input],
        output: vec![node.name.clone()],
        name: node.name.clone(),
        op_type: op_type.to_owned(),
        attribute,
    }))
}

fn sliding(window: &Window) -> Vec<AttributeProto> {
    let pads = <[u32; 4]>::from(window.pads);
    vec![ints("kernel_shape", window.kernel), ints("strides", window.stride), ints("pads", pads)]
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: Some(value), kind: 2, ..Default::default() }
}

fn ints<const N: usize>(name: &str, values: [u32; N]) -> AttributeProto {
    let ints = values.map(i64::from).to_vec();
    AttributeProto { name: name.to_owned(), ints, kind: 7, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::write;
    use convoy_model::{Activation, Graph, GraphBuilder, NodeId, Op, Pads, Shape, Window, weights};

    /// A small network of most kinds of layer, one window with uneven padding.
    fn every_kind() -> Graph {
        let mut graph = GraphBuilder::new(Shape::new(3, 17, 15));
        let pads = Pads { top: 0, left: 1, bottom: 2, right: 1 };
        let uneven = Window { kernel: [3, 3], stride: [2, 1], dilation: [1, 1], pads };
        let leaky = Activation::LeakyRelu { slope: 0.1 };
        let first = graph.conv_with("first", NodeId::INPUT, 8, uneven, leaky);
        let pooled = graph.max_pool("pooled", first, 2, 1);
        let mean = graph.average_pool("mean", pooled);
        let one = graph.conv("one", pooled, 8, 3, 1);
        let sum = graph.add("sum", Op::Add { activation: Activation::Relu }, &[mean, one]);
        let joined = graph.add("joined", Op::Concat, &[sum, mean]);
        let small = graph.add("small", Op::GlobalAveragePool, &[joined]);
        let flat = graph.add("flat", Op::Flatten, &[joined]);
        let full = graph.gemm("full", flat, 10, Activation::None);
        let last = graph.add("last", Op::Softmax, &[full]);
        graph.finish(&[last, small])
    }

    #[test]
    fn what_is_written_is_read_as_the_same_network() {
        let graph = every_kind();
        graph.validate().unwrap();
        let weights = weights::seeded(&graph, 7, 1..graph.nodes.len() as u32);
        let file = write("every", &graph, &weights).unwrap();
        let read = convoy_model::onnx::import(&file).unwrap();
        let ops = |graph: &Graph| {
            let mut ops: Vec<_> =
                graph.iter().map(|(_, node)| (node.op.name(), node.shape)).collect();
            ops.sort_by_key(|(name, shape)| (*name, shape.channels));
            ops
        };
        assert_eq!(ops(&read.graph), ops(&graph));
        let windows = |graph: &Graph| {
            graph.iter().any(|(_, node)| matches!(&node.op, Op::Conv { window, .. } if window.stride == [2, 1] && window.pads.bottom == 2))
        };
        assert!(windows(&read.graph) && windows(&graph));
        assert_eq!(read.weights.bytes(), weights.bytes());
    }

    #[test]
    fn every_network_that_is_measured_can_be_written() {
        for id in ["vgg16", "yolov2", "resnet34", "inceptionv3"] {
            let model = convoy_model::zoo::model(id).unwrap();
            // Without its weights, which are large.
            let none = convoy_model::Weights::new();
            assert!(!write(id, &model.graph, &none).unwrap().is_empty());
        }
    }
}
