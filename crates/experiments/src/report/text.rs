//! Small pieces of text.

use std::fmt::Display;

/// `a, b, c`.
pub(super) fn list<T: Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Seconds with three digits behind the point.
pub(super) fn seconds(value: Option<f64>) -> String {
    match value {
        Some(value) if value.is_finite() => format!("{value:.3}"),
        _ => "-".into(),
    }
}

/// A part as per cent.
pub(super) fn percent(part: f64) -> String {
    // Rounding alone may put a part below 0.
    format!("{:.1} %", 100.0 * part.max(0.0))
}
