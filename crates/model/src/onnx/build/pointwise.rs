//! Layers that take value by value, and what they need of a whole map.

use super::{Builder, Value, global, per_channel};
use crate::onnx::constant::Tensor;
use crate::onnx::fold;
use crate::onnx::layout::{Axis, Layout};
use crate::onnx::spec::Operation;
use crate::{Activation, Arithmetic, Op, Shape};

impl Builder {
    /// `x * scale + shift`, one of each a channel or one for all.
    pub(super) fn affine(
        &mut self,
        first: &Value,
        scale: Vec<f32>,
        shift: Vec<f32>,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let (scale, shift) = (fold::broadcast(scale, shape)?, fold::broadcast(shift, shape)?);
        if scale.iter().all(|factor| *factor == 1.0) && shift.iter().all(|summand| *summand == 0.0)
        {
            self.rename(first, first.layout.clone(), output);
            return Ok(());
        }
        if first.sole && fold::affine(&mut self.layers[first.layer], &scale, &shift) {
            self.take_over(first, output);
            return Ok(());
        }
        let parameters = vec![per_channel("scale", scale), per_channel("shift", shift)];
        self.push(output, Op::Affine, std::slice::from_ref(first), shape, parameters)
    }

    pub(super) fn p_relu(
        &mut self,
        first: &Value,
        slope: &Tensor<f32>,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        match of_channels(first, shape, slope)?.as_slice() {
            [slope] => self.activation(first, Activation::LeakyRelu { slope: *slope }, output),
            slopes => {
                let slopes = fold::broadcast(slopes.to_vec(), shape)?;
                let parameters = vec![per_channel("slope", slopes)];
                self.push(output, Op::PRelu, std::slice::from_ref(first), shape, parameters)
            }
        }
    }

    pub(super) fn instance_norm(
        &mut self,
        first: &Value,
        epsilon: f32,
        [scale, shift]: [Vec<f32>; 2],
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        first.layout.need_channels_first(shape)?;
        let moments = format!("{output}/moments");
        self.infer(moments.clone(), Op::Moments, std::slice::from_ref(first), vec![])?;
        let moments = self.value(&moments).cloned().ok_or("it is not computed")?;
        let (scale, shift) = (fold::broadcast(scale, shape)?, fold::broadcast(shift, shape)?);
        let parameters = vec![per_channel("scale", scale), per_channel("shift", shift)];
        let op = Op::Normalize { epsilon, activation: Activation::None };
        self.infer(output, op, &[first.clone(), moments], parameters)
    }

    pub(super) fn sum(&mut self, sources: &[Value], output: String) -> Result<(), String> {
        let [first, others @ ..] = sources else { return Err("it reads nothing".to_owned()) };
        if others.is_empty() {
            self.rename(first, first.layout.clone(), output);
            return Ok(());
        }
        self.together(Op::Add { activation: Activation::None }, sources, output)
    }

    pub(super) fn binary(
        &mut self,
        operation: Operation,
        sources: &[Value],
        output: String,
    ) -> Result<(), String> {
        let activation = Activation::None;
        let of = |operation| Op::Arithmetic { operation, activation };
        let op = match operation {
            Operation::Add => Op::Add { activation },
            Operation::Sub => of(Arithmetic::Sub),
            Operation::Mul => of(Arithmetic::Mul),
            Operation::Div => of(Arithmetic::Div),
        };
        self.together(op, sources, output)
    }

    /// Adds a layer that combines maps value by value.
    fn together(&mut self, op: Op, sources: &[Value], output: String) -> Result<(), String> {
        let [first, others @ ..] = sources else { return Err("it reads nothing".to_owned()) };
        let (mut layout, mut shape) = (first.layout.clone(), self.shape(first));
        for other in others {
            let of = self.shape(other);
            layout = layout.joined(shape, &other.layout, of)?;
            shape = crate::infer::broadcast(shape, of)?;
        }
        self.push_seen(output, op, sources, shape, layout, vec![])
    }

    pub(super) fn with_constant(
        &mut self,
        first: &Value,
        operation: Operation,
        constant: &Tensor<f32>,
        constant_first: bool,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let values = of_channels(first, shape, constant)?;
        let each = |of: &dyn Fn(f32) -> f32| -> Vec<f32> {
            values.iter().map(|value| of(*value)).collect()
        };
        let (scale, shift) = match (operation, constant_first) {
            (Operation::Add, _) => (vec![1.0], values),
            (Operation::Sub, false) => (vec![1.0], each(&|value| -value)),
            (Operation::Sub, true) => (vec![-1.0], values),
            (Operation::Mul, _) => (values, vec![0.0]),
            (Operation::Div, false) => (each(&|value| 1.0 / value), vec![0.0]),
            (Operation::Div, true) => {
                return Err("a constant divided by a map is not supported".to_owned());
            }
        };
        if scale.iter().any(|value| !value.is_finite()) {
            return Err("it divides by zero".to_owned());
        }
        self.affine(first, scale, shift, output)
    }

    pub(super) fn concat(
        &mut self,
        sources: &[Value],
        axis: i64,
        output: String,
    ) -> Result<(), String> {
        let [first, others @ ..] = sources else { return Err("it reads nothing".to_owned()) };
        let shape = self.shape(first);
        let (_, role) = first.layout.role(axis)?;
        if role != Axis::Channels {
            return Err(format!("axis = {axis} (only channels can be joined)"));
        }
        for other in others {
            let of = self.shape(other);
            let alike = first.layout.axes()? == other.layout.axes()?
                || (first.layout.is_channels_first(shape) && other.layout.is_channels_first(of));
            if !alike {
                return Err(format!(
                    "it joins {:?} of {shape} and {:?} of {of}",
                    first.layout.extents(shape),
                    other.layout.extents(of)
                ));
            }
        }
        if others.is_empty() {
            self.rename(first, first.layout.clone(), output);
            return Ok(());
        }
        self.infer(output, Op::Concat, sources, vec![])
    }

    /// A mean or largest value over rows and columns.
    pub(super) fn reduce(
        &mut self,
        first: &Value,
        largest: bool,
        axes: Option<&[i64]>,
        keep: bool,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let seen = first.layout.axes()?;
        let all: Vec<i64> = (0..seen.len() as i64).collect();
        let mut over = Vec::new();
        for axis in axes.unwrap_or(&all) {
            over.push(first.layout.role(*axis)?);
        }
        let covers = |wanted: Axis| over.iter().any(|(_, role)| *role == wanted);
        let whole = (shape.height == 1 || covers(Axis::Rows))
            && (shape.width == 1 || covers(Axis::Columns));
        let keeps = over.iter().all(|(_, role)| match role {
            Axis::Channels | Axis::Pixels(_) => shape.channels == 1,
            _ => true,
        });
        if !whole || !keeps {
            return Err(format!(
                "axes {axes:?} of {:?} (only rows and columns together can be reduced)",
                first.layout.extents(shape)
            ));
        }
        let kept = |(index, axis): (usize, &Axis)| {
            let gone = over.iter().any(|(reduced, _)| *reduced == index);
            (keep || !gone).then_some(*axis)
        };
        let layout = Layout::Axes(seen.iter().enumerate().filter_map(kept).collect());
        if (shape.height, shape.width) == (1, 1) {
            self.rename(first, layout, output);
            return Ok(());
        }
        let shape = Shape::new(shape.channels, 1, 1);
        let source = std::slice::from_ref(first);
        self.push_seen(output, global(largest), source, shape, layout, vec![])
    }

    /// Softmax over channels; over everything where that is the same.
    pub(super) fn softmax(
        &mut self,
        value: &Value,
        axis: i64,
        all_from_axis: bool,
        name: String,
    ) -> Result<(), String> {
        let shape = self.shape(value);
        let (index, role) = value.layout.role(axis)?;
        let from: i64 = value.layout.extents(shape)[index..].iter().product();
        // Over the one channel of a column it would make ones, and is taken for what it is not here.
        let unclear = shape.is_rows() || (all_from_axis && from != i64::from(shape.channels));
        if role != Axis::Channels || unclear {
            return Err(format!("axis = {axis} of {shape} (only channels are supported)"));
        }
        if shape.channels == 1 {
            return Err("it weighs one channel against itself".to_owned());
        }
        self.infer(name, Op::Softmax, std::slice::from_ref(value), vec![])
    }
}

/// A constant as one value a channel, or one for all; its axes are counted from the last.
fn of_channels(value: &Value, shape: Shape, constant: &Tensor<f32>) -> Result<Vec<f32>, String> {
    if constant.values.len() == 1 && constant.dims.len() <= 4 {
        return Ok(constant.values.clone());
    }
    let axes = value.layout.axes()?;
    let refuse = || {
        format!(
            "{:?} is not one value a channel of {:?}",
            constant.dims,
            value.layout.extents(shape)
        )
    };
    let missing = axes.len().checked_sub(constant.dims.len()).ok_or_else(refuse)?;
    for (index, extent) in constant.dims.iter().enumerate() {
        let (_, role) = value.layout.role((index + missing) as i64)?;
        let fits = match role {
            Axis::Channels => *extent == shape.channels as usize,
            _ => false,
        };
        if *extent != 1 && !fits {
            return Err(refuse());
        }
    }
    Ok(constant.values.clone())
}
