//! What a layer can take over from the one after it: its activation, or a factor and a summand a
//! channel.

use super::build::Layer;
use crate::{Activation, Op, Shape};

/// Makes `activation` a part of `layer`, if that is one that can apply it and has none yet.
pub(crate) fn activation(layer: &mut Layer, activation: Activation) -> bool {
    match &mut layer.op {
        Op::Conv { activation: own, .. }
        | Op::Gemm { activation: own, .. }
        | Op::ConvTranspose { activation: own, .. }
        | Op::Add { activation: own }
        | Op::Arithmetic { activation: own, .. }
        | Op::Normalize { activation: own, .. }
            if *own == Activation::None =>
        {
            *own = activation;
            true
        }
        _ => false,
    }
}

/// Makes `x * scale + shift` a part of `layer`, if that is a convolution, fully connected, or such a
/// layer itself, with no activation in between:
/// `(w * x + b) * scale + shift = (w * scale) * x + (b * scale + shift)`.
pub(crate) fn affine(layer: &mut Layer, scale: &[f32], shift: &[f32]) -> bool {
    let groups = match layer.op {
        Op::Conv { activation: Activation::None, .. }
        | Op::Gemm { activation: Activation::None, .. }
        | Op::Affine => None,
        Op::ConvTranspose { activation: Activation::None, groups, .. } => Some(groups as usize),
        _ => return false,
    };
    let [(_, weight), (_, bias)] = layer.parameters.as_mut_slice() else { return false };
    let filters = scale.len().max(1);
    if let Some(groups) = groups {
        // [channels, filters / groups, kernel]: a run of values for each pair.
        let [channels, of_group, ..] = weight.dims[..] else { return false };
        let run = (weight.values.len() / (channels * of_group).max(1)).max(1);
        let of_channels = (channels / groups.max(1)).max(1);
        for (index, run) in weight.values.chunks_mut(run).enumerate() {
            let (channel, inner) = (index / of_group.max(1), index % of_group.max(1));
            let factor = scale[(channel / of_channels * of_group + inner) % filters];
            run.iter_mut().for_each(|value| *value *= factor);
        }
    } else {
        // Filters are the outermost extent: each is one run of values.
        let run = weight.values.len() / filters;
        for (filter, factor) in weight.values.chunks_mut(run.max(1)).zip(scale) {
            filter.iter_mut().for_each(|value| *value *= factor);
        }
    }
    for ((value, factor), summand) in bias.values.iter_mut().zip(scale).zip(shift) {
        *value = *value * factor + summand;
    }
    true
}

/// One value for each channel of `shape`, from as many or from one.
pub(crate) fn broadcast(values: Vec<f32>, shape: Shape) -> Result<Vec<f32>, String> {
    match values.as_slice() {
        [value] => Ok(vec![*value; shape.channels as usize]),
        _ if values.len() == shape.channels as usize => Ok(values),
        _ => Err(format!("it has {} values a channel, its input is {shape}", values.len())),
    }
}
