//! Tensors whose numbers are in the file: initialisers and `Constant` nodes.

use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto, data_type};
use half::f16;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

/// Numbers that one network may hold in all: 1 GiB as f32, more than a room of browsers can.
const MAX_NUMBERS: usize = 1 << 28;

/// A tensor of numbers as they are used: all kinds of float as f32, all kinds of integer as i64.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor<T> {
    /// Extents, outermost first; none for a scalar.
    pub(crate) dims: Vec<usize>,
    /// Values, the last extent running fastest.
    pub(crate) values: Vec<T>,
}

/// Every tensor of the file whose numbers are known before it runs, by name; decoded when asked
/// for, since a file may hold more than the network uses.
#[derive(Debug, Default)]
pub(crate) struct Constants<'a> {
    tensors: Vec<Cow<'a, TensorProto>>,
    names: HashMap<&'a str, usize>,
    /// Numbers handed out so far: many layers may share one tensor, and each gets a copy.
    handed_out: Cell<usize>,
}

impl<'a> Constants<'a> {
    /// The initialisers and the `Constant` nodes of `graph`, also under the names that `Identity`
    /// nodes give them.
    pub(crate) fn of(graph: &'a GraphProto) -> Self {
        let mut constants = Self::default();
        for tensor in &graph.initializer {
            constants.add(&tensor.name, Cow::Borrowed(tensor));
        }
        for node in &graph.node {
            let Some(output) = node.output.first() else { continue };
            match node.op_type.as_str() {
                "Constant" => {
                    if let Some(tensor) = constant_node(node) {
                        constants.add(output, tensor);
                    }
                }
                "Identity" => {
                    let input = node.input.first().map_or("", String::as_str);
                    if let Some(index) = constants.names.get(input).copied() {
                        constants.names.insert(output, index);
                    }
                }
                _ => {}
            }
        }
        constants
    }

    fn add(&mut self, name: &'a str, tensor: Cow<'a, TensorProto>) {
        self.names.insert(name, self.tensors.len());
        self.tensors.push(tensor);
    }

    /// Whether `name` is a constant.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The floats of the constant `name`.
    pub(crate) fn floats(&self, name: &str) -> Result<Tensor<f32>, String> {
        let tensor = self.get(name)?;
        let values: Vec<f32> = match (tensor.data_type, &tensor.raw_data) {
            (data_type::FLOAT, None) => tensor.float_data.clone(),
            (data_type::DOUBLE, None) => tensor.double_data.iter().map(|v| *v as f32).collect(),
            // Half floats travel as the low 16 bits of int32_data.
            (data_type::FLOAT16, None) => {
                tensor.int32_data.iter().map(|bits| f16::from_bits(*bits as u16).to_f32()).collect()
            }
            (data_type::FLOAT, Some(raw)) => words(name, raw, f32::from_le_bytes)?,
            (data_type::DOUBLE, Some(raw)) => words(name, raw, |b| f64::from_le_bytes(b) as f32)?,
            (data_type::FLOAT16, Some(raw)) => {
                words(name, raw, |b| f16::from_le_bytes(b).to_f32())?
            }
            (other, _) => return Err(wrong_type(name, other, "float32, float16 or float64")),
        };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(format!("'{name}' holds values that are not finite"));
        }
        let total = self.handed_out.get().saturating_add(values.len());
        if total > MAX_NUMBERS {
            return Err(format!("the network holds more than {MAX_NUMBERS} numbers"));
        }
        self.handed_out.set(total);
        shaped(name, &tensor.dims, values)
    }

    /// The integers of the constant `name`.
    pub(crate) fn integers(&self, name: &str) -> Result<Tensor<i64>, String> {
        let tensor = self.get(name)?;
        let values: Vec<i64> = match (tensor.data_type, &tensor.raw_data) {
            (data_type::INT64, None) => tensor.int64_data.clone(),
            (data_type::INT32, None) => tensor.int32_data.iter().map(|v| i64::from(*v)).collect(),
            (data_type::INT64, Some(raw)) => words(name, raw, i64::from_le_bytes)?,
            (data_type::INT32, Some(raw)) => words(name, raw, |b| i32::from_le_bytes(b).into())?,
            (other, _) => return Err(wrong_type(name, other, "int64 or int32")),
        };
        shaped(name, &tensor.dims, values)
    }

    fn get(&self, name: &str) -> Result<&TensorProto, String> {
        let Some(tensor) = self.names.get(name).and_then(|index| self.tensors.get(*index)) else {
            return Err(format!("'{name}' must be a constant of the file, and is computed"));
        };
        if tensor.data_location != 0 {
            return Err(format!(
                "'{name}' lies in another file (external data): save the model as one file"
            ));
        }
        Ok(tensor)
    }
}

/// The value of a `Constant` node.
fn constant_node(node: &NodeProto) -> Option<Cow<'_, TensorProto>> {
    let attribute: &AttributeProto = node.attribute.first()?;
    let floats = |dims: Vec<i64>, float_data: Vec<f32>| TensorProto {
        dims,
        data_type: data_type::FLOAT,
        float_data,
        ..TensorProto::default()
    };
    let integers = |dims: Vec<i64>, int64_data: Vec<i64>| TensorProto {
        dims,
        data_type: data_type::INT64,
        int64_data,
        ..TensorProto::default()
    };
    match attribute.name.as_str() {
        "value" => return attribute.t.as_ref().map(Cow::Borrowed),
        "value_float" => attribute.f.map(|value| floats(vec![], vec![value])),
        "value_int" => attribute.i.map(|value| integers(vec![], vec![value])),
        "value_floats" => {
            Some(floats(vec![attribute.floats.len() as i64], attribute.floats.clone()))
        }
        "value_ints" => Some(integers(vec![attribute.ints.len() as i64], attribute.ints.clone())),
        _ => None,
    }
    .map(Cow::Owned)
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

fn wrong_type(name: &str, code: i32, wanted: &str) -> String {
    format!("'{name}' is of {}, expected {wanted}", data_type::name(code))
}

/// A tensor, if there are as many values as its extents say.
fn shaped<T>(name: &str, dims: &[i64], values: Vec<T>) -> Result<Tensor<T>, String> {
    let extents: Option<Vec<usize>> = dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let count = extents
        .as_ref()
        .and_then(|dims| dims.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim)));
    match (extents, count) {
        (Some(dims), Some(count)) if count == values.len() => Ok(Tensor { dims, values }),
        _ => Err(format!("'{name}' says {dims:?} and holds {} values", values.len())),
    }
}
