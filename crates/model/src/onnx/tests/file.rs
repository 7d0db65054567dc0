//! Writes small ONNX files.

use crate::onnx::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, data_type,
};
use prost::Message as _;

/// A file in the making: input `x` of 1 x 3 x 8 x 8, output `y`, opset 13.
pub(super) struct File {
    pub(super) model: ModelProto,
}

impl File {
    pub(super) fn new() -> Self {
        let graph = GraphProto {
            input: vec![value("x", &[Some(1), Some(3), Some(8), Some(8)])],
            output: vec![value("y", &[])],
            ..GraphProto::default()
        };
        let opset = OperatorSetIdProto { domain: String::new(), version: 13 };
        Self { model: ModelProto { graph: Some(graph), opset_import: vec![opset] } }
    }

    pub(super) fn graph(&mut self) -> &mut GraphProto {
        self.model.graph.as_mut().unwrap()
    }

    pub(super) fn opset(mut self, version: i64) -> Self {
        self.model.opset_import[0].version = version;
        self
    }

    pub(super) fn input(mut self, dims: &[Option<i64>]) -> Self {
        self.graph().input = vec![value("x", dims)];
        self
    }

    pub(super) fn outputs(mut self, names: &[&str]) -> Self {
        self.graph().output = names.iter().map(|name| value(name, &[])).collect();
        self
    }

    /// A node that is named `n_OUTPUT`.
    pub(super) fn node(self, op: &str, inputs: &[&str], output: &str) -> Self {
        self.node_with(op, inputs, output, vec![])
    }

    pub(super) fn node_with(
        mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) -> Self {
        self.graph().node.push(NodeProto {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("n_{output}"),
            op_type: op.to_owned(),
            attribute,
            domain: String::new(),
        });
        self
    }

    /// A float32 initialiser of `0.5, 1.0, 1.5, ...`.
    pub(super) fn ramp(self, name: &str, dims: &[i64]) -> Self {
        let count: i64 = dims.iter().product();
        let values: Vec<f32> = (0..count).map(|index| (index + 1) as f32 * 0.5).collect();
        self.floats(name, dims, &values)
    }

    pub(super) fn floats(self, name: &str, dims: &[i64], values: &[f32]) -> Self {
        self.tensor(TensorProto {
            dims: dims.to_vec(),
            data_type: data_type::FLOAT,
            name: name.to_owned(),
            raw_data: Some(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            ..TensorProto::default()
        })
    }

    pub(super) fn integers(self, name: &str, values: &[i64]) -> Self {
        self.tensor(TensorProto {
            dims: vec![values.len() as i64],
            data_type: data_type::INT64,
            name: name.to_owned(),
            int64_data: values.to_vec(),
            ..TensorProto::default()
        })
    }

    pub(super) fn tensor(mut self, tensor: TensorProto) -> Self {
        self.graph().initializer.push(tensor);
        self
    }

    /// A convolution of 4 filters, 3 x 3 with padding, from `input`, which has 3 channels.
    pub(super) fn conv(self, input: &str, output: &str) -> Self {
        self.ramp("w", &[4, 3, 3, 3]).ramp("b", &[4]).node_with(
            "Conv",
            &[input, "w", "b"],
            output,
            vec![ints("pads", &[1, 1, 1, 1])],
        )
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }
}

fn value(name: &str, dims: &[Option<i64>]) -> ValueInfoProto {
    let dim = dims.iter().map(|dim_value| DimensionProto { dim_value: *dim_value }).collect();
    let shape = Some(TensorShapeProto { dim });
    let tensor_type = Some(TensorTypeProto { elem_type: data_type::FLOAT, shape });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), i: Some(value), ..AttributeProto::default() }
}

pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints: values.to_vec(), ..AttributeProto::default() }
}

pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: Some(value), ..AttributeProto::default() }
}

pub(super) fn text(name: &str, value: &str) -> AttributeProto {
    AttributeProto { name: name.to_owned(), s: Some(value.into()), ..AttributeProto::default() }
}
