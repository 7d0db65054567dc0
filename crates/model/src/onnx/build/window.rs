//! Layers with weights: convolutions, and fully connected ones.

use super::{Builder, Value, as_u32, per_channel};
use crate::onnx::constant::Tensor;
use crate::onnx::layout::{Axis, Layout};
use crate::onnx::transposed::TransposedSpec;
use crate::onnx::window::WindowSpec;
use crate::weights::Parameter;
use crate::{Activation, Op, Padding, Pads, Shape, Window};

impl Builder {
    pub(super) fn conv(
        &mut self,
        first: &Value,
        window: WindowSpec,
        groups: u32,
        weight: Tensor<f32>,
        bias: Vec<f32>,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        first.layout.need_channels_first(shape)?;
        let (mut window, _) = window.on(shape)?;
        let [filters, depth] = [weight.dims[0], weight.dims[1]].map(as_u32);
        if depth.checked_mul(groups) != Some(shape.channels) {
            return Err(format!(
                "its weights are {:?} in {groups} groups, its input has {} channels",
                weight.dims, shape.channels
            ));
        }
        let mut source = first.clone();
        if let Some((before, pads)) = self.zeros_around(first)
            && fits(&window, sum(pads, window.pads))
        {
            // Zeros that a layer of their own put around the map are padding like any other.
            source = before;
            window.pads = sum(pads, window.pads);
            self.taken_over += 1;
        } else if !fits(&window, window.pads) {
            // A kernel may lie wholly in this padding, which only a layer of its own can be.
            let op = Op::Pad { pads: window.pads, padding: Padding::Constant(0.0) };
            let name = format!("{output}/pad");
            self.infer(name.clone(), op, &[source], vec![])?;
            source = self.value(&name).cloned().ok_or("it is not computed")?;
            window.pads = Pads::default();
        }
        let op = Op::Conv { window, filters, groups, activation: Activation::None };
        let weight = ("weight", Parameter { dims: weight.dims, values: weight.values });
        self.infer(output, op, &[source], vec![weight, per_channel("bias", bias)])
    }

    /// What `value` is with zeros around, and how many, where nobody else reads it with them.
    fn zeros_around(&self, value: &Value) -> Option<(Value, Pads)> {
        let layer = &self.layers[value.layer];
        match (layer.op, layer.inputs.as_slice()) {
            (Op::Pad { pads, padding: Padding::Constant(0.0) }, [before]) if value.sole => {
                let layout = value.layout.clone();
                Some((Value { layer: *before, layout, sole: false }, pads))
            }
            _ => None,
        }
    }

    pub(super) fn conv_transpose(
        &mut self,
        first: &Value,
        window: TransposedSpec,
        groups: u32,
        weight: Tensor<f32>,
        bias: Vec<f32>,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        first.layout.need_channels_first(shape)?;
        let (window, more) = window.on(shape);
        let [channels, of_group] = [weight.dims[0], weight.dims[1]].map(as_u32);
        let filters = of_group.saturating_mul(groups);
        if channels != shape.channels || groups == 0 || !channels.is_multiple_of(groups) {
            return Err(format!(
                "its weights are {:?} in {groups} groups, its input has {} channels",
                weight.dims, shape.channels
            ));
        }
        let bias = if bias.is_empty() { vec![0.0; filters as usize] } else { bias };
        if bias.len() != filters as usize {
            return Err(format!("it has {} biases for {filters} filters", bias.len()));
        }
        let activation = Activation::None;
        let op = Op::ConvTranspose { window, more, filters, groups, activation };
        let weight = ("weight", Parameter { dims: weight.dims, values: weight.values });
        let source = std::slice::from_ref(first);
        self.infer(output, op, source, vec![weight, per_channel("bias", bias)])
    }

    pub(super) fn gemm(
        &mut self,
        first: &Value,
        mut weight: Tensor<f32>,
        bias: Vec<f32>,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let [filters, inputs] = [weight.dims[0], weight.dims[1]].map(as_u32);
        let flat = first.layout.is_flat(shape);
        if !flat || inputs != shape.channels || (shape.height, shape.width) != (1, 1) {
            return Err(format!(
                "its weights take {inputs} values, its input is {shape}{}",
                if flat { "" } else { " and not flattened" }
            ));
        }
        if let [.., Axis::Pixels(seen)] = first.layout.axes()? {
            weight.values = channels_first(&weight.values, *seen);
        }
        let op = Op::Gemm { filters, activation: Activation::None };
        let weight = ("weight", Parameter { dims: weight.dims, values: weight.values });
        let shape = Shape::new(filters, 1, 1);
        let parameters = vec![weight, per_channel("bias", bias)];
        self.push_seen(output, op, std::slice::from_ref(first), shape, Layout::flat(), parameters)
    }

    /// Fully connected where the input is flat; where the file sees the channels last, a convolution
    /// of one pixel.
    pub(super) fn mat_mul(
        &mut self,
        first: &Value,
        weight: Tensor<f32>,
        output: String,
    ) -> Result<(), String> {
        let shape = self.shape(first);
        let filters = weight.dims[0];
        if first.layout.is_flat(shape) {
            return self.gemm(first, weight, vec![0.0; filters], output);
        }
        let (_, last) = first.layout.role(-1)?;
        if last != Axis::Channels || weight.dims[1] != shape.channels as usize {
            return Err(format!(
                "its weights take {} values, its input is seen as {:?}",
                weight.dims[1],
                first.layout.extents(shape)
            ));
        }
        let window = Window::square(1, 1, 0);
        let (filters, activation) = (as_u32(filters), Activation::None);
        let op = Op::Conv { window, filters, groups: 1, activation };
        let dims = vec![weight.dims[0], weight.dims[1], 1, 1];
        let bias = per_channel("bias", vec![0.0; weight.dims[0]]);
        let weight = ("weight", Parameter { dims, values: weight.values });
        self.infer(output, op, std::slice::from_ref(first), vec![weight, bias])
    }
}

/// Weights of a row for each filter, their columns from row, column, channel order to channel, row,
/// column order.
fn channels_first(values: &[f32], seen: Shape) -> Vec<f32> {
    let (channels, pixels) = (seen.channels as usize, (seen.height * seen.width) as usize);
    let column = |index: usize| index % pixels * channels + index / pixels;
    values
        .chunks_exact(channels * pixels)
        .flat_map(|row| (0..row.len()).map(move |index| row[column(index)]))
        .collect()
}

const fn sum(a: Pads, b: Pads) -> Pads {
    Pads {
        top: a.top.saturating_add(b.top),
        left: a.left.saturating_add(b.left),
        bottom: a.bottom.saturating_add(b.bottom),
        right: a.right.saturating_add(b.right),
    }
}

/// Whether every kernel of the window sees some of the map.
fn fits(window: &Window, pads: Pads) -> bool {
    let reach = |axis: usize| {
        u64::from(window.dilation[axis]) * u64::from(window.kernel[axis].saturating_sub(1)) + 1
    };
    u64::from(pads.top.max(pads.bottom)) < reach(0)
        && u64::from(pads.left.max(pads.right)) < reach(1)
}
