//! The operators a network is made of.

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
}

/// How a resize reads its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// `in = floor(out * in_extent / out_extent)` (ONNX nearest, asymmetric, floor).
    Nearest,
    /// Between the two neighbours of `(out + 0.5) * in_extent / out_extent - 0.5`
    /// (ONNX linear, half_pixel), clamped at the borders.
    Linear,
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
    },
    /// An activation that could not be fused.
    Activation {
        /// Applied to each value.
        activation: Activation,
    },
    /// `x * NAME.scale[c] + NAME.shift[c]`: a batch normalisation that could not be folded.
    Affine,
    /// Sum of all inputs, all of one shape.
    Add {
        /// Applied to the sum.
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
    /// Mean over all rows and columns of each channel.
    GlobalAveragePool,
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
        !matches!(self, Self::GlobalAveragePool | Self::Flatten | Self::Gemm { .. } | Self::Softmax)
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
            Self::MaxPool { .. } => "max_pool",
            Self::AveragePool { .. } => "average_pool",
            Self::Activation { .. } => "activation",
            Self::Affine => "affine",
            Self::Add { .. } => "add",
            Self::Concat => "concat",
            Self::Resize { .. } => "resize",
            Self::SpaceToDepth { .. } => "space_to_depth",
            Self::GlobalAveragePool => "global_average_pool",
            Self::Flatten => "flatten",
            Self::Gemm { .. } => "gemm",
            Self::Softmax => "softmax",
        }
    }
}
