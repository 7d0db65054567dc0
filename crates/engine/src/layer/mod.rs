//! One layer of a tile with its weights, and how it computes.

mod conv;
mod pool;
mod resize;

use crate::EngineError;
use crate::tensor::of;
use burn::tensor::{Tensor, activation};
use conv::Conv;
use convoy_model::{Activation, Graph, NodeId, Op, Region, Shape, Weights, Window, tile_pads};
use pool::Pool;
use resize::Resize;

/// A layer of a tile, its weights laid out for burn.
#[expect(clippy::large_enum_variant, reason = "a tile has a handful of layers, each made once")]
pub(crate) enum Layer {
    Conv(Conv),
    Pool(Pool),
    Resize(Resize),
    Activation(Activation),
    Affine { scale: Tensor<4>, shift: Tensor<4> },
    Add(Activation),
    Concat,
    SpaceToDepth(usize),
    GlobalAveragePool,
    Flatten,
    Gemm { weight: Tensor<2>, bias: Tensor<2>, activation: Activation },
    Softmax,
}

impl Layer {
    /// The layer `id`, to make `region`, which is not empty, of its map.
    pub(crate) fn new(
        graph: &Graph,
        id: NodeId,
        region: Region,
        weights: &Weights,
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
        Ok(match &node.op {
            Op::Input => return Err(unsupported("is the network's input")),
            Op::Conv { window, filters, groups, activation } => {
                check_window(window, input, region).map_err(|what| unsupported(&what))?;
                let (weight, bias) = (parameter("weight")?, parameter("bias")?);
                let pads = tile_pads(window, input, region);
                let (filters, groups) = (*filters as usize, *groups as usize);
                Self::Conv(Conv::new(window, pads, (filters, groups), *activation, weight, bias))
            }
            Op::MaxPool { window } => {
                check_window(window, input, region).map_err(|what| unsupported(&what))?;
                Self::Pool(Pool::max(window, input, region))
            }
            Op::AveragePool { window, count_include_pad } => {
                check_window(window, input, region).map_err(|what| unsupported(&what))?;
                if window.dilation != [1, 1] {
                    return Err(unsupported("averages under a dilated window"));
                }
                Self::Pool(Pool::average(window, *count_include_pad, input, region))
            }
            Op::Activation { activation } => Self::Activation(*activation),
            Op::Affine => {
                let column = |suffix: &str| {
                    let parameter = parameter(suffix)?;
                    let dims = [1, parameter.values.len(), 1, 1];
                    Ok::<_, EngineError>(of(parameter.values.clone(), dims))
                };
                Self::Affine { scale: column("scale")?, shift: column("shift")? }
            }
            Op::Add { activation } => Self::Add(*activation),
            Op::Concat => Self::Concat,
            Op::Resize { interpolation } => {
                Self::Resize(Resize::new(*interpolation, input, node.shape, region))
            }
            Op::SpaceToDepth { block } => Self::SpaceToDepth(*block as usize),
            Op::GlobalAveragePool => Self::GlobalAveragePool,
            Op::Flatten => Self::Flatten,
            Op::Gemm { filters, activation } => {
                let (weight, bias) = (parameter("weight")?, parameter("bias")?);
                let (filters, inputs) = (*filters as usize, input.elements() as usize);
                Self::Gemm {
                    weight: of(weight.values.clone(), [filters, inputs]).transpose(),
                    bias: of(bias.values.clone(), [1, filters]),
                    activation: *activation,
                }
            }
            Op::Softmax => Self::Softmax,
        })
    }

    /// What the layer makes of the parts it reads.
    pub(crate) fn forward(&self, mut inputs: Vec<Tensor<4>>) -> Tensor<4> {
        match self {
            Self::Add(activation) => {
                let first = inputs.remove(0);
                activate(inputs.into_iter().fold(first, |sum, input| sum + input), *activation)
            }
            Self::Concat => concat(inputs),
            _ => self.forward_one(inputs.remove(0)),
        }
    }

    fn forward_one(&self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Conv(conv) => conv.forward(input),
            Self::Pool(pool) => pool.forward(input),
            Self::Resize(resize) => resize.forward(input),
            Self::Activation(activation) => activate(input, *activation),
            Self::Affine { scale, shift } => input * scale.clone() + shift.clone(),
            Self::SpaceToDepth(block) => space_to_depth(input, *block),
            Self::GlobalAveragePool => input.mean_dim(3).mean_dim(2),
            Self::Flatten => {
                let [_, channels, rows, cols] = input.dims();
                input.reshape([1, channels * rows * cols, 1, 1])
            }
            Self::Gemm { weight, bias, activation } => {
                let [inputs, filters] = weight.dims();
                let flat = input.reshape([1, inputs]);
                let made = flat.matmul(weight.clone()) + bias.clone();
                activate(made.reshape([1, filters, 1, 1]), *activation)
            }
            Self::Softmax => activation::softmax(input, 1),
            // Of several inputs; `forward` has them.
            Self::Add(_) | Self::Concat => input,
        }
    }
}

/// Applies an activation to every value.
pub(crate) fn activate(tensor: Tensor<4>, activation: Activation) -> Tensor<4> {
    match activation {
        Activation::None => tensor,
        Activation::Relu => activation::relu(tensor),
        Activation::LeakyRelu { slope } => activation::leaky_relu(tensor, f64::from(slope)),
        Activation::Clip { low, high } => tensor.clamp(low, high),
        Activation::Sigmoid => activation::sigmoid(tensor),
    }
}

/// All channels one after another. Joined in row, column, channel order, which later layers read
/// fastest.
fn concat(inputs: Vec<Tensor<4>>) -> Tensor<4> {
    let inputs = inputs.into_iter().map(|input| input.permute([0, 2, 3, 1])).collect();
    Tensor::cat(inputs, 3).permute([0, 3, 1, 2])
}

/// Squares of `block` become channels: `(row in block, column in block, channel)`, as in ONNX.
fn space_to_depth(input: Tensor<4>, block: usize) -> Tensor<4> {
    let [_, channels, rows, cols] = input.dims();
    let (rows, cols) = (rows / block, cols / block);
    let squares = input.reshape([channels, rows, block, cols, block]);
    squares.permute([2, 4, 0, 1, 3]).reshape([1, block * block * channels, rows, cols])
}

/// Whether what [`convoy_model::needed`] gives, padded as [`tile_pads`] says, is exactly what the
/// window slides over. Where padding is wider than the kernel it is not.
fn check_window(window: &Window, input: Shape, region: Region) -> Result<(), String> {
    let pads = tile_pads(window, input, region);
    let op = Op::MaxPool { window: *window };
    let read = convoy_model::needed(&op, input, input, region);
    let axes = [
        (read.rows.len() + pads.top + pads.bottom, region.rows.len()),
        (read.cols.len() + pads.left + pads.right, region.cols.len()),
    ];
    for (axis, (padded, made)) in axes.into_iter().enumerate() {
        let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
        if padded != (made - 1) * window.stride[axis] + reach {
            return Err(format!("has padding wider than its kernel ({:?})", window.pads));
        }
    }
    Ok(())
}
