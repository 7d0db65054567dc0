//! Convolutions with their weights packed for the kernel that computes them.

use crate::depthwise::Depthwise;
use crate::direct::Direct;
use crate::winograd::Winograd;
use crate::{Activation, View, Window, Workspace};

/// A convolution with its weights packed.
#[derive(Debug)]
pub struct Conv {
    window: Window,
    channels: usize,
    filters: usize,
    activation: Activation,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Direct(Direct),
    Depthwise(Depthwise),
    Winograd(Winograd),
}

impl Conv {
    /// Packs `weight` [filters, channels / groups, kernel rows, kernel columns] and `bias` `[filters]`.
    ///
    /// # Panics
    /// Where the numbers of values are not these, or channels and filters do not divide into groups.
    #[must_use]
    pub fn new(
        window: Window,
        (channels, filters, groups): (usize, usize, usize),
        activation: Activation,
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        assert!(groups > 0 && channels.is_multiple_of(groups) && filters.is_multiple_of(groups));
        let (depth, taps) = (channels / groups, window.kernel[0] * window.kernel[1]);
        assert!(weight.len() == filters * depth * taps && bias.len() == filters);
        let kind = if depth == 1 && filters == groups && groups > 1 {
            Kind::Depthwise(Depthwise::new(filters, taps, weight, bias))
        } else {
            Kind::Direct(Direct::new(&window, (channels, filters, groups), weight, bias))
        };
        Self { window, channels, filters, activation, kind }
    }

    /// As [`Conv::new`] with one group, by Winograd's minimal filtering: for windows of 3x3, stride
    /// and dilation 1. Packed weights take four times as much, and results differ from the direct
    /// sum, and from a larger map's part, in the last bits (ADR 9 has the bound).
    ///
    /// # Panics
    /// Where the window is another, or the numbers of values are not these.
    #[must_use]
    pub fn winograd(
        window: Window,
        (channels, filters): (usize, usize),
        activation: Activation,
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        assert!((window.kernel, window.stride, window.dilation) == ([3; 2], [1; 2], [1; 2]));
        assert!(weight.len() == filters * channels * 9 && bias.len() == filters);
        let kind = Kind::Winograd(Winograd::new((channels, filters), weight, bias));
        Self { window, channels, filters, activation, kind }
    }

    /// How it computes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Direct(_) => "direct",
            Kind::Depthwise(_) => "depthwise",
            Kind::Winograd(_) => "winograd",
        }
    }

    /// Makes `rows` x `cols` outputs of all filters, which `out` has room for.
    ///
    /// # Panics
    /// Where `input` has another number of channels than the weights, or `out` another length.
    pub fn run(
        &self,
        input: View<'_>,
        [rows, cols]: [usize; 2],
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        assert!(input.channels() == self.channels && out.len() == rows * cols * self.filters);
        if out.is_empty() {
            return;
        }
        let (window, activation) = (&self.window, self.activation);
        match &self.kind {
            Kind::Direct(direct) => direct.run(window, activation, input, cols, workspace, out),
            Kind::Depthwise(depthwise) => depthwise.run(window, activation, input, cols, out),
            Kind::Winograd(winograd) => {
                winograd.run(window.before, activation, input, [rows, cols], workspace, out);
            }
        }
    }
}
