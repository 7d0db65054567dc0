//! The operators a network is made of.

use crate::Interpolation;
use serde::{Deserialize, Serialize};

/// Zero rows and columns around a map; the two sides of an axis may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "[u32; 4]", into = "[u32; 4]")]
pub struct Pads {
    /// Rows above.
    pub top: u32,
    /// Columns to the left.
    pub left: u32,
    /// Rows below.
    pub bottom: u32,
    /// Columns to the right.
    pub right: u32,
}

impl Pads {
    /// The same padding on every side.
    #[must_use]
    pub const fn same(pad: u32) -> Self {
        Self { top: pad, left: pad, bottom: pad, right: pad }
    }
}

impl From<[u32; 4]> for Pads {
    fn from([top, left, bottom, right]: [u32; 4]) -> Self {
        Self { top, left, bottom, right }
    }
}

impl From<Pads> for [u32; 4] {
    fn from(pads: Pads) -> Self {
        [pads.top, pads.left, pads.bottom, pads.right]
    }
}

/// A sliding window: `[rows, columns]` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Extent of the kernel.
    pub kernel: [u32; 2],
    /// Step from one output to the next.
    pub stride: [u32; 2],
    /// Distance between two taps.
    pub dilation: [u32; 2],
    /// Padding at the true borders of the map.
    pub pads: Pads,
}

impl Window {
    /// A square, undilated window with the same padding all round.
    #[must_use]
    pub const fn square(kernel: u32, stride: u32, pad: u32) -> Self {
        Self { kernel: [kernel; 2], stride: [stride; 2], dilation: [1; 2], pads: Pads::same(pad) }
    }
}

/// What is applied to each value after a layer.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`.
    LeakyRelu {
        /// Factor of negative values.
        slope: f32,
    },
    /// `min(max(x, low), high)`.
    Clip {
        /// Lower bound.
        low: f32,
        /// Upper bound.
        high: f32,
    },
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// `tanh(x)`.
    Tanh,
    /// `min(max(alpha * x + beta, 0), 1)`.
    HardSigmoid {
        /// Factor.
        alpha: f32,
        /// Summand.
        beta: f32,
    },
    /// `x * min(max(x / 6 + 1/2, 0), 1)`.
    HardSwish,
    /// `x / (1 + exp(-x))`: `x` times its sigmoid, also called swish.
    Silu,
    /// `x / 2 * (1 + erf(x / sqrt(2)))`.
    Gelu,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`: the usual estimate of
    /// [`Activation::Gelu`].
    GeluTanh,
    /// `x` where positive, else `alpha * (exp(x) - 1)`.
    Elu {
        /// Factor of negative values.
        alpha: f32,
    },
}

/// How two maps become one, value by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// The first less the second.
    Sub,
    /// The first times the second.
    Mul,
    /// The first by the second.
    Div,
}

/// What stands around a map that is padded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// One value everywhere.
    Constant(f32),
    /// The map mirrored at its outermost rows and columns, which are not repeated.
    Reflect,
    /// The nearest value of the map.
    Edge,
}

/// Which channels of a pixel become which of the pixels of its square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepthOrder {
    /// Channels are `(row in block, column in block, channel)` (ONNX DCR).
    BlockFirst,
    /// Channels are `(channel, row in block, column in block)` (ONNX CRD, PixelShuffle).
    ChannelFirst,
}

/// One operator. Extents of the output are in [`crate::Node::shape`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Op {
    /// The network's input; always node 0 and only there.
    Input,
    /// Convolution; weights `NAME.weight` [filters, in/groups, kernel rows, kernel columns], and
    /// `NAME.bias` `[filters]`.
    Conv {
        /// Kernel, stride, dilation and padding.
        window: Window,
        /// Output channels.
        filters: u32,
        /// Channel groups.
        groups: u32,
        /// Applied to the result.
        activation: Activation,
    },
    /// Transposed convolution: each value of the input, times the kernel, is added to the output
    /// from `place * stride - pads` on. Weights `NAME.weight` [in, filters/groups, kernel rows,
    /// kernel columns], and `NAME.bias` `[filters]`.
    ConvTranspose {
        /// Kernel, stride, dilation, and what is cut off around the result.
        window: Window,
        /// More `[rows, columns]` below and to the right.
        more: [u32; 2],
        /// Output channels.
        filters: u32,
        /// Channel groups.
        groups: u32,
        /// Applied to the result.
        activation: Activation,
    },
    /// Largest value under the window; padding never wins.
    MaxPool {
        /// Kernel, stride, dilation and padding.
        window: Window,
    },
    /// Mean under the window.
    AveragePool {
        /// Kernel, stride, dilation and padding.
        window: Window,
        /// Whether padding counts in the divisor.
        count_include_pad: bool,
        /// Of the padding below and to the right, the `[rows, columns]` that never count: what ONNX's
        /// `ceil_mode` added.
        #[serde(default, skip_serializing_if = "is_zero")]
        overhang: [u32; 2],
    },
    /// An activation that could not be fused.
    Activation {
        /// Applied to each value.
        activation: Activation,
    },
    /// `x * NAME.scale[c] + NAME.shift[c]`: a batch normalisation that could not be folded.
    Affine,
    /// `x` where positive, else `NAME.slope[c] * x`.
    PRelu,
    /// Sum of all inputs. An extent of one stands for as many of the same as the others have.
    Add {
        /// Applied to the sum.
        activation: Activation,
    },
    /// Two inputs, value by value; extents of one as in [`Op::Add`].
    Arithmetic {
        /// What is done.
        operation: Arithmetic,
        /// Applied to the result.
        activation: Activation,
    },
    /// All inputs' channels one after another.
    Concat,
    /// Rows and columns to the extent of the node's shape.
    Resize {
        /// How the input is read.
        interpolation: Interpolation,
    },
    /// Each `block` x `block` square becomes one pixel of `block^2` times the channels, the
    /// channel order that of ONNX SpaceToDepth: `(row in block, column in block, channel)`.
    SpaceToDepth {
        /// Side of the square.
        block: u32,
    },
    /// Each pixel becomes a square of `block` x `block`.
    DepthToSpace {
        /// Side of the square.
        block: u32,
        /// Order of the channels.
        order: DepthOrder,
    },
    /// Channel `g * (channels / groups) + i` becomes channel `i * groups + g` (ShuffleNet).
    ChannelShuffle {
        /// Number of groups.
        groups: u32,
    },
    /// Of each axis (channels, rows, columns) `extent` indices from `start` on, `step` apart.
    Slice {
        /// First index.
        start: [u32; 3],
        /// Distance between two.
        step: [u32; 3],
        /// How many.
        extent: [u32; 3],
    },
    /// More rows and columns around the map.
    Pad {
        /// How many.
        pads: Pads,
        /// Of what.
        padding: Padding,
    },
    /// Mean over all rows and columns of each channel.
    GlobalAveragePool,
    /// Largest value of each channel.
    GlobalMaxPool,
    /// Mean of each channel, then variance of each.
    Moments,
    /// The first input, less its mean and by its deviation, which the second input, made by
    /// [`Op::Moments`], holds: `(x - mean) / sqrt(variance + epsilon) * NAME.scale[c] +
    /// NAME.shift[c]` (instance normalisation).
    Normalize {
        /// Keeps the divisor from zero.
        epsilon: f32,
        /// Applied to the result.
        activation: Activation,
    },
    /// All values as channels of one pixel, in channel, row, column order.
    Flatten,
    /// Fully connected; weights `NAME.weight` `[filters, inputs]` and `NAME.bias` `[filters]`. Its
    /// outputs are the channels of one pixel, or rows of one value each, which strips can be cut
    /// from ([`Graph::lay_out_heads`](crate::Graph::lay_out_heads)); in memory that is the same.
    Gemm {
        /// Outputs.
        filters: u32,
        /// Applied to the result.
        activation: Activation,
    },
    /// Softmax over the channels of each pixel; over all rows where each is one value
    /// ([`Shape::is_rows`](crate::Shape::is_rows)).
    Softmax,
}

impl Op {
    /// Whether a part of the output is computed from a part of the input. Of layers for which that
    /// is not so a network's head consists.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        !matches!(
            self,
            Self::GlobalAveragePool
                | Self::GlobalMaxPool
                | Self::Moments
                | Self::Flatten
                | Self::Gemm { .. }
                | Self::Softmax
        )
    }

    /// Whether any rectangle of the output can be computed without the rest of it. Global pooling and
    /// flattening make one pixel, which is a whole or nothing; softmax weighs all against each other.
    #[must_use]
    pub const fn is_splittable(&self) -> bool {
        !matches!(self, Self::Softmax)
    }

    /// The operator's name, as in `model.json`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv { .. } => "conv",
            Self::ConvTranspose { .. } => "conv_transpose",
            Self::MaxPool { .. } => "max_pool",
            Self::AveragePool { .. } => "average_pool",
            Self::Activation { .. } => "activation",
            Self::Affine => "affine",
            Self::PRelu => "p_relu",
            Self::Add { .. } => "add",
            Self::Arithmetic { .. } => "arithmetic",
            Self::Concat => "concat",
            Self::Resize { .. } => "resize",
            Self::SpaceToDepth { .. } => "space_to_depth",
            Self::DepthToSpace { .. } => "depth_to_space",
            Self::ChannelShuffle { .. } => "channel_shuffle",
            Self::Slice { .. } => "slice",
            Self::Pad { .. } => "pad",
            Self::GlobalAveragePool => "global_average_pool",
            Self::GlobalMaxPool => "global_max_pool",
            Self::Moments => "moments",
            Self::Normalize { .. } => "normalize",
            Self::Flatten => "flatten",
            Self::Gemm { .. } => "gemm",
            Self::Softmax => "softmax",
        }
    }
}

fn is_zero(extents: &[u32; 2]) -> bool {
    *extents == [0; 2]
}
