//! Convolution.

use super::activate;
use crate::tensor::{of, pad};
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use convoy_model::weights::Parameter;
use convoy_model::{Activation, Pads, Window};

/// Filters are made a multiple of this, since burn's SIMD kernel takes whole vectors only: 8 is what
/// the widest it uses (AVX2) holds, and a multiple of wasm's 4.
const LANES: usize = 8;

/// A convolution of a tile.
pub(crate) struct Conv {
    weight: Tensor<4>,
    bias: Tensor<1>,
    filters: usize,
    pads: Pads,
    options: ConvOptions<2>,
    activation: Activation,
}

impl Conv {
    /// Lays out weights [filters, in/groups, rows, columns].
    pub(crate) fn new(
        window: &Window,
        pads: Pads,
        (filters, groups): (usize, usize),
        activation: Activation,
        weight: &Parameter,
        bias: &Parameter,
    ) -> Self {
        // Filters of a group cannot be padded without moving those of the next.
        let padded = if groups == 1 { filters.next_multiple_of(LANES) } else { filters };
        let taps: usize = weight.dims[1..].iter().product();
        // Filters last, as the kernel reads them; burn would else turn them round at every run.
        let mut turned = vec![0.0; taps * padded];
        for (filter, values) in weight.values.chunks_exact(taps.max(1)).enumerate() {
            for (tap, value) in values.iter().enumerate() {
                turned[tap * padded + filter] = *value;
            }
        }
        let [channels, rows, cols] = [weight.dims[1], weight.dims[2], weight.dims[3]];
        let mut bias = bias.values.clone();
        bias.resize(padded, 0.0);
        Self {
            weight: of(turned, [channels, rows, cols, padded]).permute([3, 0, 1, 2]),
            bias: of(bias, [padded]),
            filters,
            pads,
            options: ConvOptions::new(
                window.stride.map(|step| step as usize),
                [0, 0],
                window.dilation.map(|step| step as usize),
                groups,
            ),
            activation,
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let input = pad(input, self.pads, 0.0);
        let options = self.options.clone();
        let made = conv2d(input, self.weight.clone(), Some(self.bias.clone()), options);
        let [_, padded, rows, cols] = made.dims();
        let made = if padded == self.filters {
            made
        } else {
            made.slice([0..1, 0..self.filters, 0..rows, 0..cols])
        };
        activate(made, self.activation)
    }
}
