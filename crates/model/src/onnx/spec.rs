//! A layer as the file describes it: operator, numbers and attributes, before shapes are known.

use super::constant::Tensor;
use super::resize::ResizeSpec;
use super::transposed::TransposedSpec;
use super::window::WindowSpec;
use crate::{Activation, DepthOrder, Padding};

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    /// Names of the maps it reads.
    pub(crate) inputs: Vec<String>,
    /// Name of the map it makes.
    pub(crate) output: String,
    /// What it does.
    pub(crate) kind: Kind,
}

/// What two values make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Sub,
    Mul,
    Div,
}

/// What a layer does. Axes are those of the file's tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Convolution; one bias a filter.
    Conv { window: WindowSpec, groups: u32, weight: Tensor<f32>, bias: Vec<f32> },
    /// Transposed convolution; one bias a filter.
    ConvTranspose { window: TransposedSpec, groups: u32, weight: Tensor<f32>, bias: Vec<f32> },
    /// Fully connected; weight `[filters, inputs]`, one bias a filter.
    Gemm { weight: Tensor<f32>, bias: Vec<f32> },
    /// The last axis by a matrix: fully connected, or a convolution of one pixel.
    MatMul { weight: Tensor<f32> },
    /// Largest value under the window.
    MaxPool { window: WindowSpec },
    /// Mean under the window.
    AveragePool { window: WindowSpec, count_include_pad: bool },
    /// Mean of each channel, or its largest value.
    GlobalPool { largest: bool },
    /// Mean or largest value over axes.
    Reduce { largest: bool, axes: Option<Vec<i64>>, keep: bool },
    /// Applied to each value.
    Activation(Activation),
    /// `x` where positive, else a slope times it.
    PRelu { slope: Tensor<f32> },
    /// `x * scale + shift`, one of each a channel.
    Affine { scale: Vec<f32>, shift: Vec<f32> },
    /// Each channel brought to a mean of zero and a deviation of one, then scaled and shifted.
    InstanceNorm { epsilon: f32, scale: Vec<f32>, shift: Vec<f32> },
    /// Sum of the inputs.
    Sum,
    /// Two maps, value by value.
    Binary(Operation),
    /// A map and a constant, value by value.
    WithConstant { operation: Operation, constant: Tensor<f32>, name: String, first: bool },
    /// Inputs one after another along an axis.
    Concat { axis: i64 },
    /// New rows and columns.
    Resize(ResizeSpec),
    /// Zeros, or more of the same, around: first all that come before, then all after.
    Pad { pads: Vec<i64>, axes: Option<Vec<i64>>, padding: Padding },
    /// A part of some axes.
    Slice { starts: Vec<i64>, ends: Vec<i64>, axes: Option<Vec<i64>>, steps: Option<Vec<i64>> },
    /// Part `index` of `count` along an axis, of equal size where no sizes are given.
    Split { axis: i64, sizes: Option<Vec<i64>>, count: usize, index: usize },
    /// Pixels to squares.
    DepthToSpace { block: u32, order: DepthOrder },
    /// Squares to pixels.
    SpaceToDepth { block: u32 },
    /// Groups of channels interleaved: extents in which they stand apart, of which the second and the
    /// third are swapped, and those of the whole again.
    ChannelShuffle { apart: Vec<i64>, whole: Vec<i64> },
    /// Axes in another order; reversed where none is given.
    Transpose { perm: Option<Vec<i64>> },
    /// All before `axis` in one, and all from there on.
    Flatten { axis: i64 },
    /// New extents: 0 keeps one, -1 takes what is left.
    Reshape { dims: Vec<i64> },
    /// Extents of one taken out; all where no axes are given.
    Squeeze { axes: Option<Vec<i64>> },
    /// Extents of one put in.
    Unsqueeze { axes: Vec<i64> },
    /// Softmax along an axis; up to opset 12 along all from there on.
    Softmax { axis: i64, all_from_axis: bool },
    /// The input itself.
    Alias,
}
