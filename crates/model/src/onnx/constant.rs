//! Tensors whose numbers are known before the network runs: initialisers, `Constant` nodes, and what
//! follows from them ([`super::evaluate`]).

use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto, data_type};
use crate::validate::MAX_PARAMETERS;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

mod decode;

/// Numbers that all layers may be given together: as many as a network may have weights.
const MAX_GIVEN: usize = MAX_PARAMETERS as usize;
/// Numbers that may be reckoned at import, all together.
const MAX_RECKONED: usize = 1 << 28;
/// Extents of one tensor.
const MAX_AXES: usize = 8;

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
    /// Numbers given to layers so far: many may share one tensor, and each gets a copy.
    given: Cell<usize>,
    /// Numbers reckoned so far.
    reckoned: usize,
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
    ///
    /// # Errors
    /// Where there is no room for so many numbers more.
    pub(crate) fn learn(&mut self, name: &str, known: Known) -> Result<(), String> {
        let count = known.numbers.len();
        self.has_room(count)?;
        self.reckoned += count;
        self.add(Cow::Owned(name.to_owned()), Stored::Known(known));
        Ok(())
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

    /// Whether `count` more numbers may be reckoned.
    pub(crate) fn has_room(&self, count: usize) -> Result<(), String> {
        if self.reckoned.saturating_add(count) > MAX_RECKONED {
            return Err(format!("more than {MAX_RECKONED} numbers would be reckoned"));
        }
        Ok(())
    }

    /// The constant `name`, whichever kind its numbers are of: as it is kept where it was reckoned,
    /// decoded where it stands in the file.
    pub(crate) fn known(&self, name: &str) -> Result<Cow<'_, Known>, String> {
        let tensor = match self.get(name)? {
            Stored::Known(known) => return Ok(Cow::Borrowed(known)),
            Stored::File(tensor) => tensor,
        };
        Ok(Cow::Owned(if data_type::is_float(tensor.data_type) {
            let Tensor { dims, values } = decode::floats(name, tensor)?;
            Known { dims, numbers: Numbers::Floats(values) }
        } else {
            let Tensor { dims, values } = decode::integers(name, tensor)?;
            Known { dims, numbers: Numbers::Integers(values) }
        }))
    }

    /// The numbers of a tensor that stands in an attribute.
    pub(crate) fn only(tensor: &TensorProto) -> Result<Numbers, String> {
        let mut constants = Constants::default();
        constants.add(Cow::Borrowed("value"), Stored::File(Cow::Borrowed(tensor)));
        Ok(constants.known("value")?.into_owned().numbers)
    }

    /// The one float of the constant `name`, if it holds one; a larger tensor is not decoded.
    pub(crate) fn number(&self, name: &str) -> Option<f32> {
        match self.get(name).ok()? {
            Stored::File(tensor) if tensor.dims.iter().all(|dim| *dim == 1) => {
                decode::floats(name, tensor).ok()?.values.first().copied()
            }
            Stored::Known(Known { numbers: Numbers::Floats(values), .. }) => {
                if let [value] = values.as_slice() { Some(*value) } else { None }
            }
            _ => None,
        }
    }

    /// The floats of the constant `name`, all finite, for a layer.
    pub(crate) fn floats(&self, name: &str) -> Result<Tensor<f32>, String> {
        let tensor = match self.get(name)? {
            Stored::File(tensor) => {
                let tensor = decode::floats(name, tensor)?;
                self.give(tensor.values.len())?;
                return Ok(tensor);
            }
            Stored::Known(known) => known,
        };
        let Numbers::Floats(values) = &tensor.numbers else {
            return Err(decode::wrong_type(name, data_type::INT64, "float32"));
        };
        decode::check_finite(name, values)?;
        self.give(values.len())?;
        Ok(Tensor { dims: tensor.dims.clone(), values: values.clone() })
    }

    /// The integers of the constant `name`.
    pub(crate) fn integers(&self, name: &str) -> Result<Tensor<i64>, String> {
        match self.get(name)? {
            Stored::File(tensor) => decode::integers(name, tensor),
            Stored::Known(Known { dims, numbers: Numbers::Integers(values) }) => {
                Ok(Tensor { dims: dims.clone(), values: values.clone() })
            }
            Stored::Known(_) => Err(decode::wrong_type(name, data_type::FLOAT, "int64 or int32")),
        }
    }

    fn give(&self, count: usize) -> Result<(), String> {
        let total = self.given.get().saturating_add(count);
        if total > MAX_GIVEN {
            return Err(format!("the network holds more than {MAX_GIVEN} numbers"));
        }
        self.given.set(total);
        Ok(())
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

/// Errors where a tensor would have too many extents.
pub(crate) fn check_rank(rank: usize) -> Result<(), String> {
    if rank <= MAX_AXES { Ok(()) } else { Err(format!("{rank} extents are more than {MAX_AXES}")) }
}

/// How many numbers a tensor of these extents holds. Also bounds extents that stand beside one of
/// zero, so that none is a reason to reckon for long.
///
/// # Errors
/// Where they are too many or too large.
pub(crate) fn count(dims: &[usize]) -> Result<usize, String> {
    check_rank(dims.len())?;
    let all = dims.iter().try_fold(1_usize, |all, dim| all.checked_mul((*dim).max(1)));
    if all.is_none_or(|all| all > MAX_GIVEN) {
        return Err(format!("extents of {dims:?} stand for too many numbers"));
    }
    Ok(dims.iter().product())
}
