//! Layers with weights.

use super::{Operands, finite};
use crate::onnx::attributes::Attributes;
use crate::onnx::constant::Tensor;
use crate::onnx::spec::Kind;
use crate::onnx::transposed::TransposedSpec;
use crate::onnx::window::WindowSpec;

pub(super) fn conv(attributes: &Attributes<'_>, operands: &Operands<'_>) -> Result<Kind, String> {
    let weight = operands.constants.floats(operands.name(1)?)?;
    let &[filters, _, rows, columns] = weight.dims.as_slice() else {
        return Err(format!(
            "its weights are {:?}; only two-dimensional convolution is supported",
            weight.dims
        ));
    };
    let kernel = [rows, columns].map(|extent| u32::try_from(extent).unwrap_or(0));
    if kernel.contains(&0) || weight.dims.contains(&0) {
        return Err(format!("its weights are {:?}", weight.dims));
    }
    let bias = match operands.optional(2) {
        Some(_) => operands.per_channel(2, filters)?,
        None => vec![0.0; filters],
    };
    let groups = attributes.int("group", 1);
    let groups = u32::try_from(groups).map_err(|_| format!("group = {groups}"))?;
    let window = WindowSpec::read(attributes, Some(kernel), false);
    Ok(Kind::Conv { window, groups, weight, bias })
}

/// Weights are `[channels, filters / groups, rows, columns]`; where there is no bias, none is made.
pub(super) fn conv_transpose(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
) -> Result<Kind, String> {
    let weight = operands.constants.floats(operands.name(1)?)?;
    let &[channels, filters, rows, columns] = weight.dims.as_slice() else {
        return Err(format!(
            "its weights are {:?}; only two-dimensional convolution is supported",
            weight.dims
        ));
    };
    let kernel = [rows, columns].map(|extent| u32::try_from(extent).unwrap_or(0));
    if kernel.contains(&0) || filters == 0 || channels == 0 {
        return Err(format!("its weights are {:?}", weight.dims));
    }
    let groups = attributes.int("group", 1);
    let groups = u32::try_from(groups).map_err(|_| format!("group = {groups}"))?;
    let bias = match operands.optional(2) {
        Some(name) => operands.constants.floats(name)?.values,
        None => Vec::new(),
    };
    let window = TransposedSpec::read(attributes, kernel);
    Ok(Kind::ConvTranspose { window, groups, weight, bias })
}

/// `alpha * A * B + beta * C` with a constant B and C.
pub(super) fn gemm(attributes: &Attributes<'_>, operands: &Operands<'_>) -> Result<Kind, String> {
    attributes.require_int("transA", 0, 0);
    let transposed = attributes.int("transB", 0) != 0;
    let alpha = finite("alpha", attributes.float("alpha", 1.0))?;
    let beta = finite("beta", attributes.float("beta", 1.0))?;
    let mut weight = operands.constants.floats(operands.name(1)?)?;
    let &[rows, columns] = weight.dims.as_slice() else {
        return Err(format!("its weights are {:?}, expected two extents", weight.dims));
    };
    if rows == 0 || columns == 0 {
        return Err(format!("its weights are {:?}", weight.dims));
    }
    if !transposed {
        weight = transpose(&weight, [rows, columns]);
    }
    let filters = weight.dims[0];
    let mut bias = match operands.optional(2) {
        None => vec![0.0; filters],
        Some(name) => {
            let bias = operands.constants.floats(name)?;
            match bias.values.as_slice() {
                [value] => vec![*value; filters],
                values if values.len() == filters => bias.values,
                values => {
                    return Err(format!(
                        "'{name}' holds {} values, expected {filters}",
                        values.len()
                    ));
                }
            }
        }
    };
    weight.values.iter_mut().for_each(|value| *value *= alpha);
    bias.iter_mut().for_each(|value| *value *= beta);
    Ok(Kind::Gemm { weight, bias })
}

/// A map times a constant matrix.
pub(super) fn mat_mul(operands: &Operands<'_>) -> Result<Kind, String> {
    let weight = operands.constants.floats(operands.name(1)?)?;
    let &[rows, columns] = weight.dims.as_slice() else {
        return Err(format!("its second input is {:?}, expected two extents", weight.dims));
    };
    if rows == 0 || columns == 0 {
        return Err(format!("its second input is {:?}", weight.dims));
    }
    Ok(Kind::MatMul { weight: transpose(&weight, [rows, columns]) })
}

fn transpose(weight: &Tensor<f32>, [rows, columns]: [usize; 2]) -> Tensor<f32> {
    let values = (0..columns)
        .flat_map(|column| (0..rows).map(move |row| row * columns + column))
        .map(|index| weight.values[index])
        .collect();
    Tensor { dims: vec![columns, rows], values }
}

/// `(x - mean) / sqrt(var + epsilon) * scale + shift`, as one factor and one summand a channel.
pub(super) fn batch_normalization(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
) -> Result<Kind, String> {
    attributes.ignore("momentum");
    attributes.require_int("training_mode", 0, 0);
    attributes.require_int("spatial", 1, 1);
    let epsilon = f64::from(attributes.float("epsilon", 1e-5));
    let scale = operands.constants.floats(operands.name(1)?)?.values;
    let count = scale.len();
    let shift = operands.per_channel(2, count)?;
    let mean = operands.per_channel(3, count)?;
    let variance = operands.per_channel(4, count)?;
    let mut affine = (Vec::with_capacity(count), Vec::with_capacity(count));
    for channel in 0..count {
        let factor = f64::from(scale[channel]) / (f64::from(variance[channel]) + epsilon).sqrt();
        let summand = f64::from(shift[channel]) - f64::from(mean[channel]) * factor;
        if !(factor as f32).is_finite() || !(summand as f32).is_finite() {
            return Err(format!("channel {channel} has the variance {}", variance[channel]));
        }
        affine.0.push(factor as f32);
        affine.1.push(summand as f32);
    }
    Ok(Kind::Affine { scale: affine.0, shift: affine.1 })
}

pub(super) fn instance_normalization(
    attributes: &Attributes<'_>,
    operands: &Operands<'_>,
) -> Result<Kind, String> {
    let epsilon = finite("epsilon", attributes.float("epsilon", 1e-5))?;
    let scale = operands.constants.floats(operands.name(1)?)?.values;
    let shift = operands.per_channel(2, scale.len())?;
    Ok(Kind::InstanceNorm { epsilon, scale, shift })
}
