//! Numbers as a file stores them: raw or in one of several lists, of many kinds.

use super::{Tensor, count};
use crate::onnx::proto::{TensorProto, data_type};
use half::f16;

/// The floats of `tensor`, all finite.
pub(super) fn floats(name: &str, tensor: &TensorProto) -> Result<Tensor<f32>, String> {
    let values: Vec<f32> = match (tensor.data_type, &tensor.raw_data) {
        (data_type::FLOAT, None) => tensor.float_data.clone(),
        (data_type::DOUBLE, None) => tensor.double_data.iter().map(|v| *v as f32).collect(),
        // Half floats travel as the low 16 bits of int32_data.
        (data_type::FLOAT16, None) => {
            tensor.int32_data.iter().map(|bits| f16::from_bits(*bits as u16).to_f32()).collect()
        }
        (data_type::FLOAT, Some(raw)) => words(name, raw, f32::from_le_bytes)?,
        (data_type::DOUBLE, Some(raw)) => words(name, raw, |b| f64::from_le_bytes(b) as f32)?,
        (data_type::FLOAT16, Some(raw)) => words(name, raw, |b| f16::from_le_bytes(b).to_f32())?,
        (other, _) => return Err(wrong_type(name, other, "float32, float16 or float64")),
    };
    check_finite(name, &values)?;
    shaped(name, &tensor.dims, values)
}

/// The integers of `tensor`.
pub(super) fn integers(name: &str, tensor: &TensorProto) -> Result<Tensor<i64>, String> {
    let values: Vec<i64> = match (tensor.data_type, &tensor.raw_data) {
        (data_type::INT64, None) => tensor.int64_data.clone(),
        // All smaller kinds travel in int32_data too.
        (code, None) if data_type::is_small(code) => {
            tensor.int32_data.iter().map(|v| i64::from(*v)).collect()
        }
        (data_type::INT64, Some(raw)) => words(name, raw, i64::from_le_bytes)?,
        (data_type::INT32, Some(raw)) => words(name, raw, |b| i32::from_le_bytes(b).into())?,
        (data_type::INT16, Some(raw)) => words(name, raw, |b| i16::from_le_bytes(b).into())?,
        (data_type::UINT16, Some(raw)) => words(name, raw, |b| u16::from_le_bytes(b).into())?,
        (data_type::INT8, Some(raw)) => words(name, raw, |b| i8::from_le_bytes(b).into())?,
        (data_type::UINT8 | data_type::BOOL, Some(raw)) => words(name, raw, |[b]| b.into())?,
        (other, _) => return Err(wrong_type(name, other, "an integer type")),
    };
    shaped(name, &tensor.dims, values)
}

/// Errors where one of `values` is no number, or infinite.
pub(super) fn check_finite(name: &str, values: &[f32]) -> Result<(), String> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(format!("'{name}' holds values that are not finite"))
}

pub(super) fn wrong_type(name: &str, code: i32, wanted: &str) -> String {
    format!("'{name}' is of {}, expected {wanted}", data_type::name(code))
}

/// Little-endian words of `N` bytes.
fn words<const N: usize, T>(
    name: &str,
    raw: &[u8],
    read: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, String> {
    let (words, rest) = raw.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("the data of '{name}' ends in the middle of a number"));
    }
    Ok(words.iter().map(|word| read(*word)).collect())
}

/// A tensor, if there are as many values as its extents say.
fn shaped<T>(name: &str, dims: &[i64], values: Vec<T>) -> Result<Tensor<T>, String> {
    let extents: Option<Vec<usize>> = dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let wrong = || format!("'{name}' says {dims:?} and holds {} values", values.len());
    let extents = extents.ok_or_else(wrong)?;
    let said = count(&extents).map_err(|why| format!("'{name}': {why}"))?;
    if said == values.len() { Ok(Tensor { dims: extents, values }) } else { Err(wrong()) }
}
