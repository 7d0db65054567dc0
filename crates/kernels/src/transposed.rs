//! Transposed convolution, gathered: every output adds up the inputs whose kernel reaches it, so that
//! a tile needs no sums from its neighbours.
//!
//! Outputs that lie a stride apart share their taps; they are made side by side, a panel's filters
//! of each in registers.

use crate::lanes::{Lanes, Register, Task, dispatch};
use crate::pack::{Packed, Panel};
use crate::{Activation, View};

/// The part of a transposed convolution's geometry that a tile needs: `[rows, columns]` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Extent of the kernel.
    pub kernel: [usize; 2],
    /// Outputs from one input to the next.
    pub stride: [usize; 2],
    /// Distance between two taps.
    pub dilation: [usize; 2],
    /// Tap `t` of input `i` falls on output `i * stride + t * dilation - offset`.
    pub offset: [isize; 2],
}

/// A transposed convolution with its weights packed.
#[derive(Debug)]
pub struct ConvTranspose {
    spread: Spread,
    channels: usize,
    filters: usize,
    depth: usize,
    activation: Activation,
    packed: Packed,
}

impl ConvTranspose {
    /// Packs `weight` [channels, filters / groups, kernel rows, kernel columns] and `bias`
    /// `[filters]`.
    ///
    /// # Panics
    /// Where the numbers of values are not these, or channels and filters do not divide into groups.
    #[must_use]
    pub fn new(
        spread: Spread,
        (channels, filters, groups): (usize, usize, usize),
        activation: Activation,
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        assert!(groups > 0 && channels.is_multiple_of(groups) && filters.is_multiple_of(groups));
        let (depth, of_group) = (channels / groups, filters / groups);
        let taps = spread.kernel[0] * spread.kernel[1];
        assert!(weight.len() == channels * of_group * taps && bias.len() == filters);
        // Filters outermost, as a convolution has them.
        let mut turned = Vec::with_capacity(weight.len());
        for filter in 0..filters {
            let (group, inner) = (filter / of_group, filter % of_group);
            for channel in group * depth..(group + 1) * depth {
                turned.extend_from_slice(&weight[(channel * of_group + inner) * taps..][..taps]);
            }
        }
        let packed = Packed::new((filters, groups), (depth, taps), &turned, bias);
        Self { spread, channels, filters, depth, activation, packed }
    }

    /// Makes rows of `cols` outputs of all filters, as many as `out` has room for.
    ///
    /// # Panics
    /// Where `input` has another number of channels than the weights, or `out` is not whole rows.
    pub fn run(&self, input: View<'_>, cols: usize, out: &mut [f32]) {
        assert!(input.channels() == self.channels);
        if out.is_empty() {
            return;
        }
        assert!(out.len().is_multiple_of(cols * self.filters), "a part of a row");
        dispatch(Gathered { conv: self, input, cols, out });
    }
}

impl Spread {
    /// The taps that fall on output `out` along `axis`, each with the input that it belongs to, which
    /// may lie before or beyond the map.
    fn taps(&self, axis: usize, out: usize) -> impl Iterator<Item = (usize, isize)> + use<> {
        let (stride, dilation) = (self.stride[axis] as isize, self.dilation[axis] as isize);
        let place = out as isize + self.offset[axis];
        (0..self.kernel[axis]).filter_map(move |tap| {
            let at = place - tap as isize * dilation;
            (at.rem_euclid(stride) == 0).then_some((tap, at.div_euclid(stride)))
        })
    }
}

/// One run of [`ConvTranspose`].
struct Gathered<'a> {
    conv: &'a ConvTranspose,
    input: View<'a>,
    cols: usize,
    out: &'a mut [f32],
}

/// A tap of an output: where its weights begin, and the row of the input, or none where that is beyond
/// the map, and the column of the first of the outputs that are made side by side.
struct Tap<'a> {
    weights: usize,
    row: Option<&'a [f32]>,
    col: isize,
}

impl Task for Gathered<'_> {
    #[inline(always)]
    fn run<R: Register, const P: usize>(self) {
        let Self { conv, input, cols, out } = self;
        let spread = &conv.spread;
        let stride = spread.stride[1];
        let zeros = vec![0.0; conv.depth];
        let mut taps = Vec::with_capacity(spread.kernel[0] * spread.kernel[1]);
        for (row, out) in out.chunks_exact_mut(cols * conv.filters).enumerate() {
            for phase in 0..stride.min(cols) {
                taps.clear();
                for (tap_row, at) in spread.taps(0, row) {
                    let inside = usize::try_from(at).ok().filter(|at| *at < input.rows());
                    for (tap_col, col) in spread.taps(1, phase) {
                        let weights = (tap_row * spread.kernel[1] + tap_col) * conv.depth;
                        taps.push(Tap { weights, row: inside.map(|at| input.row(at)), col });
                    }
                }
                let count = (cols - phase).div_ceil(stride);
                for (index, panel) in conv.packed.panels.iter().enumerate() {
                    let work = Work {
                        conv,
                        taps: &taps,
                        panel: *panel,
                        index,
                        zeros: &zeros,
                        width: input.cols(),
                        phase,
                    };
                    let mut at = 0;
                    while at + P <= count {
                        work.pixels::<R, P>(at, out);
                        at += P;
                    }
                    while at < count {
                        work.pixels::<R, 1>(at, out);
                        at += 1;
                    }
                }
            }
        }
    }
}

/// One panel over the outputs of one row that share their taps.
struct Work<'a> {
    conv: &'a ConvTranspose,
    taps: &'a [Tap<'a>],
    panel: Panel,
    index: usize,
    zeros: &'a [f32],
    width: usize,
    phase: usize,
}

impl Work<'_> {
    /// Outputs `at..at + P` of those that share their taps.
    #[inline(always)]
    fn pixels<R: Register, const P: usize>(&self, at: usize, out: &mut [f32]) {
        let Self { conv, panel, .. } = self;
        let all = conv.spread.kernel[0] * conv.spread.kernel[1] * conv.depth;
        let panel_weights = &conv.packed.weights[self.index * all..][..all];
        let mut sums = [Lanes::<R>::load(&conv.packed.bias[self.index]); P];
        for tap in self.taps {
            let mut pixels: [&[f32]; P] = [self.zeros; P];
            for (step, pixel) in pixels.iter_mut().enumerate() {
                let col = tap.col + (at + step) as isize;
                if let Some(row) = tap.row
                    && col >= 0
                    && (col as usize) < self.width
                {
                    let start = col as usize * conv.channels + panel.channel;
                    *pixel = &row[start..start + conv.depth];
                }
            }
            let weights = &panel_weights[tap.weights..][..conv.depth];
            for (channel, weights) in weights.iter().enumerate() {
                let weights = Lanes::load(weights);
                for (sum, pixel) in sums.iter_mut().zip(&pixels) {
                    *sum = sum.add_scaled(weights, pixel[channel]);
                }
            }
        }
        for (step, sum) in sums.into_iter().enumerate() {
            let col = self.phase + (at + step) * conv.spread.stride[1];
            let start = col * conv.filters + panel.first;
            sum.activate(conv.activation).store_some(&mut out[start..start + panel.count]);
        }
    }
}
