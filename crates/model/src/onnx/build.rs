//! From layers as the file describes them to layers with shapes: infers every shape, drops what
//! changes nothing, folds what a layer before can take over.

use super::error::{ImportError, Refusal};
use super::fold;
use super::spec::{Kind, Spec};
use crate::infer::output_shape;
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
    pub(crate) parameters: Vec<(&'static str, Parameter)>,
}

/// A tensor of the file: which layer makes it, and how the file sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value {
    pub(crate) layer: usize,
    /// Whether the file has it as `[1, channels]`, without rows and columns.
    pub(crate) flat: bool,
    /// Whether this tensor, and each that it only renames, has one reader.
    pub(crate) sole: bool,
}

/// The layers so far.
pub(crate) struct Builder {
    /// In topological order; the first is the input.
    pub(crate) layers: Vec<Layer>,
    values: HashMap<String, Value>,
    readers: HashMap<String, usize>,
}

impl Builder {
    /// A network of the input alone. `specs` are all layers to come and `outputs` what is kept:
    /// how often each tensor is read decides what may be folded.
    pub(crate) fn new(input: &str, shape: Shape, specs: &[Spec], outputs: &[&str]) -> Self {
        let mut readers: HashMap<String, usize> = HashMap::new();
        let read = specs.iter().flat_map(|spec| spec.inputs.iter().map(String::as_str));
        for name in read.chain(outputs.iter().copied()) {
            *readers.entry(name.to_owned()).or_default() += 1;
        }
        let layer = Layer {
            name: input.to_owned(),
            op: Op::Input,
            inputs: Vec::new(),
            shape,
            parameters: Vec::new(),
        };
        let value = Value { layer: 0, flat: false, sole: false };
        Self { layers: vec![layer], values: HashMap::from([(input.to_owned(), value)]), readers }
    }

    /// The tensor `name`.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).copied()
    }

    /// Adds a layer; all before it that it reads must have been added.
    pub(crate) fn add(&mut self, spec: Spec) -> Result<(), ImportError> {
        let Spec { operator, node, inputs, output, kind } = spec;
        self.place(&inputs, output, kind)
            .map_err(|reason| ImportError::Unsupported(vec![Refusal { operator, node, reason }]))
    }

    fn place(&mut self, inputs: &[String], output: String, kind: Kind) -> Result<(), String> {
        let mut sources = Vec::with_capacity(inputs.len());
        for name in inputs {
            sources.push(self.value(name).ok_or_else(|| format!("'{name}' is not computed"))?);
        }
        let &[first, ..] = sources.as_slice() else {
            return Err("it reads nothing".to_owned());
        };
        let shape = self.layers[first.layer].shape;
        match kind {
            Kind::Alias => self.rename(first, first.flat, output),
            Kind::Activation(activation) => {
                if first.sole && fold::activation(&mut self.layers[first.layer], activation) {
                    self.take_over(first, output);
                } else {
                    self.push(output, Op::Activation { activation }, &sources, shape, vec![]);
                }
            }
            Kind::Affine { scale, shift } => {
                let [scale, shift] = [scale, shift].map(|values| fold::broadcast(values, shape));
                let (scale, shift) = (scale?, shift?);
                if first.sole && fold::affine(&mut self.layers[first.layer], &scale, &shift) {
                    self.take_over(first, output);
                } else {
                    let parameters = vec![per_channel("scale", scale), per_channel("shift", shift)];
                    self.push(output, Op::Affine, &sources, shape, parameters);
                }
            }
            Kind::Conv { window, groups, weight, bias } => {
                let (window, _) = window.on(shape)?;
                let [filters, depth] = [weight.dims[0], weight.dims[1]].map(as_u32);
                if depth.checked_mul(groups) != Some(shape.channels) {
                    return Err(format!(
                        "its weights are {:?} in {groups} groups, its input has {} channels",
                        weight.dims, shape.channels
                    ));
                }
                let op = Op::Conv { window, filters, groups, activation: Activation::None };
                let weight = ("weight", Parameter { dims: weight.dims, values: weight.values });
                self.infer(output, op, &sources, vec![weight, per_channel("bias", bias)])?;
            }
            Kind::Gemm { weight, bias } => {
                let [filters, inputs] = [weight.dims[0], weight.dims[1]].map(as_u32);
                if !first.flat || inputs != shape.channels {
                    return Err(format!(
                        "its weights take {inputs} values, its input is {shape}{}",
                        if first.flat { "" } else { " and not flattened" }
                    ));
                }
                let op = Op::Gemm { filters, activation: Activation::None };
                let weight = ("weight", Parameter { dims: weight.dims, values: weight.values });
                self.infer(output, op, &sources, vec![weight, per_channel("bias", bias)])?;
            }
            Kind::MaxPool { window } => {
                let (window, _) = window.on(shape)?;
                self.infer(output, Op::MaxPool { window }, &sources, vec![])?;
            }
            Kind::AveragePool { window, count_include_pad } => {
                let (window, grew) = window.on(shape)?;
                if grew && count_include_pad {
                    // What rounding up adds never counts in the divisor, what the file pads does.
                    return Err("ceil_mode together with count_include_pad".to_owned());
                }
                let op = Op::AveragePool { window, count_include_pad };
                self.infer(output, op, &sources, vec![])?;
            }
            Kind::GlobalAveragePool => {
                self.infer(output, Op::GlobalAveragePool, &sources, vec![])?;
            }
            Kind::Add => {
                self.infer(output, Op::Add { activation: Activation::None }, &sources, vec![])?;
            }
            Kind::Concat { axis } => {
                let rank = if first.flat { 2 } else { 4 };
                if axis != 1 && axis != 1 - rank {
                    return Err(format!("axis = {axis} (only channels, axis 1, is supported)"));
                }
                if sources.len() == 1 {
                    self.rename(first, first.flat, output);
                } else {
                    self.infer(output, Op::Concat, &sources, vec![])?;
                }
            }
            Kind::Resize(resize) => {
                let (interpolation, [height, width]) = resize.on(shape)?;
                let target = Shape::new(shape.channels, height, width);
                if target == shape {
                    self.rename(first, first.flat, output);
                } else {
                    self.push(output, Op::Resize { interpolation }, &sources, target, vec![]);
                }
            }
            Kind::Flatten { axis } => {
                let rank = if first.flat { 2 } else { 4 };
                if axis != 1 && axis != 1 - rank {
                    return Err(format!("axis = {axis} (only axis 1 is supported)"));
                }
                self.flatten(first, true, output);
            }
            Kind::Reshape { dims } => self.reshape(first, &dims, output)?,
            Kind::Softmax { axis, all_from_axis } => {
                self.softmax(first, axis, all_from_axis, output)?;
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
        parameters: Vec<(&'static str, Parameter)>,
    ) -> Result<(), String> {
        let shapes: Vec<Shape> =
            sources.iter().map(|source| self.layers[source.layer].shape).collect();
        let shape = output_shape(&op, &shapes)?;
        self.push(name, op, sources, shape, parameters);
        Ok(())
    }

    fn push(
        &mut self,
        name: String,
        op: Op,
        sources: &[Value],
        shape: Shape,
        parameters: Vec<(&'static str, Parameter)>,
    ) {
        let flat = sources.first().is_some_and(|first| first.flat);
        let value = Value { layer: self.layers.len(), flat, sole: self.is_sole(&name) };
        let inputs = sources.iter().map(|source| source.layer).collect();
        self.values.insert(name.clone(), value);
        self.layers.push(Layer { name, op, inputs, shape, parameters });
    }

    /// Another name for what is there.
    fn rename(&mut self, of: Value, flat: bool, name: String) {
        let value = Value { layer: of.layer, flat, sole: of.sole && self.is_sole(&name) };
        self.values.insert(name, value);
    }

    /// Another name for what is there, after its layer took another one in: now also the layer's.
    fn take_over(&mut self, of: Value, name: String) {
        self.layers[of.layer].name.clone_from(&name);
        self.rename(of, of.flat, name);
    }

    fn is_sole(&self, name: &str) -> bool {
        self.readers.get(name) == Some(&1)
    }

    /// Channels, rows and columns in one, which is nothing to do where there is one pixel.
    fn flatten(&mut self, value: Value, flat: bool, name: String) {
        let shape = self.layers[value.layer].shape;
        if shape.height == 1 && shape.width == 1 {
            return self.rename(value, flat, name);
        }
        // Within a u32: Graph::validate holds every map to far fewer elements.
        let channels = u32::try_from(shape.elements()).unwrap_or(u32::MAX);
        let shape = Shape::new(channels, 1, 1);
        self.push(name.clone(), Op::Flatten, &[value], shape, vec![]);
        self.values.entry(name).and_modify(|value| value.flat = flat);
    }

    /// A reshape that keeps everything or flattens; any other is refused.
    fn reshape(&mut self, value: Value, dims: &[i64], name: String) -> Result<(), String> {
        let shape = self.layers[value.layer].shape;
        let total = i64::try_from(shape.elements()).unwrap_or(i64::MAX);
        let old: Vec<i64> = if value.flat {
            vec![1, total]
        } else {
            vec![1, shape.channels.into(), shape.height.into(), shape.width.into()]
        };
        let refuse = || format!("{shape} to {dims:?} (only flattening is supported)");
        let mut new: Vec<i64> = dims
            .iter()
            .enumerate()
            .map(|(axis, dim)| if *dim == 0 { old.get(axis).copied() } else { Some(*dim) })
            .collect::<Option<_>>()
            .ok_or_else(refuse)?;
        if let Some(open) = new.iter().position(|dim| *dim == -1) {
            let known = new
                .iter()
                .enumerate()
                .filter(|(axis, _)| *axis != open)
                .try_fold(1_i64, |product, (_, dim)| product.checked_mul(*dim))
                .filter(|product| *product > 0 && total % product == 0)
                .ok_or_else(refuse)?;
            new[open] = total / known;
        }
        if new == old {
            self.rename(value, value.flat, name);
        } else if new == [1, total] {
            self.flatten(value, true, name);
        } else if new == [1, total, 1, 1] {
            self.flatten(value, false, name);
        } else {
            return Err(refuse());
        }
        Ok(())
    }

    /// Softmax over channels; over everything where that is the same. Over the one channel of a
    /// column it would make ones, and is taken for what it is not here.
    fn softmax(
        &mut self,
        value: Value,
        axis: i64,
        all_from_axis: bool,
        name: String,
    ) -> Result<(), String> {
        let shape = self.layers[value.layer].shape;
        let rank = if value.flat { 2 } else { 4 };
        let one_pixel = shape.height == 1 && shape.width == 1;
        let unclear = shape.is_rows() || (all_from_axis && !one_pixel);
        if (axis != 1 && axis != 1 - rank) || unclear {
            return Err(format!("axis = {axis} of {shape} (only channels are supported)"));
        }
        self.infer(name, Op::Softmax, &[value], vec![])
    }
}

/// One value a filter or channel.
fn per_channel(suffix: &'static str, values: Vec<f32>) -> (&'static str, Parameter) {
    (suffix, Parameter { dims: vec![values.len()], values })
}

/// An extent of weights that are in memory.
fn as_u32(extent: usize) -> u32 {
    u32::try_from(extent).unwrap_or(u32::MAX)
}
