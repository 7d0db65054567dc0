//! Layers that take value by value.

use super::{Operands, finite};
use crate::Activation;
use crate::onnx::attributes::Attributes;
use crate::onnx::spec::{Kind, Operation};

/// The activation that a node applies, if that is what it does.
pub(super) fn activation(
    operator: &str,
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Option<Activation>, String> {
    Ok(Some(match operator {
        "Relu" => Activation::Relu,
        "Sigmoid" => Activation::Sigmoid,
        "Tanh" => Activation::Tanh,
        "HardSwish" => Activation::HardSwish,
        "LeakyRelu" => {
            Activation::LeakyRelu { slope: finite("alpha", attributes.float("alpha", 0.01))? }
        }
        "Elu" => Activation::Elu { alpha: finite("alpha", attributes.float("alpha", 1.0))? },
        "HardSigmoid" => Activation::HardSigmoid {
            alpha: finite("alpha", attributes.float("alpha", 0.2))?,
            beta: finite("beta", attributes.float("beta", 0.5))?,
        },
        "Swish" => {
            let alpha = attributes.float("alpha", 1.0);
            if alpha != 1.0 {
                return Err(format!("alpha = {alpha} (only 1 is supported)"));
            }
            Activation::Silu
        }
        "Gelu" => match attributes.text("approximate", "none").as_str() {
            "none" => Activation::Gelu,
            "tanh" => Activation::GeluTanh,
            other => return Err(format!("approximate = {other}")),
        },
        "Clip" => clip(attributes, operands, opset)?,
        _ => return Ok(None),
    }))
}

/// Bounds are attributes up to opset 10 and inputs after.
fn clip(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
    opset: i64,
) -> Result<Activation, String> {
    let (low, high) = if opset < 11 {
        (attributes.float("min", f32::MIN), attributes.float("max", f32::MAX))
    } else {
        let bound = |index: usize, default: f32| match operands.optional(index) {
            None => Ok(default),
            Some(name) => match operands.constants.floats(name)?.values.as_slice() {
                [bound] => Ok(*bound),
                other => Err(format!("'{name}' holds {} values, expected one", other.len())),
            },
        };
        (bound(1, f32::MIN)?, bound(2, f32::MAX)?)
    };
    let (low, high) = (finite("min", low)?, finite("max", high)?);
    if low > high {
        return Err(format!("its lower bound {low} is above its upper bound {high}"));
    }
    Ok(Activation::Clip { low, high })
}

/// Two maps, or a map and a constant.
pub(super) fn binary(
    operation: Operation,
    operands: &Operands<'_>,
) -> Result<(Kind, Vec<String>), String> {
    let Some((map, constant)) = with_constant(operands)? else {
        return Ok((Kind::Binary(operation), vec![operands.map(0)?, operands.map(1)?]));
    };
    let name = operands.name(constant)?.to_owned();
    let kind = Kind::WithConstant {
        operation,
        constant: operands.constants.floats(&name)?,
        name,
        first: constant == 0,
    };
    Ok((kind, vec![operands.map(map)?]))
}

/// The larger or smaller of a map and one number.
pub(super) fn bound(
    operator: &str,
    operands: &Operands<'_>,
) -> Result<(Kind, Vec<String>), String> {
    let refuse = || "only a map and one number are supported".to_owned();
    if operands.names.len() != 2 {
        return Err(refuse());
    }
    let (map, constant) = with_constant(operands)?.ok_or_else(refuse)?;
    let tensor = operands.constants.floats(operands.name(constant)?)?;
    let &[value] = tensor.values.as_slice() else { return Err(refuse()) };
    let activation = match operator {
        "Max" if value == 0.0 => Activation::Relu,
        "Max" => Activation::Clip { low: value, high: f32::MAX },
        _ => Activation::Clip { low: f32::MIN, high: value },
    };
    Ok((Kind::Activation(activation), vec![operands.map(map)?]))
}

/// Which of two inputs is a map and which a constant; none where both are maps.
fn with_constant(operands: &Operands<'_>) -> Result<Option<(usize, usize)>, String> {
    let constant = |index| Ok::<_, String>(operands.constants.contains(operands.name(index)?));
    Ok(match (constant(0)?, constant(1)?) {
        (false, false) => None,
        (false, true) => Some((0, 1)),
        (true, _) => Some((1, 0)),
    })
}
