//! Every operator written out as its definition, value by value: what the engine is held against.

use convoy_engine::Map;
use convoy_model::{
    Activation, Arithmetic, DepthOrder, Graph, NodeId, Op, Padding, Region, Shape, Weights, Window,
};
use std::collections::BTreeMap;

struct Values<'a> {
    shape: Shape,
    values: &'a [f32],
}

impl Values<'_> {
    fn at(&self, channel: u32, row: u32, col: u32) -> f32 {
        let place = (row * self.shape.width + col) * self.shape.channels + channel;
        self.values[place as usize]
    }

    /// The value at a place that may be padding.
    fn try_at(&self, channel: u32, row: i64, col: i64) -> Option<f32> {
        let inside = (0..i64::from(self.shape.height)).contains(&row)
            && (0..i64::from(self.shape.width)).contains(&col);
        inside.then(|| self.at(channel, row as u32, col as u32))
    }

    /// The value at a place, where an extent of one stands for as many of the same.
    fn stretched(&self, channel: u32, row: u32, col: u32) -> f32 {
        let Shape { channels, height, width } = self.shape;
        self.at(channel % channels, row % height, col % width)
    }

    /// What a window reads for one output, tap by tap; `None` is padding.
    fn taps(&self, window: &Window, channel: u32, row: u32, col: u32) -> Vec<Option<f32>> {
        let place = |axis: usize, at: u32, tap: u32, pad: u32| {
            i64::from(at * window.stride[axis] + tap * window.dilation[axis]) - i64::from(pad)
        };
        let mut taps = Vec::new();
        for tap_row in 0..window.kernel[0] {
            for tap_col in 0..window.kernel[1] {
                let row = place(0, row, tap_row, window.pads.top);
                let col = place(1, col, tap_col, window.pads.left);
                taps.push(self.try_at(channel, row, col));
            }
        }
        taps
    }
}

fn activate(value: f32, activation: Activation) -> f32 {
    match activation {
        Activation::None => value,
        Activation::Relu => value.max(0.0),
        Activation::LeakyRelu { slope } => {
            if value > 0.0 {
                value
            } else {
                slope * value
            }
        }
        Activation::Clip { low, high } => value.clamp(low, high),
        Activation::Sigmoid => 1.0 / (1.0 + (-value).exp()),
        Activation::Tanh => value.tanh(),
        Activation::HardSigmoid { alpha, beta } => (alpha * value + beta).clamp(0.0, 1.0),
        Activation::HardSwish => value * (value / 6.0 + 0.5).clamp(0.0, 1.0),
        Activation::Silu => value / (1.0 + (-value).exp()),
        Activation::Gelu => {
            let x = f64::from(value);
            (x / 2.0 * (1.0 + erf(x / std::f64::consts::SQRT_2))) as f32
        }
        Activation::GeluTanh => {
            let x = f64::from(value);
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            (x / 2.0 * (1.0 + inner.tanh())) as f32
        }
        Activation::Elu { alpha } => {
            if value > 0.0 {
                value
            } else {
                alpha * (value.exp() - 1.0)
            }
        }
    }
}

/// The error function by its power series, which is exact enough for small numbers.
fn erf(x: f64) -> f64 {
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..80 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

/// Mean and variance of a channel.
fn moments(map: &Values<'_>, channel: u32) -> (f64, f64) {
    let places =
        (0..map.shape.height).flat_map(|row| (0..map.shape.width).map(move |col| (row, col)));
    let values: Vec<f64> = places.map(|(row, col)| f64::from(map.at(channel, row, col))).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (mean, squares / values.len() as f64)
}

/// All maps of a graph, by definition.
pub(crate) fn run(graph: &Graph, weights: &Weights, input: &Map) -> BTreeMap<NodeId, Map> {
    let mut maps = BTreeMap::from([(NodeId::INPUT, input.clone())]);
    for (id, node) in graph.iter().skip(1) {
        let inputs: Vec<Values<'_>> = node
            .inputs
            .iter()
            .map(|id| Values { shape: graph.shape(*id), values: &maps[id].values })
            .collect();
        let parameter = |suffix: &str| weights.get(&format!("{}.{suffix}", node.name)).unwrap();
        let shape = node.shape;
        let first = &inputs[0];
        let value = |channel: u32, row: u32, col: u32| match &node.op {
            Op::Conv { window, filters, groups, activation } => {
                let (weight, bias) = (parameter("weight"), parameter("bias"));
                let depth = first.shape.channels / groups;
                let group = channel / (filters / groups);
                let taps = (window.kernel[0] * window.kernel[1]) as usize;
                let mut sum = f64::from(bias.values[channel as usize]);
                for inner in 0..depth {
                    let start = (channel * depth + inner) as usize * taps;
                    let read = first.taps(window, group * depth + inner, row, col);
                    for (tap, value) in read.into_iter().enumerate() {
                        let value = f64::from(value.unwrap_or(0.0));
                        sum += value * f64::from(weight.values[start + tap]);
                    }
                }
                activate(sum as f32, *activation)
            }
            Op::MaxPool { window } => {
                let taps = first.taps(window, channel, row, col);
                taps.into_iter().flatten().fold(f32::NEG_INFINITY, f32::max)
            }
            Op::ConvTranspose { window, filters, groups, activation, .. } => {
                let (weight, bias) = (parameter("weight"), parameter("bias"));
                let (of_group, depth) = (filters / groups, first.shape.channels / groups);
                let (group, inner) = (channel / of_group, channel % of_group);
                let mut sum = f64::from(bias.values[channel as usize]);
                // The inputs whose taps fall on this output.
                let falls = |axis: usize, at: u32, tap: u32, pad: u32, extent: u32| {
                    let place = i64::from(at + pad) - i64::from(tap * window.dilation[axis]);
                    let stride = i64::from(window.stride[axis]);
                    let from = place / stride;
                    let fits = place >= 0 && place % stride == 0 && from < i64::from(extent);
                    fits.then_some(from as u32)
                };
                let [rows, cols] = window.kernel;
                for (down, across) in (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col)))
                {
                    let from_row = falls(0, row, down, window.pads.top, first.shape.height);
                    let from_col = falls(1, col, across, window.pads.left, first.shape.width);
                    let (Some(from_row), Some(from_col)) = (from_row, from_col) else { continue };
                    for from in group * depth..(group + 1) * depth {
                        let at = ((from * of_group + inner) * rows + down) * cols + across;
                        let value = f64::from(first.at(from, from_row, from_col));
                        sum += value * f64::from(weight.values[at as usize]);
                    }
                }
                activate(sum as f32, *activation)
            }
            Op::AveragePool { window, count_include_pad, overhang } => {
                let taps = first.taps(window, channel, row, col);
                let inside = taps.iter().flatten().count();
                let counted = |axis: usize, at: u32, extent: u32, pads: [u32; 2]| {
                    let end = i64::from(extent + pads[1] - overhang[axis]);
                    let place = |tap: u32| {
                        i64::from(at * window.stride[axis] + tap * window.dilation[axis])
                            - i64::from(pads[0])
                    };
                    (0..window.kernel[axis]).filter(|tap| place(*tap) < end).count()
                };
                let pads = window.pads;
                let rows = counted(0, row, first.shape.height, [pads.top, pads.bottom]);
                let cols = counted(1, col, first.shape.width, [pads.left, pads.right]);
                let count = if *count_include_pad { rows * cols } else { inside };
                taps.iter().flatten().sum::<f32>() / count as f32
            }
            Op::Activation { activation } => activate(first.at(channel, row, col), *activation),
            Op::Affine => {
                let channel_index = channel as usize;
                let (scale, shift) = (&parameter("scale").values, &parameter("shift").values);
                first.at(channel, row, col) * scale[channel_index] + shift[channel_index]
            }
            Op::PRelu => {
                let value = first.at(channel, row, col);
                let slope = parameter("slope").values[channel as usize];
                if value > 0.0 { value } else { slope * value }
            }
            Op::Add { activation } => {
                let sum = inputs.iter().map(|input| input.stretched(channel, row, col)).sum();
                activate(sum, *activation)
            }
            Op::Arithmetic { operation, activation } => {
                let [a, b] = [0, 1].map(|index| inputs[index].stretched(channel, row, col));
                let made = match operation {
                    Arithmetic::Sub => a - b,
                    Arithmetic::Mul => a * b,
                    Arithmetic::Div => a / b,
                };
                activate(made, *activation)
            }
            Op::DepthToSpace { block, order } => {
                let place = row % block * block + col % block;
                let from = match order {
                    DepthOrder::BlockFirst => place * shape.channels + channel,
                    DepthOrder::ChannelFirst => channel * block * block + place,
                };
                first.at(from, row / block, col / block)
            }
            Op::ChannelShuffle { groups } => {
                let (inner, group) = (channel / groups, channel % groups);
                first.at(group * (shape.channels / groups) + inner, row, col)
            }
            Op::Slice { start, step, .. } => {
                let place = |axis: usize, at: u32| start[axis] + at * step[axis];
                first.at(place(0, channel), place(1, row), place(2, col))
            }
            Op::Pad { pads, padding } => {
                let place = |at: u32, before: u32, extent: u32| {
                    let at = i64::from(at) - i64::from(before);
                    let last = i64::from(extent) - 1;
                    match padding {
                        Padding::Constant(_) => at,
                        Padding::Edge => at.clamp(0, last),
                        Padding::Reflect if at < 0 => -at,
                        Padding::Reflect if at > last => 2 * last - at,
                        Padding::Reflect => at,
                    }
                };
                let row = place(row, pads.top, first.shape.height);
                let col = place(col, pads.left, first.shape.width);
                let fill = if let Padding::Constant(value) = padding { *value } else { f32::NAN };
                first.try_at(channel, row, col).unwrap_or(fill)
            }
            Op::GlobalAveragePool => moments(first, channel).0 as f32,
            Op::GlobalMaxPool => (0..first.shape.height)
                .flat_map(|row| (0..first.shape.width).map(move |col| (row, col)))
                .map(|(row, col)| first.at(channel, row, col))
                .fold(f32::NEG_INFINITY, f32::max),
            Op::Moments => {
                let channels = first.shape.channels;
                let (mean, variance) = moments(first, channel % channels);
                (if channel < channels { mean } else { variance }) as f32
            }
            Op::Normalize { epsilon, activation } => {
                let channels = first.shape.channels;
                let [mean, variance] =
                    [channel, channels + channel].map(|at| f64::from(inputs[1].at(at, 0, 0)));
                let value = f64::from(first.at(channel, row, col)) - mean;
                let value = value / (variance + f64::from(*epsilon)).sqrt();
                let index = channel as usize;
                let (scale, shift) = (&parameter("scale").values, &parameter("shift").values);
                activate(value as f32 * scale[index] + shift[index], *activation)
            }
            Op::Concat => {
                let mut channel = channel;
                let mut inputs = inputs.iter();
                loop {
                    let input = inputs.next().unwrap();
                    if channel < input.shape.channels {
                        break input.at(channel, row, col);
                    }
                    channel -= input.shape.channels;
                }
            }
            Op::Resize { interpolation } => {
                let (above, below, down) =
                    interpolation.between(row, first.shape.height, shape.height);
                let (left, right, across) =
                    interpolation.between(col, first.shape.width, shape.width);
                let along = |row| {
                    first.at(channel, row, left) * (1.0 - across)
                        + first.at(channel, row, right) * across
                };
                along(above) * (1.0 - down) + along(below) * down
            }
            Op::SpaceToDepth { block } => {
                let (square, channel) =
                    (channel / first.shape.channels, channel % first.shape.channels);
                first.at(channel, row * block + square / block, col * block + square % block)
            }
            other => panic!("{} is not written out here", other.name()),
        };
        let mut values = Vec::with_capacity(shape.elements() as usize);
        for row in 0..shape.height {
            for col in 0..shape.width {
                values.extend((0..shape.channels).map(|channel| value(channel, row, col)));
            }
        }
        maps.insert(id, Map { region: Region::whole(shape), channels: shape.channels, values });
    }
    maps
}
