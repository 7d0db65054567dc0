//! Constants reckoned with.

use super::Operands;
use super::arrange::{axis_of, joined, spread};
use crate::onnx::attributes::Attributes;
use crate::onnx::constant::{Known, Numbers};

/// Two tensors, value by value.
pub(super) fn pair(operator: &str, operands: &Operands<'_>) -> Result<Known, String> {
    if operands.node.input.len() != 2 {
        return Err("of constants, only two are supported".to_owned());
    }
    let (a, b) = (operands.get(0)?, operands.get(1)?);
    let dims = joined(&a.dims, &b.dims)?;
    operands.room(&dims)?;
    let (left, right) = (spread(&a.dims, &dims), spread(&b.dims, &dims));
    let places = left.into_iter().zip(right);
    let numbers = match (&a.numbers, &b.numbers) {
        (Numbers::Floats(a), Numbers::Floats(b)) => {
            let both = places.map(|(left, right)| (a[left], b[right]));
            match operator {
                "Equal" => Numbers::Integers(both.map(|(a, b)| (a == b).into()).collect()),
                _ => Numbers::Floats(both.map(|(a, b)| floats(operator, a, b)).collect()),
            }
        }
        (Numbers::Integers(a), Numbers::Integers(b)) => {
            let both = places.map(|(left, right)| integers(operator, a[left], b[right]));
            Numbers::Integers(both.collect::<Result<_, _>>()?)
        }
        _ => return Err("its inputs are of different types".to_owned()),
    };
    Ok(Known { dims, numbers })
}

fn floats(operator: &str, a: f32, b: f32) -> f32 {
    match operator {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => a / b,
        "Min" => a.min(b),
        _ => a.max(b),
    }
}

fn integers(operator: &str, a: i64, b: i64) -> Result<i64, String> {
    let made = match operator {
        "Add" => a.checked_add(b),
        "Sub" => a.checked_sub(b),
        "Mul" => a.checked_mul(b),
        "Div" => a.checked_div(b),
        "Min" => Some(a.min(b)),
        "Max" => Some(a.max(b)),
        _ => Some((a == b).into()),
    };
    made.ok_or_else(|| format!("{a} and {b} have no result"))
}

/// One tensor, value by value.
pub(super) fn each(operator: &str, tensor: Known) -> Result<Known, String> {
    let numbers = match tensor.numbers {
        Numbers::Floats(values) => {
            let one = |value: f32| match operator {
                "Neg" => -value,
                "Sqrt" => value.sqrt(),
                "Floor" => value.floor(),
                "Exp" => value.exp(),
                "Reciprocal" => 1.0 / value,
                _ => value.ceil(),
            };
            Numbers::Floats(values.into_iter().map(one).collect())
        }
        Numbers::Integers(values) if operator == "Neg" => {
            Numbers::Integers(values.into_iter().map(i64::wrapping_neg).collect())
        }
        Numbers::Integers(_) => return Err("its input is not of floats".to_owned()),
    };
    Ok(Known { dims: tensor.dims, numbers })
}

/// All integers of a vector multiplied; of more axes, some could be left out.
pub(super) fn product(tensor: &Known, attributes: &Attributes<'_>) -> Result<Known, String> {
    let Numbers::Integers(values) = &tensor.numbers else {
        return Err("its input is not of integers".to_owned());
    };
    if tensor.dims.len() > 1 || attributes.int("noop_with_empty_axes", 0) != 0 {
        return Err(format!("over {:?} (only vectors are supported)", tensor.dims));
    }
    let product = values.iter().fold(1_i64, |all, one| all.saturating_mul(*one));
    let keep = attributes.int("keepdims", 1) != 0;
    let dims = if keep { vec![1; tensor.dims.len()] } else { Vec::new() };
    Ok(Known { dims, numbers: Numbers::Integers(vec![product]) })
}

/// The second input's value where the first's is not zero, else the third's.
pub(super) fn choose(operands: &Operands<'_>) -> Result<Known, String> {
    let (which, a, b) = (operands.get(0)?, operands.get(1)?, operands.get(2)?);
    let dims = joined(&joined(&which.dims, &a.dims)?, &b.dims)?;
    operands.room(&dims)?;
    let Numbers::Integers(flags) = &which.numbers else {
        return Err("its condition is not of booleans".to_owned());
    };
    let [chosen, left, right] = [&which, &a, &b].map(|tensor| spread(&tensor.dims, &dims));
    let places = chosen.iter().map(|at| flags[*at] != 0).zip(left.iter().zip(&right));
    let numbers = match (&a.numbers, &b.numbers) {
        (Numbers::Floats(a), Numbers::Floats(b)) => Numbers::Floats(
            places.map(|(yes, (left, right))| if yes { a[*left] } else { b[*right] }).collect(),
        ),
        (Numbers::Integers(a), Numbers::Integers(b)) => Numbers::Integers(
            places.map(|(yes, (left, right))| if yes { a[*left] } else { b[*right] }).collect(),
        ),
        _ => return Err("its inputs are of different types".to_owned()),
    };
    Ok(Known { dims, numbers })
}

/// `(x - zero point) * scale`, one of each for the tensor or for each index of an axis.
pub(super) fn dequantize(
    operands: &Operands<'_>,
    attributes: &Attributes<'_>,
) -> Result<Known, String> {
    if attributes.int("block_size", 0) != 0 {
        return Err("block_size is not supported".to_owned());
    }
    let tensor = operands.get(0)?;
    let Numbers::Integers(values) = &tensor.numbers else {
        return Err("its input is not of integers".to_owned());
    };
    let scale = operands.get(1)?;
    let Numbers::Floats(scales) = &scale.numbers else {
        return Err("its scale is not of floats".to_owned());
    };
    let zeros = if operands.optional(2) { operands.integers(2)? } else { vec![0; scales.len()] };
    let (extent, inner) = if scales.len() == 1 {
        (1, values.len())
    } else {
        let axis = axis_of(attributes.int("axis", 1), tensor.dims.len())?;
        (tensor.dims[axis], tensor.dims[axis + 1..].iter().product())
    };
    if scales.len() != extent || zeros.len() != extent {
        return Err(format!(
            "it has {} scales and {} zero points for {extent}",
            scales.len(),
            zeros.len()
        ));
    }
    operands.constants.has_room(values.len())?;
    let value = |(index, value): (usize, &i64)| {
        let at = index / inner.max(1) % extent;
        value.wrapping_sub(zeros[at]) as f32 * scales[at]
    };
    let values: Vec<f32> = values.iter().enumerate().map(value).collect();
    Ok(Known { dims: tensor.dims.clone(), numbers: Numbers::Floats(values) })
}
