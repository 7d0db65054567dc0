//! Rectangles of a feature map: half-open spans of rows and of columns.

use crate::Shape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A half-open interval `[start, end)` of rows or of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "[u32; 2]", into = "[u32; 2]")]
pub struct Span {
    /// First index inside.
    pub start: u32,
    /// First index past the end.
    pub end: u32,
}

impl Span {
    /// The interval `[start, end)`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Number of indices inside.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether nothing is inside.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// What both hold; empty (`len() == 0`) where they do not meet.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let start = self.start.max(other.start);
        Self { start, end: self.end.min(other.end).max(start) }
    }

    /// The smallest span that holds both; an empty one adds nothing.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => *other,
            (_, true) => *self,
            _ => Self { start: self.start.min(other.start), end: self.end.max(other.end) },
        }
    }

    /// Whether all of `other` lies inside.
    #[must_use]
    pub const fn contains(&self, other: &Self) -> bool {
        other.is_empty() || (self.start <= other.start && other.end <= self.end)
    }
}

impl From<[u32; 2]> for Span {
    fn from([start, end]: [u32; 2]) -> Self {
        Self { start, end }
    }
}

impl From<Span> for [u32; 2] {
    fn from(span: Span) -> Self {
        [span.start, span.end]
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A rectangle of a feature map, all its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// The rows inside.
    pub rows: Span,
    /// The columns inside.
    pub cols: Span,
}

impl Region {
    /// The rectangle of these rows and columns.
    #[must_use]
    pub const fn new(rows: Span, cols: Span) -> Self {
        Self { rows, cols }
    }

    /// The whole map.
    #[must_use]
    pub const fn whole(shape: Shape) -> Self {
        Self { rows: Span::new(0, shape.height), cols: Span::new(0, shape.width) }
    }

    /// Rows `rows` over the full width: a strip.
    #[must_use]
    pub const fn strip(rows: Span, shape: Shape) -> Self {
        Self { rows, cols: Span::new(0, shape.width) }
    }

    /// Nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { rows: Span::new(0, 0), cols: Span::new(0, 0) }
    }

    /// Whether nothing is inside.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.cols.is_empty()
    }

    /// Rows times columns.
    #[must_use]
    pub const fn area(&self) -> u64 {
        self.rows.len() as u64 * self.cols.len() as u64
    }

    /// What both hold.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self { rows: self.rows.intersect(&other.rows), cols: self.cols.intersect(&other.cols) }
    }

    /// The smallest rectangle that holds both; an empty one adds nothing.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => *other,
            (_, true) => *self,
            _ => Self { rows: self.rows.hull(&other.rows), cols: self.cols.hull(&other.cols) },
        }
    }

    /// Whether all of `other` lies inside.
    #[must_use]
    pub const fn contains(&self, other: &Self) -> bool {
        other.is_empty() || (self.rows.contains(&other.rows) && self.cols.contains(&other.cols))
    }

    /// The shape of this part of a map with `channels` channels.
    #[must_use]
    pub const fn shape(&self, channels: u32) -> Shape {
        Shape::new(channels, self.rows.len(), self.cols.len())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rows {} cols {}", self.rows, self.cols)
    }
}
