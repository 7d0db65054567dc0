//! `model.json`: everything of a network but its numbers.

use crate::{Graph, Piece};
use serde::{Deserialize, Serialize};

/// A network with how to feed it, how to read its answer and where its weights are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Id in URLs and on the command line: `[a-z0-9.-]`, at most 64.
    pub id: String,
    /// For people.
    pub title: String,
    /// The layers.
    pub graph: Graph,
    /// Where the graph may be cut, in order; together they hold every node but the input.
    pub pieces: Vec<Piece>,
    /// From a photograph to the input tensor.
    pub preprocess: Preprocess,
    /// From the output tensors to an answer.
    pub answer: AnswerKind,
    /// Names of the classes, empty where the answer has none.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Where the numbers come from.
    pub weights: WeightSource,
}

/// From a photograph to the input tensor: fit, then `(value - mean) / std` on 0..255.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preprocess {
    /// How the photograph is brought to the input's extent.
    pub fit: Fit,
    /// Which channels the network reads, in which order.
    pub channels: Channels,
    /// Subtracted, in R, G, B order whatever `channels` says (the first alone for grey).
    pub mean: [f32; 3],
    /// Divides, in R, G, B order whatever `channels` says.
    pub std: [f32; 3],
}

/// How a photograph is brought to the input's extent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fit {
    /// The central square of `fraction` of the short side, bicubic.
    Crop {
        /// Of the short side, in (0, 1].
        fraction: f32,
    },
    /// Whole, keeping its proportions, the rest filled with grey; bilinear.
    Letterbox {
        /// The grey, 0..255.
        fill: u8,
    },
    /// Whole, without keeping its proportions; bilinear.
    Stretch,
}

/// Channel order of a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// Luminance.
    Gray,
}

/// How the outputs are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AnswerKind {
    /// One score a class.
    Labels,
    /// YOLO boxes: one head an output, in the order of [`Graph::outputs`].
    Boxes {
        /// Anchors of each output in input pixels, width then height.
        anchors: Vec<Vec<[f32; 2]>>,
        /// Boxes below this score are dropped.
        score: f32,
        /// Of two boxes of one class that overlap more than this, the weaker is dropped.
        overlap: f32,
    },
    /// One channel in 0..1, shown as a grey picture.
    Map,
    /// Numbers that are not read further.
    Raw,
}

/// Where weights come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WeightSource {
    /// Each device makes those of its own pieces from (seed, node, index).
    Seeded {
        /// The seed.
        seed: u64,
    },
    /// One safetensors file a piece, in the order of [`Model::pieces`].
    Files {
        /// The files.
        files: Vec<WeightFile>,
    },
}

/// One safetensors file, named and checked by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightFile {
    /// Name beside `model.json`.
    pub file: String,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
    /// Length of the content.
    pub bytes: u64,
}
