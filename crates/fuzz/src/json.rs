//! Whether two JSON values say the same.

use serde_json::Value;

/// By which part of itself a number may change when it is written and read again: serde_json reads
/// the last digits of a number without care, and single precision has fewer of them.
const ROUNDING: f64 = 1e-6;

/// Whether both say the same, but for how numbers are rounded.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= ROUNDING * a.abs().max(b.abs()),
            _ => a == b,
        },
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let of_b = |key: &String, value| b.get(key).is_some_and(|other| same(value, other));
            a.len() == b.len() && a.iter().all(|(key, value)| of_b(key, value))
        }
        _ => one == other,
    }
}
