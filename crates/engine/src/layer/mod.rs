//! One layer of a tile with its weights, and how it computes: almost all by the kernels on views; a
//! few, which cost little, by burn.

mod moved;
mod resize;
mod shuffle;
mod window;

use crate::EngineError;
use crate::tensor::{from_view, write};
use burn::tensor::{Tensor, activation};
use convoy_kernels::{
    self as kernels, Average, Combine, Conv, ConvTranspose, Parallel, View, Workspace,
};
use convoy_model::{
    Activation, Arithmetic, Graph, Kernels, NodeId, Op, Region, Shape, Span, Weights, needed,
};
use moved::Moved;
use resize::Resize;

/// A layer of a tile.
pub(crate) enum Layer {
    Conv(Conv),
    ConvTranspose(ConvTranspose),
    MaxPool(kernels::Window),
    AveragePool(kernels::Window, Average),
    Activation(kernels::Activation),
    Affine { scale: Vec<f32>, shift: Vec<f32> },
    PRelu(Vec<f32>),
    Add(kernels::Activation),
    Combine { how: Combine, channels: usize, activation: kernels::Activation },
    Concat,
    Moved(Moved),
    GlobalAverage,
    GlobalMax,
    Moments,
    Normalize { epsilon: f32, scale: Vec<f32>, shift: Vec<f32>, activation: kernels::Activation },
    Flatten,
    Gemm(Conv),
    Burn(BurnLayer),
}

/// A layer that burn computes.
pub(crate) enum BurnLayer {
    Resize(Box<Resize>),
    SpaceToDepth(usize),
    /// Along this axis.
    Softmax(usize),
}

impl Layer {
    /// The layer `id`, to make `region`, which is not empty, of its map.
    pub(crate) fn new(
        graph: &Graph,
        id: NodeId,
        region: Region,
        weights: &Weights,
        kernels: Kernels,
    ) -> Result<Self, EngineError> {
        let node = graph.node(id);
        let unsupported = |what: &str| EngineError::Unsupported {
            layer: node.name.clone(),
            what: what.to_owned(),
        };
        let Some(input) = node.inputs.first().map(|input| graph.shape(*input)) else {
            return Err(unsupported("reads nothing"));
        };
        let parameter = |suffix: &str| weights.get(&format!("{}.{suffix}", node.name));
        let tile =
            |window| window::of_tile(window, input, region).map_err(|what| unsupported(&what));
        Ok(match &node.op {
            Op::Input => return Err(unsupported("is the network's input")),
            Op::Conv { window, filters, groups, activation } => {
                let (weight, bias) = (parameter("weight")?, parameter("bias")?);
                let (channels, filters) = (input.channels as usize, *filters as usize);
                let (window, activation) = (tile(window)?, fused(*activation));
                let (weight, bias) = (&weight.values[..], &bias.values[..]);
                Self::Conv(if kernels.winograd(graph, id) {
                    Conv::winograd(window, (channels, filters), activation, weight, bias)
                } else {
                    let extents = (channels, filters, *groups as usize);
                    Conv::new(window, extents, activation, weight, bias)
                })
            }
            Op::MaxPool { window } => Self::MaxPool(tile(window)?),
            Op::ConvTranspose { window, filters, groups, activation, .. } => {
                let (weight, bias) = (parameter("weight")?, parameter("bias")?);
                let extents = (input.channels as usize, *filters as usize, *groups as usize);
                let read = needed(&node.op, input, node.shape, region);
                Self::ConvTranspose(ConvTranspose::new(
                    window::transposed(window, read, region),
                    extents,
                    fused(*activation),
                    &weight.values,
                    &bias.values,
                ))
            }
            Op::AveragePool { window, count_include_pad, overhang } => {
                let average = match (count_include_pad, overhang) {
                    (false, _) => Average::Inside,
                    (true, [0, 0]) => Average::Window,
                    (true, overhang) => window::counted(window, *overhang, input, region),
                };
                Self::AveragePool(tile(window)?, average)
            }
            Op::Activation { activation } => Self::Activation(fused(*activation)),
            Op::Affine => Self::Affine {
                scale: parameter("scale")?.values.clone(),
                shift: parameter("shift")?.values.clone(),
            },
            Op::PRelu => Self::PRelu(parameter("slope")?.values.clone()),
            Op::Add { activation } => {
                let (channels, activation) = (node.shape.channels as usize, fused(*activation));
                if node.inputs.iter().all(|input| graph.shape(*input) == node.shape) {
                    Self::Add(activation)
                } else {
                    Self::Combine { how: Combine::Add, channels, activation }
                }
            }
            Op::Arithmetic { operation, activation } => Self::Combine {
                how: match operation {
                    Arithmetic::Sub => Combine::Sub,
                    Arithmetic::Mul => Combine::Mul,
                    Arithmetic::Div => Combine::Div,
                },
                channels: node.shape.channels as usize,
                activation: fused(*activation),
            },
            Op::Concat => Self::Concat,
            Op::Resize { interpolation } => Self::Burn(BurnLayer::Resize(Box::new(Resize::new(
                *interpolation,
                input,
                node.shape,
                region,
            )))),
            Op::SpaceToDepth { block } => Self::Burn(BurnLayer::SpaceToDepth(*block as usize)),
            Op::DepthToSpace { .. }
            | Op::ChannelShuffle { .. }
            | Op::Slice { .. }
            | Op::Pad { .. } => {
                let moved = Moved::new(&node.op, input, node.shape, region);
                Self::Moved(moved.ok_or_else(|| unsupported("moves nothing"))?)
            }
            Op::GlobalAveragePool => Self::GlobalAverage,
            Op::GlobalMaxPool => Self::GlobalMax,
            Op::Moments => Self::Moments,
            Op::Normalize { epsilon, activation } => Self::Normalize {
                epsilon: *epsilon,
                scale: parameter("scale")?.values.clone(),
                shift: parameter("shift")?.values.clone(),
                activation: fused(*activation),
            },
            Op::Flatten => Self::Flatten,
            Op::Gemm { filters, activation } => {
                // One pixel of all outputs, or some rows of one each.
                let rows = if node.shape.is_rows() { region.rows } else { Span::new(0, *filters) };
                let part = |suffix: &str| weights.rows(&format!("{}.{suffix}", node.name), rows);
                Self::Gemm(gemm(input, rows.len(), *activation, part("weight")?, part("bias")?))
            }
            // NCHW: over the rows of a vector that is laid out in them.
            Op::Softmax => Self::Burn(BurnLayer::Softmax(if input.is_rows() { 2 } else { 1 })),
        })
    }

    /// Which kernel computes it.
    pub(crate) const fn kernel(&self) -> &'static str {
        match self {
            Self::Conv(conv) | Self::Gemm(conv) => conv.name(),
            Self::Burn(_) => "burn",
            _ => "plain",
        }
    }

    /// What the layer makes of the parts it reads: `rows` x `cols` pixels, which `out` has room for.
    /// Convolutions, fully connected layers and poolings are cut between the threads of `parallel`.
    pub(crate) fn forward(
        &self,
        parallel: &dyn Parallel,
        inputs: &[View<'_>],
        [rows, cols]: [usize; 2],
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        // Every layer reads something; `new` made sure.
        let Some(input) = inputs.first() else { return };
        match self {
            Self::Conv(conv) => conv.run_with(parallel, *input, [rows, cols], workspace, out),
            Self::ConvTranspose(conv) => conv.run(*input, cols, out),
            Self::MaxPool(window) => kernels::max_pool_with(parallel, window, *input, cols, out),
            Self::AveragePool(window, average) => {
                average.pool_with(parallel, window, *input, cols, out);
            }
            Self::Activation(activation) => {
                input.copy_to(out);
                activation.apply(out);
            }
            Self::Affine { scale, shift } => kernels::affine(input, scale, shift, out),
            Self::PRelu(slope) => kernels::p_relu(input, slope, out),
            Self::Add(activation) => kernels::add(inputs, *activation, out),
            Self::Combine { how, channels, activation } => {
                how.maps(inputs, [rows, cols, *channels], *activation, out);
            }
            Self::Concat => kernels::concat(inputs, out),
            Self::Moved(moved) => moved.forward(input, cols, out),
            Self::GlobalAverage => kernels::global_average(input, out),
            Self::GlobalMax => kernels::global_max(input, out),
            Self::Moments => kernels::moments(input, out),
            Self::Normalize { epsilon, scale, shift, activation } => {
                let moments = inputs.get(1).map_or(&[][..], |moments| moments.row(0));
                kernels::normalize(input, moments, *epsilon, (scale, shift), out);
                activation.apply(out);
            }
            Self::Flatten => shuffle::flatten(input, out),
            // The input of a fully connected layer is whole, so that it is flat.
            Self::Gemm(conv) => {
                if let Some(flat) = input.flat() {
                    conv.run_with(parallel, flat, [1, 1], workspace, out);
                }
            }
            Self::Burn(layer) => write(layer.forward(from_view(input)), out),
        }
    }
}

impl BurnLayer {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Resize(resize) => resize.forward(input),
            Self::SpaceToDepth(block) => shuffle::space_to_depth(input, *block),
            Self::Softmax(axis) => activation::softmax(input, *axis),
        }
    }
}

/// A fully connected layer is a convolution of one pixel that has all values as channels. Its weights
/// are in ONNX's order of a map, channel, row, column; the map's own is row, column, channel.
fn gemm(input: Shape, filters: u32, activation: Activation, weight: &[f32], bias: &[f32]) -> Conv {
    let pixel =
        kernels::Window { kernel: [1; 2], stride: [1; 2], dilation: [1; 2], before: [0; 2] };
    let extents = (input.elements() as usize, filters as usize, 1);
    let pixels = (input.height * input.width) as usize;
    if pixels == 1 {
        return Conv::new(pixel, extents, fused(activation), weight, bias);
    }
    let mut turned = Vec::with_capacity(weight.len());
    for row in weight.chunks_exact(extents.0) {
        for at in 0..pixels {
            turned.extend(row.iter().skip(at).step_by(pixels));
        }
    }
    Conv::new(pixel, extents, fused(activation), &turned, bias)
}

/// The model's activation as the kernels'.
const fn fused(activation: Activation) -> kernels::Activation {
    match activation {
        Activation::None => kernels::Activation::None,
        Activation::Relu => kernels::Activation::Relu,
        Activation::LeakyRelu { slope } => kernels::Activation::LeakyRelu { slope },
        Activation::Clip { low, high } => kernels::Activation::Clip { low, high },
        Activation::Sigmoid => kernels::Activation::Sigmoid,
        Activation::Tanh => kernels::Activation::Tanh,
        Activation::HardSigmoid { alpha, beta } => kernels::Activation::HardSigmoid { alpha, beta },
        Activation::HardSwish => kernels::Activation::HardSwish,
        Activation::Silu => kernels::Activation::Silu,
        Activation::Gelu => kernels::Activation::Gelu,
        Activation::GeluTanh => kernels::Activation::GeluTanh,
        Activation::Elu { alpha } => kernels::Activation::Elu { alpha },
    }
}
