//! Convolutions with their weights packed for the kernel that computes them.

use crate::depthwise::Depthwise;
use crate::direct::Direct;
use crate::lanes::LANES;
use crate::parallel::{OneThread, Parallel, Units, split};
use crate::transform::{Form, Seven, Three};
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
    /// 3x3.
    Winograd(Winograd<Three>),
    /// 7x1.
    Down(Winograd<Seven<0>>),
    /// 1x7.
    Across(Winograd<Seven<1>>),
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

    /// As [`Conv::new`] with one group, by Winograd's minimal filtering: for windows of 3x3, 1x7 and
    /// 7x1, stride and dilation 1. Packed weights take four times as much (3x3), or 10/7, and results differ from the direct
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
        assert!((window.stride, window.dilation) == ([1; 2], [1; 2]));
        let extents = (channels, filters);
        assert!(weight.len() == filters * channels * window.kernel.iter().product::<usize>());
        assert!(bias.len() == filters);
        let kind = match window.kernel {
            [7, 1] => Kind::Down(Winograd::new(extents, weight, bias)),
            [1, 7] => Kind::Across(Winograd::new(extents, weight, bias)),
            kernel => {
                assert!(kernel == [3; 2]);
                Kind::Winograd(Winograd::new(extents, weight, bias))
            }
        };
        Self { window, channels, filters, activation, kind }
    }

    /// How it computes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Direct(_) => "direct",
            Kind::Depthwise(_) => "depthwise",
            Kind::Winograd(_) | Kind::Down(_) | Kind::Across(_) => "winograd",
        }
    }

    /// Makes `rows` x `cols` outputs of all filters, which `out` has room for.
    ///
    /// # Panics
    /// Where `input` has another number of channels than the weights, or `out` another length.
    pub fn run(
        &self,
        input: View<'_>,
        extent: [usize; 2],
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        self.run_with(&OneThread, input, extent, workspace, out);
    }

    /// As [`Conv::run`], the same values, with the threads of `parallel`: rows are cut between them, of
    /// a fully connected layer filters.
    ///
    /// # Panics
    /// As [`Conv::run`].
    pub fn run_with(
        &self,
        parallel: &dyn Parallel,
        input: View<'_>,
        [rows, cols]: [usize; 2],
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        assert!(input.channels() == self.channels && out.len() == rows * cols * self.filters);
        if out.is_empty() {
            return;
        }
        if let (Kind::Direct(direct), 1) = (&self.kind, rows * cols)
            && direct.is_one_run()
        {
            let macs = input.rows() * input.cols() * self.channels;
            let units = Units { length: 1, together: LANES, macs, sharing: None };
            return split(parallel, units, workspace, out, |first, workspace, out| {
                let panels = first / LANES..(first + out.len()).div_ceil(LANES);
                direct.run(&self.window, panels, self.activation, input, 1, workspace, out);
            });
        }
        let length = cols * self.filters;
        // Squares begin at the same rows, however rows are cut.
        let together = match self.kind {
            Kind::Winograd(_) => Three::OUT[0],
            Kind::Down(_) => Seven::<0>::OUT[0],
            _ => 1,
        };
        let macs = length * self.macs_a_value();
        let units = Units { length, together, macs, sharing: Some(cols) };
        split(parallel, units, workspace, out, |first, workspace, out| {
            let (window, input) = self.window.starting_at(input, first);
            self.rows(&window, input, [out.len() / length, cols], workspace, out);
        });
    }

    fn macs_a_value(&self) -> usize {
        let depth = match &self.kind {
            Kind::Direct(direct) => direct.depth(),
            Kind::Depthwise(_) => 1,
            Kind::Winograd(_) | Kind::Down(_) | Kind::Across(_) => self.channels,
        };
        self.window.kernel[0] * self.window.kernel[1] * depth
    }

    /// Makes rows on one thread.
    fn rows(
        &self,
        window: &Window,
        input: View<'_>,
        [rows, cols]: [usize; 2],
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        let (activation, before, extent) = (self.activation, window.before, [rows, cols]);
        match &self.kind {
            Kind::Direct(direct) => {
                direct.run(window, direct.panels(), activation, input, cols, workspace, out);
            }
            Kind::Depthwise(depthwise) => depthwise.run(window, activation, input, cols, out),
            Kind::Winograd(three) => three.run(before, activation, input, extent, workspace, out),
            Kind::Down(seven) => seven.run(before, activation, input, extent, workspace, out),
            Kind::Across(seven) => seven.run(before, activation, input, extent, workspace, out),
        }
    }
}
