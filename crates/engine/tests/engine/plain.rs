//! Every operator written out as its definition, value by value: what the engine is held against.

use convoy_engine::Map;
use convoy_model::{
    Activation, Graph, Interpolation, NodeId, Op, Region, Shape, Weights, Window, linear, nearest,
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
    }
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
            Op::AveragePool { window, count_include_pad } => {
                let taps = first.taps(window, channel, row, col);
                let inside = taps.iter().flatten().count();
                let count = if *count_include_pad { taps.len() } else { inside };
                taps.iter().flatten().sum::<f32>() / count as f32
            }
            Op::Activation { activation } => activate(first.at(channel, row, col), *activation),
            Op::Affine => {
                let channel_index = channel as usize;
                let (scale, shift) = (&parameter("scale").values, &parameter("shift").values);
                first.at(channel, row, col) * scale[channel_index] + shift[channel_index]
            }
            Op::Add { activation } => {
                activate(inputs.iter().map(|input| input.at(channel, row, col)).sum(), *activation)
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
            Op::Resize { interpolation: Interpolation::Nearest } => first.at(
                channel,
                nearest(row, first.shape.height, shape.height),
                nearest(col, first.shape.width, shape.width),
            ),
            Op::Resize { interpolation: Interpolation::Linear } => {
                let (above, below, down) = linear(row, first.shape.height, shape.height);
                let (left, right, across) = linear(col, first.shape.width, shape.width);
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
