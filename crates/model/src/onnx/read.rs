//! From ONNX nodes to layers: reads the attributes and constants of each, and refuses what Convoy
//! cannot run, all of it at once.

use super::attributes::Attributes;
use super::constant::{Constants, Tensor};
use super::error::{ImportError, Refusal};
use super::proto::NodeProto;
use super::resize::{ResizeSpec, Target};
use super::spec::{Kind, Spec};
use super::window::WindowSpec;
use crate::Activation;

/// What a node's meaning hangs on besides itself.
pub(crate) struct Reader<'a> {
    /// The numbers in the file.
    pub(crate) constants: &'a Constants<'a>,
    /// Version of the operator set.
    pub(crate) opset: i64,
}

impl Reader<'_> {
    /// The layers of `nodes`, in the same order.
    ///
    /// # Errors
    /// [`ImportError::Unsupported`] with every node that cannot be run.
    pub(crate) fn read(&self, nodes: &[&NodeProto]) -> Result<Vec<Spec>, ImportError> {
        let mut specs = Vec::new();
        let mut refusals = Vec::new();
        for node in nodes {
            match self.read_node(node) {
                Ok(spec) => specs.push(spec),
                Err(reason) => {
                    let operator = match node.domain.as_str() {
                        "" | "ai.onnx" => node.op_type.clone(),
                        domain => format!("{domain}.{}", node.op_type),
                    };
                    refusals.push(Refusal { operator, node: label(node), reason });
                }
            }
        }
        if refusals.is_empty() { Ok(specs) } else { Err(ImportError::Unsupported(refusals)) }
    }

    fn read_node(&self, node: &NodeProto) -> Result<Spec, String> {
        if !matches!(node.domain.as_str(), "" | "ai.onnx") {
            return Err("only standard ONNX operators are supported".to_owned());
        }
        let attributes = Attributes::of(node);
        let operands = Operands { names: &node.input, constants: self.constants };
        let (kind, inputs) = self.kind(node, &attributes, &operands)?;
        let problems = attributes.into_problems();
        if !problems.is_empty() {
            return Err(problems.join("; "));
        }
        Ok(Spec {
            operator: node.op_type.clone(),
            node: label(node),
            inputs,
            output: node.output.first().cloned().unwrap_or_default(),
            kind,
        })
    }

    /// What the node does and the maps it reads.
    fn kind(
        &self,
        node: &NodeProto,
        attributes: &Attributes<'_>,
        operands: &Operands<'_>,
    ) -> Result<(Kind, Vec<String>), String> {
        let kind = match node.op_type.as_str() {
            "Conv" => conv(attributes, operands)?,
            "Gemm" => gemm(attributes, operands)?,
            "BatchNormalization" => batch_normalization(attributes, operands)?,
            "MaxPool" => {
                attributes.require_int("storage_order", 0, 0);
                Kind::MaxPool { window: WindowSpec::read(attributes, None, true) }
            }
            "AveragePool" => Kind::AveragePool {
                window: WindowSpec::read(attributes, None, true),
                count_include_pad: attributes.int("count_include_pad", 0) != 0,
            },
            "GlobalAveragePool" => Kind::GlobalAveragePool,
            "Relu" => Kind::Activation(Activation::Relu),
            "Sigmoid" => Kind::Activation(Activation::Sigmoid),
            "LeakyRelu" => {
                let slope = finite("alpha", attributes.float("alpha", 0.01))?;
                Kind::Activation(Activation::LeakyRelu { slope })
            }
            "Clip" => Kind::Activation(self.clip(attributes, operands)?),
            "Add" => return add(operands),
            "Concat" => {
                let axis = attributes.int("axis", 1);
                return Ok((Kind::Concat { axis }, operands.all_maps()?));
            }
            "Resize" => self.resize(attributes, operands)?,
            "Flatten" => Kind::Flatten { axis: attributes.int("axis", 1) },
            "Reshape" => {
                attributes.require_int("allowzero", 0, 0);
                Kind::Reshape { dims: self.constants.integers(operands.name(1)?)?.values }
            }
            "Softmax" => {
                let old = self.opset < 13;
                let axis = attributes.int("axis", if old { 1 } else { -1 });
                Kind::Softmax { axis, all_from_axis: old }
            }
            "Identity" => Kind::Alias,
            "Dropout" => {
                for name in ["ratio", "seed", "is_test"] {
                    attributes.ignore(name);
                }
                Kind::Alias
            }
            _ => return Err("this operator is not supported".to_owned()),
        };
        Ok((kind, vec![operands.map(0)?]))
    }

    /// Bounds are attributes up to opset 10 and inputs after.
    fn clip(
        &self,
        attributes: &Attributes<'_>,
        operands: &Operands<'_>,
    ) -> Result<Activation, String> {
        let (low, high) = if self.opset < 11 {
            (attributes.float("min", f32::MIN), attributes.float("max", f32::MAX))
        } else {
            let bound = |index: usize, default: f32| match operands.optional(index) {
                None => Ok(default),
                Some(name) => match self.constants.floats(name)?.values.as_slice() {
                    [bound] => Ok(*bound),
                    other => Err(format!("'{name}' holds {} values, expected one", other.len())),
                },
            };
            (bound(1, f32::MIN)?, bound(2, f32::MAX)?)
        };
        let (low, high) = (finite("min", low)?, finite("max", high)?);
        if low > high {
            return Err(format!("its lower bound {low} is above its upper bound {high}"));
        }
        Ok(Activation::Clip { low, high })
    }

    fn resize(&self, attributes: &Attributes<'_>, operands: &Operands<'_>) -> Result<Kind, String> {
        let (scales, sizes) = if self.opset < 11 { (1, usize::MAX) } else { (2, 3) };
        let scales =
            operands.optional(scales).map(|name| self.constants.floats(name)).transpose()?;
        let sizes =
            operands.optional(sizes).map(|name| self.constants.integers(name)).transpose()?;
        // An empty tensor stands for an absent one in files of opset 11 and 12.
        let target = match (scales, sizes) {
            (_, Some(sizes)) if !sizes.values.is_empty() => Target::Sizes(sizes.values),
            (Some(scales), _) if !scales.values.is_empty() => Target::Scales(scales.values),
            _ => return Err("it has neither scales nor sizes".to_owned()),
        };
        Ok(Kind::Resize(ResizeSpec::read(attributes, target, self.opset)))
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

fn conv(attributes: &Attributes<'_>, operands: &Operands<'_>) -> Result<Kind, String> {
    let weight = operands.constants.floats(operands.name(1)?)?;
    let &[filters, _, rows, columns] = weight.dims.as_slice() else {
        return Err(format!(
            "its weights are {:?}; only two-dimensional convolution is supported",
            weight.dims
        ));
    };
    let bias = match operands.optional(2) {
        Some(_) => operands.per_channel(2, filters)?,
        None => vec![0.0; filters],
    };
    let kernel = [rows, columns].map(|extent| u32::try_from(extent).unwrap_or(0));
    if kernel.contains(&0) || filters == 0 {
        return Err(format!("its weights are {:?}", weight.dims));
    }
    let groups = attributes.int("group", 1);
    let groups = u32::try_from(groups).map_err(|_| format!("group = {groups}"))?;
    let window = WindowSpec::read(attributes, Some(kernel), false);
    Ok(Kind::Conv { window, groups, weight, bias })
}

/// `alpha * A * B + beta * C` with a constant B and C.
fn gemm(attributes: &Attributes<'_>, operands: &Operands<'_>) -> Result<Kind, String> {
    attributes.require_int("transA", 0, 0);
    let transposed = attributes.int("transB", 0) != 0;
    let alpha = finite("alpha", attributes.float("alpha", 1.0))?;
    let beta = finite("beta", attributes.float("beta", 1.0))?;
    let mut weight = operands.constants.floats(operands.name(1)?)?;
    let &[rows, columns] = weight.dims.as_slice() else {
        return Err(format!("its weights are {:?}, expected two extents", weight.dims));
    };
    if !transposed {
        let values = (0..columns)
            .flat_map(|column| (0..rows).map(move |row| row * columns + column))
            .map(|index| weight.values[index])
            .collect();
        weight = Tensor { dims: vec![columns, rows], values };
    }
    let filters = weight.dims[0];
    let mut bias = match operands.optional(2) {
        None => vec![0.0; filters],
        Some(name) => {
            let bias = operands.constants.floats(name)?;
            match bias.values.as_slice() {
                [value] => vec![*value; filters],
                values if values.len() == filters => bias.values,
                values => {
                    return Err(format!(
                        "'{name}' holds {} values, expected {filters}",
                        values.len()
                    ));
                }
            }
        }
    };
    weight.values.iter_mut().for_each(|value| *value *= alpha);
    bias.iter_mut().for_each(|value| *value *= beta);
    Ok(Kind::Gemm { weight, bias })
}

/// `(x - mean) / sqrt(var + epsilon) * scale + shift`, as one factor and one summand a channel.
fn batch_normalization(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
) -> Result<Kind, String> {
    attributes.ignore("momentum");
    attributes.require_int("training_mode", 0, 0);
    attributes.require_int("spatial", 1, 1);
    let epsilon = f64::from(attributes.float("epsilon", 1e-5));
    let scale = operands.constants.floats(operands.name(1)?)?.values;
    let count = scale.len();
    let shift = operands.per_channel(2, count)?;
    let mean = operands.per_channel(3, count)?;
    let variance = operands.per_channel(4, count)?;
    let mut affine = (Vec::with_capacity(count), Vec::with_capacity(count));
    for channel in 0..count {
        let factor = f64::from(scale[channel]) / (f64::from(variance[channel]) + epsilon).sqrt();
        let summand = f64::from(shift[channel]) - f64::from(mean[channel]) * factor;
        if !(factor as f32).is_finite() || !(summand as f32).is_finite() {
            return Err(format!("channel {channel} has the variance {}", variance[channel]));
        }
        affine.0.push(factor as f32);
        affine.1.push(summand as f32);
    }
    Ok(Kind::Affine { scale: affine.0, shift: affine.1 })
}

/// A sum of two maps, or of a map and one constant a channel.
fn add(operands: &Operands<'_>) -> Result<(Kind, Vec<String>), String> {
    let [first, second] = [operands.name(0)?, operands.name(1)?];
    let (map, constant) =
        match (operands.constants.contains(first), operands.constants.contains(second)) {
            (false, false) => return Ok((Kind::Add, operands.all_maps()?)),
            (false, true) => (0, second),
            (true, _) => (1, first),
        };
    let tensor = operands.constants.floats(constant)?;
    // [channels, 1, 1] or [1, channels, 1, 1]; broadcast along rows or columns is another sum.
    let per_channel = match tensor.dims.as_slice() {
        [_, 1, 1] | [1, _, 1, 1] => true,
        _ => tensor.values.len() == 1,
    };
    if !per_channel {
        return Err(format!(
            "the constant '{constant}' {:?} is not one value a channel",
            tensor.dims
        ));
    }
    let kind = Kind::Affine { scale: vec![1.0], shift: tensor.values };
    Ok((kind, vec![operands.map(map)?]))
}
