//! What a network is: a graph of layers with shapes, the arithmetic of regions, pieces and
//! segments, the networks of the paper, ONNX import, packages and weights.
//!
//! Pure data and arithmetic; the only I/O is behind [`package`], which reads and writes folders.

mod answer;
mod builder;
pub mod catalog;
mod cut;
mod effort;
mod graph;
mod heads;
mod infer;
mod kernels;
mod macs;
mod manifest;
mod needs;
#[cfg(feature = "onnx")]
pub mod onnx;
mod op;
mod order;
pub mod package;
mod parse;
mod piece;
mod region;
mod sampling;
mod shape;
mod validate;
pub mod weights;
pub mod zoo;

pub use answer::{Answer, FoundBox, LabelScore, MapPicture, RawOutput};
pub use builder::{GraphBuilder, same_window};
pub use cut::{body, pieces, units};
pub use effort::{Counting, LayerEffort, effort};
pub use graph::{Graph, Node, NodeId};
pub use kernels::Kernels;
pub use macs::macs;
pub use manifest::{AnswerKind, Channels, Fit, Model, Preprocess, WeightFile, WeightSource};
pub use needs::{needed, padded, tile_pads};
pub use op::{Activation, Arithmetic, DepthOrder, Op, Padding, Pads, Window};
pub use parse::ModelError;
pub use piece::{Piece, Segment, Trace};
pub use region::{Region, Span};
pub use sampling::{Coordinates, Interpolation, Rounding, linear, nearest};
pub use shape::Shape;
pub use validate::GraphError;
pub use weights::Weights;
