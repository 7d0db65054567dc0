//! From layers as the file describes them to layers with shapes: infers every shape, drops what
//! changes nothing, folds what a layer before can take over.

mod moves;
mod pointwise;
#[cfg(test)]
mod tests;
mod window;

use super::fold;
use super::layout::Layout;
use super::spec::{Kind, Spec};
use crate::infer::output_shape;
use crate::validate::{MAX_NODES, MAX_PARAMETERS, check_extents};
use crate::weights::Parameter;
use crate::{Activation, Op, Shape};
use std::collections::HashMap;

/// One layer of the network to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) op: Op,
    /// Indices of the layers it reads.
    pub(crate) inputs: Vec<usize>,
    pub(crate) shape: Shape,
    /// Its weights, by what they are called after its name: `weight`, `bias`, `scale` or `shift`.
    pub(crate) parameters: Parameters,
}

/// Weights by what they are called after their layer's name.
pub(crate) type Parameters = Vec<(&'static str, Parameter)>;

/// A tensor of the file: which layer makes it, and how the file sees it.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) layer: usize,
    pub(crate) layout: Layout,
    /// Whether this tensor, and each that it only renames, has one reader.
    pub(crate) sole: bool,
}

/// The layers so far.
pub(crate) struct Builder {
    /// In topological order; the first is the input.
    pub(crate) layers: Vec<Layer>,
    values: HashMap<String, Value>,
    readers: HashMap<String, usize>,
    /// Layers that nobody reads any more since another took them over.
    taken_over: usize,
    /// Weights of all layers.
    weights: u64,
}

impl Builder {
    /// A network of the input alone. How often each tensor is read decides what may be folded.
    pub(crate) fn new(
        input: &str,
        shape: Shape,
        layout: Layout,
        readers: HashMap<String, usize>,
    ) -> Self {
        let layer = Layer {
            name: input.to_owned(),
            op: Op::Input,
            inputs: Vec::new(),
            shape,
            parameters: Vec::new(),
        };
        let value = Value { layer: 0, layout, sole: false };
        let values = HashMap::from([(input.to_owned(), value)]);
        Self { layers: vec![layer], values, readers, taken_over: 0, weights: 0 }
    }

    /// The tensor `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The extents that the file sees of the tensor `name`.
    pub(crate) fn extents(&self, name: &str) -> Option<Vec<i64>> {
        let value = self.value(name)?;
        Some(value.layout.extents(self.shape(value)))
    }

    /// Whether anybody reads the tensor `name`.
    pub(crate) fn is_read(&self, name: &str) -> bool {
        self.readers.contains_key(name)
    }

    fn shape(&self, value: &Value) -> Shape {
        self.layers[value.layer].shape
    }

    /// Adds a layer; all before it that it reads must have been added.
    pub(crate) fn add(&mut self, spec: Spec) -> Result<(), String> {
        let Spec { inputs, output, kind } = spec;
        let mut sources = Vec::with_capacity(inputs.len());
        for name in &inputs {
            let value = self.value(name).cloned();
            sources.push(value.ok_or_else(|| format!("'{name}' is not computed"))?);
        }
        let [first, ..] = sources.as_slice() else {
            return Err("it reads nothing".to_owned());
        };
        let (first, shape) = (first.clone(), self.shape(first));
        match kind {
            Kind::Alias => self.rename(&first, first.layout.clone(), output),
            Kind::Conv { window, groups, weight, bias } => {
                self.conv(&first, window, groups, weight, bias, output)?;
            }
            Kind::ConvTranspose { window, groups, weight, bias } => {
                self.conv_transpose(&first, window, groups, weight, bias, output)?;
            }
            Kind::Gemm { weight, bias } => self.gemm(&first, weight, bias, output)?,
            Kind::MatMul { weight } => self.mat_mul(&first, weight, output)?,
            Kind::MaxPool { window } => {
                first.layout.need_channels_first(shape)?;
                let (window, _) = window.on(shape)?;
                self.infer(output, Op::MaxPool { window }, &sources, vec![])?;
            }
            Kind::AveragePool { window, count_include_pad } => {
                first.layout.need_channels_first(shape)?;
                let (window, overhang) = window.on(shape)?;
                let overhang = if count_include_pad { overhang } else { [0; 2] };
                let op = Op::AveragePool { window, count_include_pad, overhang };
                self.infer(output, op, &sources, vec![])?;
            }
            Kind::GlobalPool { largest } => {
                first.layout.need_channels_first(shape)?;
                self.infer(output, global(largest), &sources, vec![])?;
            }
            Kind::Reduce { largest, axes, keep } => {
                self.reduce(&first, largest, axes.as_deref(), keep, output)?;
            }
            Kind::Activation(activation) => self.activation(&first, activation, output)?,
            Kind::PRelu { slope } => self.p_relu(&first, &slope, output)?,
            Kind::Affine { scale, shift } => {
                // Numbers stand for axis 1.
                match first.layout.axes()? {
                    [_, super::layout::Axis::Channels, ..] => {}
                    _ if first.layout.is_channels_first(shape) => {}
                    _ => first.layout.need_channels_first(shape)?,
                }
                self.affine(&first, scale, shift, output)?;
            }
            Kind::InstanceNorm { epsilon, scale, shift } => {
                self.instance_norm(&first, epsilon, [scale, shift], output)?;
            }
            Kind::Sum => self.sum(&sources, output)?,
            Kind::Binary(operation) => self.binary(operation, &sources, output)?,
            Kind::WithConstant { operation, constant, name, first: constant_first } => {
                self.with_constant(&first, operation, &constant, constant_first, output)
                    .map_err(|reason| format!("with the constant '{name}': {reason}"))?;
            }
            Kind::Concat { axis } => self.concat(&sources, axis, output)?,
            Kind::Resize(resize) => {
                first.layout.need_channels_first(shape)?;
                let (interpolation, [height, width]) = resize.on(shape)?;
                let target = Shape::new(shape.channels, height, width);
                if target == shape {
                    self.rename(&first, first.layout.clone(), output);
                } else {
                    let op = Op::Resize { interpolation };
                    self.push(output, op, &sources, target, vec![])?;
                }
            }
            Kind::Pad { pads, axes, padding } => {
                self.pad(&first, &pads, axes.as_deref(), padding, output)?;
            }
            Kind::Slice { starts, ends, axes, steps } => {
                self.slice(&first, [&starts, &ends], axes.as_deref(), steps.as_deref(), output)?;
            }
            Kind::Split { axis, sizes, count, index } => {
                self.split(&first, axis, sizes.as_deref(), [index, count], output)?;
            }
            Kind::DepthToSpace { block, order } => {
                first.layout.need_channels_first(shape)?;
                self.infer(output, Op::DepthToSpace { block, order }, &sources, vec![])?;
            }
            Kind::SpaceToDepth { block } => {
                first.layout.need_channels_first(shape)?;
                self.infer(output, Op::SpaceToDepth { block }, &sources, vec![])?;
            }
            Kind::ChannelShuffle { apart, whole } => {
                self.shuffle(&first, [&apart, &whole], output)?;
            }
            Kind::Transpose { perm } => {
                let layout = first.layout.transposed(perm.as_deref())?;
                self.rename(&first, layout, output);
            }
            Kind::Flatten { axis } => self.flatten_from(&first, axis, output)?,
            Kind::Reshape { dims } => self.reshape(&first, &dims, output)?,
            Kind::Squeeze { axes } => self.squeeze(&first, axes.as_deref(), output)?,
            Kind::Unsqueeze { axes } => self.unsqueeze(&first, &axes, output)?,
            Kind::Softmax { axis, all_from_axis } => {
                self.softmax(&first, axis, all_from_axis, output)?;
            }
        }
        Ok(())
    }

    /// Adds a layer whose shape follows from its inputs.
    fn infer(
        &mut self,
        name: String,
        op: Op,
        sources: &[Value],
        parameters: Parameters,
    ) -> Result<(), String> {
        let shapes: Vec<Shape> = sources.iter().map(|source| self.shape(source)).collect();
        let shape = output_shape(&op, &shapes)?;
        self.push(name, op, sources, shape, parameters)
    }

    /// Adds a layer whose map the file sees as it sees the first that it reads.
    fn push(
        &mut self,
        name: String,
        op: Op,
        sources: &[Value],
        shape: Shape,
        parameters: Parameters,
    ) -> Result<(), String> {
        let layout = sources.first().map_or(Layout::channels_first(), |first| first.layout.clone());
        self.push_seen(name, op, sources, shape, layout, parameters)
    }

    fn push_seen(
        &mut self,
        name: String,
        op: Op,
        sources: &[Value],
        shape: Shape,
        layout: Layout,
        parameters: Parameters,
    ) -> Result<(), String> {
        check_extents(shape).map_err(|problem| format!("it {problem}"))?;
        if self.layers.len() - self.taken_over >= MAX_NODES {
            return Err(format!("the network has more than {MAX_NODES} layers"));
        }
        let more = parameters.iter().map(|(_, parameter)| parameter.values.len() as u64);
        self.weights = more.fold(self.weights, u64::saturating_add);
        if self.weights > MAX_PARAMETERS {
            return Err(format!("the network has more than {MAX_PARAMETERS} weights"));
        }
        let value = Value { layer: self.layers.len(), layout, sole: self.is_sole(&name) };
        let inputs = sources.iter().map(|source| source.layer).collect();
        self.values.insert(name.clone(), value);
        self.layers.push(Layer { name, op, inputs, shape, parameters });
        Ok(())
    }

    /// Another name for what is there.
    fn rename(&mut self, of: &Value, layout: Layout, name: String) {
        let value = Value { layer: of.layer, layout, sole: of.sole && self.is_sole(&name) };
        self.values.insert(name, value);
    }

    /// Another name for what is there, after its layer took another one in: now also the layer's.
    fn take_over(&mut self, of: &Value, name: String) {
        self.layers[of.layer].name.clone_from(&name);
        self.rename(of, of.layout.clone(), name);
    }

    fn is_sole(&self, name: &str) -> bool {
        self.readers.get(name) == Some(&1)
    }

    fn activation(
        &mut self,
        first: &Value,
        activation: Activation,
        output: String,
    ) -> Result<(), String> {
        if first.sole && fold::activation(&mut self.layers[first.layer], activation) {
            self.take_over(first, output);
            return Ok(());
        }
        let shape = self.shape(first);
        self.push(output, Op::Activation { activation }, std::slice::from_ref(first), shape, vec![])
    }
}

/// Mean or largest value of each channel.
const fn global(largest: bool) -> Op {
    if largest { Op::GlobalMaxPool } else { Op::GlobalAveragePool }
}

/// One value a filter or channel.
fn per_channel(suffix: &'static str, values: Vec<f32>) -> (&'static str, Parameter) {
    (suffix, Parameter { dims: vec![values.len()], values })
}

/// An extent of weights that are in memory.
fn as_u32(extent: usize) -> u32 {
    u32::try_from(extent).unwrap_or(u32::MAX)
}
