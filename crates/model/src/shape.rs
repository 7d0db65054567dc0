//! The extents of one feature map. The batch is always one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Channels, rows and columns of a feature map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "[u32; 3]", into = "[u32; 3]")]
pub struct Shape {
    /// Number of channels.
    pub channels: u32,
    /// Number of rows.
    pub height: u32,
    /// Number of columns.
    pub width: u32,
}

impl Shape {
    /// A shape from channels, rows and columns.
    #[must_use]
    pub const fn new(channels: u32, height: u32, width: u32) -> Self {
        Self { channels, height, width }
    }

    /// A vector as rows of one value each, so that strips of it can be cut.
    #[must_use]
    pub const fn rows(values: u32) -> Self {
        Self::new(1, values, 1)
    }

    /// Whether it is several rows of one value each.
    #[must_use]
    pub const fn is_rows(&self) -> bool {
        self.channels == 1 && self.width == 1 && self.height > 1
    }

    /// Whether it is a vector: one pixel, or rows of one value each.
    #[must_use]
    pub const fn is_flat(&self) -> bool {
        (self.height == 1 && self.width == 1) || self.is_rows()
    }

    /// Number of values in the map.
    #[must_use]
    pub const fn elements(&self) -> u64 {
        self.channels as u64 * self.height as u64 * self.width as u64
    }
}

impl From<[u32; 3]> for Shape {
    fn from([channels, height, width]: [u32; 3]) -> Self {
        Self { channels, height, width }
    }
}

impl From<Shape> for [u32; 3] {
    fn from(shape: Shape) -> Self {
        [shape.channels, shape.height, shape.width]
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}
