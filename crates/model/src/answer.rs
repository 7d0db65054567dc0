//! What a network says of a photograph, as the HTTP API's JSON.

use serde::{Deserialize, Serialize};

/// An answer; flattened into `{kind: "labels", labels: [...]}` and so on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// The five likeliest classes, likeliest first.
    Labels {
        /// The classes.
        labels: Vec<LabelScore>,
    },
    /// Things found, likeliest first.
    Boxes {
        /// The things.
        boxes: Vec<FoundBox>,
    },
    /// A grey picture.
    Map {
        /// The picture.
        map: MapPicture,
    },
    /// Output tensors that are not read further, by name.
    Raw {
        /// The tensors.
        outputs: Vec<RawOutput>,
    },
}

/// One class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelScore {
    /// Name of the class.
    pub label: String,
    /// Its index.
    pub index: u32,
    /// The network's score.
    pub score: f32,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundBox {
    /// Name of the class.
    pub label: String,
    /// Objectness times class probability.
    pub score: f32,
    /// Left edge in pixels of the photograph that was sent.
    pub x: f32,
    /// Top edge in pixels.
    pub y: f32,
    /// Width in pixels.
    pub w: f32,
    /// Height in pixels.
    pub h: f32,
}

/// A grey picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapPicture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// An 8-bit grey PNG, base64.
    pub png: String,
}

/// One output tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawOutput {
    /// The node's name.
    pub name: String,
    /// Channels, rows, columns.
    pub shape: [u32; 3],
    /// The five largest values with their flat index (channel, row, column order).
    pub top: Vec<(u32, f32)>,
}
