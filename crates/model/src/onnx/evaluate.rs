//! Nodes whose result is known before the network runs: arithmetic on shapes and constants, weights
//! that are stored as small integers.

use super::attributes::Attributes;
use super::constant::{Constants, Known, Numbers, count};
use super::proto::{NodeProto, data_type};
use std::borrow::Cow;

mod arrange;
mod combine;

pub(crate) use arrange::range;

/// Most numbers of a result that may be larger than what it is made of.
const MAX_MADE: usize = 1 << 24;

/// What `node` makes, if it is one whose operator is reckoned here and all that it reads is known.
/// `extents` are those of a map that the network computes.
///
/// # Errors
/// Where it says something that cannot be.
pub(crate) fn evaluate(
    node: &NodeProto,
    opset: i64,
    constants: &Constants<'_>,
    extents: impl Fn(&str) -> Option<Vec<i64>>,
) -> Result<Option<Known>, String> {
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return Ok(None);
    }
    let attributes = Attributes::of(node);
    let first = node.input.first().map_or("", String::as_str);
    if let "Shape" | "Size" = node.op_type.as_str() {
        let dims = match extents(first) {
            Some(dims) => dims,
            None if constants.contains(first) => {
                constants.known(first)?.dims.iter().map(|dim| *dim as i64).collect()
            }
            None => return Ok(None),
        };
        let known = if node.op_type == "Size" {
            integers(&[], vec![dims.iter().fold(1, |all: i64, dim| all.saturating_mul(*dim))])
        } else {
            let rank = dims.len() as i64;
            let end = attributes.int("end", rank);
            let at = |index: i64| (if index < 0 { index + rank } else { index }).clamp(0, rank);
            let (start, end) = (at(attributes.int("start", 0)) as usize, at(end) as usize);
            vector(dims.get(start..end).unwrap_or_default().to_vec())
        };
        return Ok(Some(known));
    }
    let known = |name: &String| name.is_empty() || constants.contains(name);
    if node.input.is_empty() || !node.input.iter().all(known) {
        return Ok(None);
    }
    let operands = Operands { node, constants };
    let attributes = &attributes;
    let known = match node.op_type.as_str() {
        "Identity" => operands.get(0)?.into_owned(),
        "Cast" => cast(operands.get(0)?, attributes.int("to", 0))?,
        "ConstantOfShape" => constant_of_shape(&operands, attributes)?,
        "Reshape" => arrange::reshape(operands.get(0)?, &operands.integers(1)?)?,
        "Squeeze" | "Unsqueeze" => {
            let axes = match attributes.ints("axes") {
                Some(axes) => Some(axes.to_vec()),
                None => operands.optional(1).then(|| operands.integers(1)).transpose()?,
            };
            let tensor = operands.get(0)?;
            if node.op_type == "Squeeze" {
                arrange::squeeze(tensor, axes)?
            } else {
                arrange::unsqueeze(tensor, &axes.unwrap_or_default())?
            }
        }
        "Gather" => arrange::gather(&operands, attributes.int("axis", 0))?,
        "Slice" => arrange::slice(&operands, attributes, opset)?,
        "Transpose" => arrange::transpose(operands.get(0)?.as_ref(), attributes.ints("perm"))?,
        "Concat" => {
            let all = (0..node.input.len()).map(|index| operands.get(index));
            let all = all.collect::<Result<Vec<_>, _>>()?;
            arrange::concat(&operands, &all, attributes.int("axis", 0))?
        }
        "Expand" => arrange::expand(&operands)?,
        "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max" | "Equal" => {
            combine::pair(&node.op_type, &operands)?
        }
        "Where" => combine::choose(&operands)?,
        "Neg" | "Sqrt" | "Floor" | "Ceil" | "Exp" | "Reciprocal" => {
            combine::each(&node.op_type, operands.get(0)?.into_owned())?
        }
        "ReduceProd" => combine::product(operands.get(0)?.as_ref(), attributes)?,
        "DequantizeLinear" => combine::dequantize(&operands, attributes)?,
        _ => return Ok(None),
    };
    Ok(Some(known))
}

/// Whether the operator is one that is only reckoned here, never run on a map.
pub(crate) fn only_known(operator: &str) -> bool {
    matches!(
        operator,
        "Shape"
            | "Size"
            | "ConstantOfShape"
            | "Gather"
            | "Expand"
            | "Equal"
            | "Where"
            | "Sqrt"
            | "Floor"
            | "Ceil"
            | "Exp"
            | "Reciprocal"
            | "ReduceProd"
    )
}

/// What a node reads, all of it known.
pub(super) struct Operands<'a> {
    node: &'a NodeProto,
    constants: &'a Constants<'a>,
}

impl Operands<'_> {
    fn optional(&self, index: usize) -> bool {
        self.node.input.get(index).is_some_and(|name| !name.is_empty())
    }

    fn get(&self, index: usize) -> Result<Cow<'_, Known>, String> {
        let name = self.node.input.get(index).filter(|name| !name.is_empty());
        self.constants.known(name.ok_or_else(|| format!("its input {index} is missing"))?)
    }

    fn integers(&self, index: usize) -> Result<Vec<i64>, String> {
        match self.get(index)?.into_owned().numbers {
            Numbers::Integers(values) => Ok(values),
            Numbers::Floats(_) => Err(format!("its input {index} is not of integers")),
        }
    }

    /// Room for a result of these extents, which may be larger than all that the file holds.
    fn room(&self, dims: &[usize]) -> Result<usize, String> {
        let count = count(dims)?;
        if count > MAX_MADE {
            return Err(format!("it would make {dims:?} numbers"));
        }
        self.constants.has_room(count)?;
        Ok(count)
    }
}

fn integers(dims: &[usize], values: Vec<i64>) -> Known {
    Known { dims: dims.to_vec(), numbers: Numbers::Integers(values) }
}

fn vector(values: Vec<i64>) -> Known {
    integers(&[values.len()], values)
}

fn cast(known: Cow<'_, Known>, to: i64) -> Result<Known, String> {
    let to = i32::try_from(to).unwrap_or(0);
    let integral = data_type::is_small(to) || to == data_type::INT64;
    let numbers = match &known.numbers {
        Numbers::Floats(values) if integral => {
            Numbers::Integers(values.iter().map(|value| *value as i64).collect())
        }
        Numbers::Integers(values) if data_type::is_float(to) => {
            Numbers::Floats(values.iter().map(|value| *value as f32).collect())
        }
        _ if integral || data_type::is_float(to) => return Ok(known.into_owned()),
        _ => return Err(format!("to {} is not supported", data_type::name(to))),
    };
    Ok(Known { dims: known.dims.clone(), numbers })
}

fn constant_of_shape(
    operands: &Operands<'_>,
    attributes: &Attributes<'_>,
) -> Result<Known, String> {
    let dims: Option<Vec<usize>> =
        operands.integers(0)?.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let dims = dims.ok_or("its extents are negative")?;
    let count = operands.room(&dims)?;
    let numbers = match attributes.tensor("value") {
        None => Numbers::Floats(vec![0.0; count]),
        Some(tensor) => match Constants::only(tensor)? {
            Numbers::Floats(values) => {
                Numbers::Floats(vec![values.first().copied().unwrap_or_default(); count])
            }
            Numbers::Integers(values) => {
                Numbers::Integers(vec![values.first().copied().unwrap_or_default(); count])
            }
        },
    };
    Ok(Known { dims, numbers })
}
