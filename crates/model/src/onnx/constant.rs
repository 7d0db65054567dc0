//! Tensors whose numbers are known before the network runs: initialisers, `Constant` nodes, and what
//! follows from them ([`super::evaluate`]).

use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto, data_type};
use half::f16;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

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

/// Numbers of either kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Numbers {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

impl Numbers {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }
}

/// A tensor of either kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// As [`Tensor::dims`].
    pub(crate) dims: Vec<usize>,
    /// As [`Tensor::values`].
    pub(crate) numbers: Numbers,
}

/// Where a tensor's numbers are.
#[derive(Debug)]
enum Stored<'a> {
    File(Cow<'a, TensorProto>),
    Known(Known),
}

/// What is said of a tensor that a refused node would have made.
pub(crate) const LOST: &str = "it hangs on a layer that cannot be run";

/// Every tensor of the file whose numbers are known before it runs, by name; decoded when asked
/// for, since a file may hold more than the network uses.
#[derive(Debug, Default)]
pub(crate) struct Constants<'a> {
    tensors: Vec<Stored<'a>>,
    names: HashMap<Cow<'a, str>, usize>,
    lost: HashSet<String>,
    /// Numbers handed out so far: many layers may share one tensor, and each gets a copy.
    handed_out: Cell<usize>,
}

impl<'a> Constants<'a> {
    /// The initialisers and the `Constant` nodes of `graph`, also under the names that `Identity`
    /// nodes give them.
    pub(crate) fn of(graph: &'a GraphProto) -> Self {
        let mut constants = Self::default();
        for tensor in &graph.initializer {
            constants.add(Cow::Borrowed(&tensor.name), Stored::File(Cow::Borrowed(tensor)));
        }
        for node in &graph.node {
            let Some(output) = node.output.first() else { continue };
            match node.op_type.as_str() {
                "Constant" => {
                    if let Some(tensor) = constant_node(node) {
                        constants.add(Cow::Borrowed(output), Stored::File(tensor));
                    }
                }
                "Identity" => {
                    let input = node.input.first().map_or("", String::as_str);
                    if let Some(index) = constants.names.get(input).copied() {
                        constants.names.insert(Cow::Borrowed(output), index);
                    }
                }
                _ => {}
            }
        }
        constants
    }

    fn add(&mut self, name: Cow<'a, str>, tensor: Stored<'a>) {
        self.names.insert(name, self.tensors.len());
        self.tensors.push(tensor);
    }

    /// Adds a tensor that follows from others.
    pub(crate) fn learn(&mut self, name: &str, known: Known) {
        self.add(Cow::Owned(name.to_owned()), Stored::Known(known));
    }

    /// Notes that `name` will never be known nor computed.
    pub(crate) fn lose(&mut self, name: &str) {
        self.lost.insert(name.to_owned());
    }

    /// Whether `name` was lost.
    pub(crate) fn is_lost(&self, name: &str) -> bool {
        self.lost.contains(name)
    }

    /// Whether `name` is a constant.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether there is room for `count` more numbers; they count as taken.
    pub(crate) fn take(&self, count: usize) -> Result<(), String> {
        let total = self.handed_out.get().saturating_add(count);
        if total > MAX_NUMBERS {
            return Err(format!("the network holds more than {MAX_NUMBERS} numbers"));
        }
        self.handed_out.set(total);
        Ok(())
    }

    /// The numbers of the constant `name`, whichever kind they are of.
    pub(crate) fn known(&self, name: &str) -> Result<Known, String> {
        let of_floats = match self.get(name)? {
            Stored::Known(known) => matches!(known.numbers, Numbers::Floats(_)),
            Stored::File(tensor) => data_type::is_float(tensor.data_type),
        };
        if of_floats {
            let Tensor { dims, values } = self.floats(name)?;
            return Ok(Known { dims, numbers: Numbers::Floats(values) });
        }
        let Tensor { dims, values } = self.integers(name)?;
        self.take(values.len())?;
        Ok(Known { dims, numbers: Numbers::Integers(values) })
    }

    /// The numbers of a tensor that stands in an attribute.
    pub(crate) fn only(tensor: &TensorProto) -> Result<Numbers, String> {
        let mut constants = Constants::default();
        constants.add(Cow::Borrowed("value"), Stored::File(Cow::Borrowed(tensor)));
        Ok(constants.known("value")?.numbers)
    }

    /// The floats of the constant `name`.
    pub(crate) fn floats(&self, name: &str) -> Result<Tensor<f32>, String> {
        let tensor = match self.get(name)? {
            Stored::File(tensor) => tensor,
            Stored::Known(Known { dims, numbers: Numbers::Floats(values) }) => {
                self.take(values.len())?;
                return Ok(Tensor { dims: dims.clone(), values: values.clone() });
            }
            Stored::Known(_) => return Err(wrong_type(name, data_type::INT64, "float32")),
        };
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
        self.take(values.len())?;
        shaped(name, &tensor.dims, values)
    }

    /// The integers of the constant `name`.
    pub(crate) fn integers(&self, name: &str) -> Result<Tensor<i64>, String> {
        let tensor = match self.get(name)? {
            Stored::File(tensor) => tensor,
            Stored::Known(Known { dims, numbers: Numbers::Integers(values) }) => {
                return Ok(Tensor { dims: dims.clone(), values: values.clone() });
            }
            Stored::Known(_) => return Err(wrong_type(name, data_type::FLOAT, "int64 or int32")),
        };
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

    fn get(&self, name: &str) -> Result<&Stored<'a>, String> {
        let Some(stored) = self.names.get(name).and_then(|index| self.tensors.get(*index)) else {
            if self.is_lost(name) {
                return Err(LOST.to_owned());
            }
            return Err(format!("'{name}' must be a constant of the file, and is computed"));
        };
        if let Stored::File(tensor) = stored
            && tensor.data_location != 0
        {
            return Err(format!(
                "'{name}' lies in another file (external data): save the model as one file"
            ));
        }
        Ok(stored)
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
