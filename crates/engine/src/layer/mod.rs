//! One layer of a tile with its weights, and how it computes: convolutions, fully connected layers,
//! poolings, sums and joins by the kernels on views; the rest, which is little, by burn.

mod resize;
mod shuffle;
mod window;

use crate::EngineError;
use crate::tensor::{from_view, write};
use burn::tensor::{Tensor, activation};
use convoy_kernels::{self as kernels, Average, Conv, Parallel, View, Workspace};
use convoy_model::{Activation, Graph, Kernels, NodeId, Op, Region, Shape, Weights};
use resize::Resize;

/// A layer of a tile.
pub(crate) enum Layer {
    Conv(Conv),
    MaxPool(kernels::Window),
    AveragePool(kernels::Window, Average),
    Activation(kernels::Activation),
    Affine { scale: Vec<f32>, shift: Vec<f32> },
    Add(kernels::Activation),
    Concat,
    Flatten,
    Gemm(Conv),
    Burn(BurnLayer),
}

/// A layer that burn computes.
pub(crate) enum BurnLayer {
    Resize(Box<Resize>),
    SpaceToDepth(usize),
    GlobalAveragePool,
    Softmax,
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
            Op::AveragePool { window, count_include_pad } => {
                let average = if *count_include_pad { Average::Window } else { Average::Inside };
                Self::AveragePool(tile(window)?, average)
            }
            Op::Activation { activation } => Self::Activation(fused(*activation)),
            Op::Affine => Self::Affine {
                scale: parameter("scale")?.values.clone(),
                shift: parameter("shift")?.values.clone(),
            },
            Op::Add { activation } => Self::Add(fused(*activation)),
            Op::Concat => Self::Concat,
            Op::Resize { interpolation } => Self::Burn(BurnLayer::Resize(Box::new(Resize::new(
                *interpolation,
                input,
                node.shape,
                region,
            )))),
            Op::SpaceToDepth { block } => Self::Burn(BurnLayer::SpaceToDepth(*block as usize)),
            Op::GlobalAveragePool => Self::Burn(BurnLayer::GlobalAveragePool),
            Op::Flatten => Self::Flatten,
            Op::Gemm { filters, activation } => {
                let (weight, bias) = (parameter("weight")?, parameter("bias")?);
                Self::Gemm(gemm(input, *filters, *activation, &weight.values, &bias.values))
            }
            Op::Softmax => Self::Burn(BurnLayer::Softmax),
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
    /// What costs time is cut between the threads of `parallel`.
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
            Self::MaxPool(window) => kernels::max_pool_with(parallel, window, *input, cols, out),
            Self::AveragePool(window, average) => {
                average.pool_with(parallel, window, *input, cols, out);
            }
            Self::Activation(activation) => {
                input.copy_to(out);
                activation.apply(out);
            }
            Self::Affine { scale, shift } => kernels::affine(input, scale, shift, out),
            Self::Add(activation) => kernels::add(inputs, *activation, out),
            Self::Concat => kernels::concat(inputs, out),
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
            Self::GlobalAveragePool => input.mean_dim(3).mean_dim(2),
            Self::Softmax => activation::softmax(input, 1),
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
    }
}
