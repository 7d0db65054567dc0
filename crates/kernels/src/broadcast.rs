//! Maps put together value by value, where an extent of one stands for as many of the same.

use crate::{Activation, View};

/// What two values make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// Their sum.
    Add,
    /// The first less the second.
    Sub,
    /// The first times the second.
    Mul,
    /// The first by the second.
    Div,
}

impl Combine {
    /// All `inputs`, from the first on, for an output of `shape` (rows, columns, channels) that `out`
    /// has room for.
    ///
    /// # Panics
    /// Where an input's extent is neither one nor the output's, or `out` has another length.
    pub fn maps(
        self,
        inputs: &[View<'_>],
        shape: [usize; 3],
        activation: Activation,
        out: &mut [f32],
    ) {
        let Some((first, others)) = inputs.split_first() else { return };
        each(first, shape, out, |out, value| *out = value);
        for other in others {
            match self {
                Self::Add => each(other, shape, out, |out, value| *out += value),
                Self::Sub => each(other, shape, out, |out, value| *out -= value),
                Self::Mul => each(other, shape, out, |out, value| *out *= value),
                Self::Div => each(other, shape, out, |out, value| *out /= value),
            }
        }
        activation.apply(out);
    }
}

/// `(x - mean) / sqrt(variance + epsilon) * scale + shift`, channel by channel; `moments` are all means
/// and then all variances.
///
/// # Panics
/// Where there are not as many numbers as channels, or `out` has another length than `input`.
pub fn normalize(
    input: &View<'_>,
    moments: &[f32],
    epsilon: f32,
    (scale, shift): (&[f32], &[f32]),
    out: &mut [f32],
) {
    let (means, variances) = moments.split_at(input.channels());
    assert!(variances.len() == means.len() && scale.len() == means.len());
    let factors: Vec<f32> = variances
        .iter()
        .zip(scale)
        .map(|(variance, scale)| scale / (variance + epsilon).sqrt())
        .collect();
    assert!(shift.len() == factors.len());
    input.copy_to(out);
    for pixel in out.chunks_exact_mut(input.channels()) {
        for (((value, mean), factor), shift) in pixel.iter_mut().zip(means).zip(&factors).zip(shift)
        {
            *value = (*value - mean) * factor + shift;
        }
    }
}

/// `x` where positive, else `slope[channel] * x`.
///
/// # Panics
/// Where there are not as many slopes as channels, or `out` has another length than `input`.
pub fn p_relu(input: &View<'_>, slope: &[f32], out: &mut [f32]) {
    assert_eq!(slope.len(), input.channels(), "a slope a channel");
    input.copy_to(out);
    for pixel in out.chunks_exact_mut(slope.len()) {
        for (value, slope) in pixel.iter_mut().zip(slope) {
            *value = if *value > 0.0 { *value } else { slope * *value };
        }
    }
}

/// Hands every value of `out`, of `shape`, to `with`, beside the value of `input` that stands there.
fn each(
    input: &View<'_>,
    [rows, cols, channels]: [usize; 3],
    out: &mut [f32],
    with: impl Fn(&mut f32, f32),
) {
    let fits = |extent: usize, of: usize| extent == of || extent == 1;
    assert!(fits(input.rows(), rows) && fits(input.cols(), cols));
    assert!(fits(input.channels(), channels) && out.len() == rows * cols * channels);
    let along = |out: &mut [f32], values: &[f32]| match values {
        [value] => out.iter_mut().for_each(|out| with(out, *value)),
        _ => out.iter_mut().zip(values).for_each(|(out, value)| with(out, *value)),
    };
    for (row, out) in out.chunks_exact_mut((cols * channels).max(1)).enumerate() {
        let values = input.row(if input.rows() == 1 { 0 } else { row });
        if input.cols() == cols && input.channels() == channels {
            along(out, values);
            continue;
        }
        for (col, out) in out.chunks_exact_mut(channels).enumerate() {
            let start = if input.cols() == 1 { 0 } else { col } * input.channels();
            along(out, &values[start..start + input.channels()]);
        }
    }
}
