//! From ONNX nodes to layers: reads the attributes and constants of each, and refuses what Convoy
//! cannot run.

mod pointwise;
mod shaping;
mod weighted;

use super::attributes::Attributes;
use super::constant::{Constants, LOST, Tensor};
use super::evaluate;
use super::patterns::OWN_DOMAIN;
use super::proto::{NodeProto, data_type};
use super::spec::{Kind, Operation, Spec};
use super::window::WindowSpec;

/// What a node's meaning hangs on besides itself.
pub(crate) struct Reader<'a> {
    /// The numbers that are known.
    pub(crate) constants: &'a Constants<'a>,
    /// Version of the operator set.
    pub(crate) opset: i64,
}

impl Reader<'_> {
    /// The layers of `node`, one for each of its outputs that `is_read`.
    ///
    /// # Errors
    /// What about it is not supported.
    pub(crate) fn read(
        &self,
        node: &NodeProto,
        is_read: impl Fn(&str) -> bool,
    ) -> Result<Vec<Spec>, String> {
        if !matches!(node.domain.as_str(), "" | "ai.onnx" | OWN_DOMAIN) {
            return Err("only standard ONNX operators are supported".to_owned());
        }
        let mut specs = Vec::new();
        for (index, output) in node.output.iter().enumerate() {
            if index > 0 && !is_read(output) {
                continue;
            }
            let attributes = Attributes::of(node);
            let operands = Operands { names: &node.input, constants: self.constants };
            let (kind, inputs) = self.kind(node, &attributes, &operands, index)?;
            let problems = attributes.into_problems();
            if !problems.is_empty() {
                return Err(problems.join("; "));
            }
            specs.push(Spec { inputs, output: output.clone(), kind });
        }
        Ok(specs)
    }

    /// What the node does for its output `index`, and the maps it reads.
    fn kind(
        &self,
        node: &NodeProto,
        attributes: &Attributes<'_>,
        operands: &Operands<'_>,
        index: usize,
    ) -> Result<(Kind, Vec<String>), String> {
        let opset = self.opset;
        let operator = node.op_type.as_str();
        if let Some(activation) = pointwise::activation(operator, attributes, operands, opset)? {
            return Ok((Kind::Activation(activation), vec![operands.map(0)?]));
        }
        let kind = match operator {
            "Conv" => weighted::conv(attributes, operands)?,
            "ConvTranspose" => weighted::conv_transpose(attributes, operands)?,
            "Gemm" => weighted::gemm(attributes, operands)?,
            "MatMul" => weighted::mat_mul(operands)?,
            "BatchNormalization" => {
                // Before there was a flag, whoever wanted statistics was training.
                if opset < 14 && node.output.iter().skip(1).any(|output| !output.is_empty()) {
                    return Err("it makes statistics, as in training".to_owned());
                }
                weighted::batch_normalization(attributes, operands)?
            }
            "InstanceNormalization" => weighted::instance_normalization(attributes, operands)?,
            "MaxPool" => {
                attributes.require_int("storage_order", 0, 0);
                Kind::MaxPool { window: WindowSpec::read(attributes, None, true) }
            }
            "AveragePool" => Kind::AveragePool {
                window: WindowSpec::read(attributes, None, true),
                count_include_pad: attributes.int("count_include_pad", 0) != 0,
            },
            "GlobalAveragePool" => Kind::GlobalPool { largest: false },
            "GlobalMaxPool" => Kind::GlobalPool { largest: true },
            "ReduceMean" => shaping::reduce(false, attributes, operands, opset)?,
            "ReduceMax" => shaping::reduce(true, attributes, operands, opset)?,
            "PRelu" => Kind::PRelu { slope: self.constants.floats(operands.name(1)?)? },
            "Add" => return pointwise::binary(Operation::Add, operands),
            "Sub" => return pointwise::binary(Operation::Sub, operands),
            "Mul" => return pointwise::binary(Operation::Mul, operands),
            "Div" => return pointwise::binary(Operation::Div, operands),
            "Neg" => Kind::WithConstant {
                operation: Operation::Mul,
                constant: Tensor { dims: Vec::new(), values: vec![-1.0] },
                name: "-1".to_owned(),
                first: false,
            },
            "Min" | "Max" => return pointwise::bound(operator, operands),
            "Sum" => return Ok((Kind::Sum, operands.all_maps()?)),
            "Concat" => {
                let axis = attributes.int("axis", 1);
                return Ok((Kind::Concat { axis }, operands.all_maps()?));
            }
            "Resize" => shaping::resize(attributes, operands, opset)?,
            "Upsample" => shaping::upsample(attributes, operands, opset)?,
            "Pad" => shaping::pad(attributes, operands, opset)?,
            "Slice" => shaping::slice(attributes, operands, opset)?,
            "Split" => shaping::split(attributes, operands, opset, [index, node.output.len()])?,
            "DepthToSpace" => shaping::depth_to_space(attributes)?,
            "SpaceToDepth" => shaping::space_to_depth(attributes)?,
            "ChannelShuffle" if node.domain == OWN_DOMAIN => {
                let list = |name| {
                    attributes.ints(name).map(<[i64]>::to_vec).ok_or("its extents are missing")
                };
                Kind::ChannelShuffle { apart: list("apart")?, whole: list("whole")? }
            }
            "Transpose" => Kind::Transpose { perm: attributes.ints("perm").map(<[i64]>::to_vec) },
            "Flatten" => Kind::Flatten { axis: attributes.int("axis", 1) },
            "Squeeze" => Kind::Squeeze { axes: shaping::axes(attributes, operands, opset)? },
            "Unsqueeze" => {
                let axes = shaping::axes(attributes, operands, opset)?;
                Kind::Unsqueeze { axes: axes.ok_or("axes are missing")? }
            }
            "Reshape" => {
                attributes.require_int("allowzero", 0, 0);
                Kind::Reshape { dims: self.constants.integers(operands.name(1)?)?.values }
            }
            "Softmax" => {
                let old = opset < 13;
                let axis = attributes.int("axis", if old { 1 } else { -1 });
                Kind::Softmax { axis, all_from_axis: old }
            }
            "Cast" => {
                // All is computed in f32, whichever float the file says.
                let to = i32::try_from(attributes.int("to", 0)).unwrap_or(0);
                attributes.ignore("saturate");
                attributes.ignore("round_mode");
                if !data_type::is_float(to) {
                    return Err(format!("to {} (only floats are supported)", data_type::name(to)));
                }
                Kind::Alias
            }
            "Identity" => Kind::Alias,
            "Dropout" => {
                for name in ["ratio", "seed", "is_test"] {
                    attributes.ignore(name);
                }
                Kind::Alias
            }
            "QuantizeLinear" | "DequantizeLinear" => {
                return Err(
                    "only weights may be quantised; export the model unquantised".to_owned()
                );
            }
            other if evaluate::only_known(other) => {
                if node.input.iter().any(|input| self.constants.is_lost(input)) {
                    return Err(LOST.to_owned());
                }
                return Err("only numbers known before the network runs are supported".to_owned());
            }
            _ => return Err("this operator is not supported".to_owned()),
        };
        Ok((kind, vec![operands.map(0)?]))
    }
}

/// The node's name, or its first output's where it has none.
pub(crate) fn label(node: &NodeProto) -> String {
    if node.name.is_empty() {
        node.output.first().cloned().unwrap_or_default()
    } else {
        node.name.clone()
    }
}

/// A node's inputs.
struct Operands<'a> {
    names: &'a [String],
    constants: &'a Constants<'a>,
}

impl<'a> Operands<'a> {
    /// The input `index`, if it is there.
    fn optional(&self, index: usize) -> Option<&'a str> {
        self.names.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    fn name(&self, index: usize) -> Result<&'a str, String> {
        self.optional(index).ok_or_else(|| format!("its input {index} is missing"))
    }

    /// The input `index`, which must be a map that the network computes.
    fn map(&self, index: usize) -> Result<String, String> {
        let name = self.name(index)?;
        if self.constants.contains(name) {
            return Err(format!("'{name}' is a constant where a computed map is expected"));
        }
        Ok(name.to_owned())
    }

    fn all_maps(&self) -> Result<Vec<String>, String> {
        (0..self.names.len()).map(|index| self.map(index)).collect()
    }

    /// The integers of the constant input `index`, if it is there.
    fn integers(&self, index: usize) -> Result<Option<Vec<i64>>, String> {
        let name = self.optional(index);
        name.map(|name| Ok(self.constants.integers(name)?.values)).transpose()
    }

    /// The constant input `index` with one value for each of `count` channels.
    fn per_channel(&self, index: usize, count: usize) -> Result<Vec<f32>, String> {
        let name = self.name(index)?;
        let tensor = self.constants.floats(name)?;
        if tensor.values.len() != count {
            return Err(format!("'{name}' holds {} values, expected {count}", tensor.values.len()));
        }
        Ok(tensor.values)
    }
}

fn finite(name: &str, value: f32) -> Result<f32, String> {
    if value.is_finite() { Ok(value) } else { Err(format!("{name} = {value}")) }
}
