//! A layer as the file describes it: operator, numbers and attributes, before shapes are known.

use super::constant::Tensor;
use super::resize::ResizeSpec;
use super::window::WindowSpec;
use crate::Activation;

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    /// The ONNX operator, for messages.
    pub(crate) operator: String,
    /// The node's name, or its output's where it has none, for messages.
    pub(crate) node: String,
    /// Names of the maps it reads.
    pub(crate) inputs: Vec<String>,
    /// Name of the map it makes.
    pub(crate) output: String,
    /// What it does.
    pub(crate) kind: Kind,
}

/// What a layer does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Convolution; one bias a filter.
    Conv { window: WindowSpec, groups: u32, weight: Tensor<f32>, bias: Vec<f32> },
    /// Fully connected; weight `[filters, inputs]`, one bias a filter.
    Gemm { weight: Tensor<f32>, bias: Vec<f32> },
    /// Largest value under the window.
    MaxPool { window: WindowSpec },
    /// Mean under the window.
    AveragePool { window: WindowSpec, count_include_pad: bool },
    /// Mean of each channel.
    GlobalAveragePool,
    /// Applied to each value.
    Activation(Activation),
    /// `x * scale + shift`, one of each a channel, or one for all.
    Affine { scale: Vec<f32>, shift: Vec<f32> },
    /// Sum of the inputs.
    Add,
    /// Inputs one after another along an axis.
    Concat { axis: i64 },
    /// New rows and columns.
    Resize(ResizeSpec),
    /// All from `axis` on in one.
    Flatten { axis: i64 },
    /// New extents: 0 keeps one, -1 takes what is left.
    Reshape { dims: Vec<i64> },
    /// Softmax along an axis; up to opset 12 along all from there on.
    Softmax { axis: i64, all_from_axis: bool },
    /// The input itself.
    Alias,
}
