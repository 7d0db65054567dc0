//! Where a resize reads its input.
//!
//! The positions that ONNX names are reckoned in f32, step by step as ONNX Runtime does, so that a
//! position half-way between two rows, or just on one, falls to the same side.

use crate::Span;
use serde::{Deserialize, Serialize};

/// How a resize reads its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// `in = floor(out * in_extent / out_extent)` (ONNX nearest, asymmetric, floor).
    Nearest,
    /// Between the two neighbours of `(out + 0.5) * in_extent / out_extent - 0.5`
    /// (ONNX linear, half_pixel), clamped at the borders.
    Linear,
    /// The row next to a position, any other of ONNX's modes.
    NearestAt {
        /// The position.
        coordinates: Coordinates,
        /// Which row is next to it.
        rounding: Rounding,
    },
    /// Between the two neighbours of a position, any other of ONNX's modes.
    LinearAt {
        /// The position.
        coordinates: Coordinates,
    },
}

/// ONNX's `coordinate_transformation_mode`; `scale` is `out_extent / in_extent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coordinates {
    /// `out / scale`.
    Asymmetric,
    /// `(out + 0.5) / scale - 0.5`.
    HalfPixel,
    /// The same, and 0 where the output has one row.
    PytorchHalfPixel,
    /// `(out + 0.5) / scale`.
    TfHalfPixel,
    /// `out * (in_extent - 1) / (out_extent - 1)`: the first and the last rows stay where they are.
    AlignCorners,
}

/// ONNX's `nearest_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearer, half-way down.
    PreferFloor,
    /// To the nearer, half-way up.
    PreferCeil,
    /// Down.
    Floor,
    /// Up.
    Ceil,
}

impl Interpolation {
    /// The two input rows that row `out` lies between, and the weight of the second.
    #[must_use]
    pub fn between(&self, out: u32, input: u32, output: u32) -> (u32, u32, f32) {
        let last = input.saturating_sub(1);
        match self {
            Self::Linear => linear(out, input, output),
            Self::LinearAt { coordinates } => {
                let place = coordinates.place(out, input, output).clamp(0.0, last as f32);
                let low = (place as u32).min(last);
                (low, (low + 1).min(last), place - low as f32)
            }
            Self::Nearest => {
                let row = nearest(out, input, output);
                (row, row, 0.0)
            }
            Self::NearestAt { coordinates, rounding } => {
                let place = coordinates.place(out, input, output);
                let row = rounding.of(place).clamp(0.0, last as f32) as u32;
                (row, row, 0.0)
            }
        }
    }

    /// Whether every row is a copy of one row.
    #[must_use]
    pub const fn copies(&self) -> bool {
        matches!(self, Self::Nearest | Self::NearestAt { .. })
    }

    /// Rows (or columns) of a map of extent `input` that a resize to `output` reads for `span`, which
    /// is not empty.
    pub(crate) fn reads(&self, input: u32, output: u32, span: Span) -> Span {
        let (low, _, _) = self.between(span.start, input, output);
        let (_, high, _) = self.between(span.end - 1, input, output);
        Span::new(low, high + 1)
    }
}

impl Coordinates {
    /// Where row `out` of `output` lies among `input` rows.
    fn place(self, out: u32, input: u32, output: u32) -> f32 {
        let scale = output as f32 / input as f32;
        let out = out as f32;
        match self {
            Self::Asymmetric => out / scale,
            Self::PytorchHalfPixel if output <= 1 => 0.0,
            Self::HalfPixel | Self::PytorchHalfPixel => (out + 0.5) / scale - 0.5,
            Self::TfHalfPixel => (out + 0.5) / scale,
            Self::AlignCorners if output <= 1 => 0.0,
            Self::AlignCorners => out * (input as f32 - 1.0) / (output as f32 - 1.0),
        }
    }
}

impl Rounding {
    fn of(self, place: f32) -> f32 {
        match self {
            Self::PreferFloor if place == place.trunc() + 0.5 => place.floor(),
            Self::PreferFloor | Self::PreferCeil => place.round(),
            Self::Floor => place.floor(),
            Self::Ceil => place.ceil(),
        }
    }
}

/// The input row that row `out` of a nearest resize copies (ONNX asymmetric, floor).
#[must_use]
pub fn nearest(out: u32, input: u32, output: u32) -> u32 {
    let row = u64::from(out) * u64::from(input) / u64::from(output.max(1));
    (row as u32).min(input.saturating_sub(1))
}

/// The two input rows that row `out` of a linear resize (ONNX half_pixel) lies between, and the
/// weight of the second.
#[must_use]
pub fn linear(out: u32, input: u32, output: u32) -> (u32, u32, f32) {
    let place = (f64::from(out) + 0.5) * f64::from(input) / f64::from(output.max(1)) - 0.5;
    let last = input.saturating_sub(1);
    let place = place.clamp(0.0, f64::from(last));
    let low = place as u32;
    (low, (low + 1).min(last), (place - f64::from(low)) as f32)
}
