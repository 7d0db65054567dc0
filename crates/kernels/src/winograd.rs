//! Convolution by Winograd's minimal filtering: by F(4x4, 3x3) a square of 4x4 outputs costs 36
//! products a channel and filter where the direct sum costs 144 (Lavin and Gray, "Fast Algorithms for
//! Convolutional Neural Networks", 2016); by F(4, 7), along rows or columns, four outputs cost 10 where
//! the direct sum costs 28.
//!
//! Squares (or lines) of inputs are transformed for a block of squares; then each of their places is a
//! matrix product of squares times channels with channels times filters; its results are transformed
//! to outputs, with bias and activation. Weights are transformed when they are packed. A square that
//! sticks out of the map, or of what is asked for, is computed whole and used in part.

use crate::lanes::{LANES, Lanes, Register, Task, WIDTH, dispatch};
use crate::transform::{self, Form};
use crate::workspace::Workspace;
use crate::{Activation, View};
use std::marker::PhantomData;

/// Bytes of transformed inputs and products that a block of squares may take, so that they stay in a
/// cache; where weights are many, a part of theirs if that is more, as every block reads them all anew.
const BLOCK: usize = 2 * 1024 * 1024;
const PART_OF_WEIGHTS: usize = 4;

/// Squares are taken in groups that every kind of register divides into its pixels.
const GROUP: usize = 12;

/// Values between two places' matrices beside what they hold: with a stride of a high power of two
/// the streams that a transform writes would fall into the same few lines of the cache.
const SKEW: usize = 16;

/// Channels that are gone through at a time: their weights for a panel, and some squares' inputs,
/// stay in the nearest cache.
const PART: usize = 256;

/// Panels that are gone through together where squares are few: so many sums are under way with one
/// square as with four squares and one panel.
const FEW: usize = 4;

/// Transformed weights.
#[derive(Debug)]
pub(crate) struct Winograd<F> {
    form: PhantomData<F>,
    channels: usize,
    filters: usize,
    panels: usize,
    /// `[place][part of channels][panel][channel]`, a panel's filters each.
    weights: Vec<[f32; LANES]>,
    /// Of all panels one after another; missing filters are zero.
    bias: Vec<f32>,
}

impl<F: Form> Winograd<F> {
    /// Transforms `weight` [filters, channels, taps] and keeps `bias` `[filters]`.
    pub(crate) fn new((channels, filters): (usize, usize), weight: &[f32], bias: &[f32]) -> Self {
        let panels = filters.div_ceil(LANES);
        let mut weights = vec![[0.0; LANES]; F::PLACES * panels * channels];
        for (index, kernel) in weight.chunks_exact(F::TAPS).enumerate() {
            let (filter, channel) = (index / channels, index % channels);
            for (place, value) in F::weights(kernel).into_iter().enumerate() {
                let first = channel - channel % PART;
                let part = PART.min(channels - first);
                let panel = filter / LANES;
                let at = (place * channels + first) * panels + panel * part + channel % PART;
                weights[at][filter % LANES] = value;
            }
        }
        let mut padded = vec![0.0; panels * LANES];
        padded[..filters].copy_from_slice(bias);
        Self { form: PhantomData, channels, filters, panels, weights, bias: padded }
    }

    /// Makes `rows` x `cols` outputs, with `before` rows and columns of padding.
    pub(crate) fn run(
        &self,
        before: [usize; 2],
        activation: Activation,
        input: View<'_>,
        [rows, cols]: [usize; 2],
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        let across = cols.div_ceil(F::OUT[1]);
        let squares = rows.div_ceil(F::OUT[0]) * across;
        // Beside it a line of the cache, lest the rows of a few squares share lines.
        let depth = self.channels.next_multiple_of(WIDTH) + SKEW;
        let width = self.panels * LANES;
        // Blocks of about the same size, as few as there is room for.
        let room = BLOCK.max(size_of_val(&self.weights[..]) / PART_OF_WEIGHTS);
        let most = room / (F::PLACES * (depth + width) * size_of::<f32>());
        let blocks = squares.div_ceil(most.max(GROUP));
        let block = squares.div_ceil(blocks).next_multiple_of(GROUP).min(squares);
        let (read, made) = (block * depth + SKEW, block * width + SKEW);
        let patch = F::PLACES * depth;
        workspace.reserve(F::PLACES * (read + made) + patch, 0);
        let values = &mut workspace.values[..F::PLACES * (read + made) + patch];
        let (read, rest) = values.split_at_mut(F::PLACES * read);
        let (made, patch) = rest.split_at_mut(F::PLACES * made);
        let extent = [rows, cols];
        dispatch(Blocks {
            winograd: self,
            before,
            activation,
            input,
            extent,
            across,
            squares,
            block,
            depth,
            read,
            made,
            patch,
            out,
        });
    }
}

/// One run of [`Winograd`].
struct Blocks<'a, F> {
    winograd: &'a Winograd<F>,
    before: [usize; 2],
    activation: Activation,
    input: View<'a>,
    extent: [usize; 2],
    across: usize,
    squares: usize,
    block: usize,
    /// Values between two squares' channels.
    depth: usize,
    /// Transformed inputs, `[place][square][channel]`.
    read: &'a mut [f32],
    /// Products, `[place][square][filter]`.
    made: &'a mut [f32],
    /// A square's inputs, where it sticks out of the map.
    patch: &'a mut [f32],
    out: &'a mut [f32],
}

impl<F: Form> Task for Blocks<'_, F> {
    #[inline(always)]
    fn run<R: Register, const P: usize>(mut self) {
        for start in (0..self.squares).step_by(self.block) {
            let count = self.block.min(self.squares - start);
            for square in 0..count {
                self.transform_input::<R>(start + square, square);
            }
            for place in 0..F::PLACES {
                self.multiply::<R, P>(place, count);
            }
            for square in 0..count {
                self.transform_output::<R>(start + square, square);
            }
        }
    }
}

impl<F: Form> Blocks<'_, F> {
    /// Inputs of square `index` of the map, as square `square` of the block.
    #[inline(always)]
    fn transform_input<R: Register>(&mut self, index: usize, square: usize) {
        let place =
            |axis: usize, at: usize| (at * F::OUT[axis]) as isize - self.before[axis] as isize;
        let (row, col) = (place(0, index / self.across), place(1, index % self.across));
        let (rows, cols) = (self.input.rows() as isize, self.input.cols() as isize);
        let [high, wide] = F::IN.map(|side| side as isize);
        let inside = row >= 0 && col >= 0 && row + high <= rows && col + wide <= cols;
        let channels = self.winograd.channels;
        let stride = self.read.len() / F::PLACES;
        let out = &mut self.read[square * self.depth..];
        if inside {
            let start = row as usize * self.input.row_stride() + col as usize * channels;
            let values = &self.input.values()[start..];
            transform::input::<F, R>(
                values,
                [self.input.row_stride(), channels],
                channels,
                out,
                stride,
            );
            return;
        }
        self.patch.fill(0.0);
        let (left, right) = (col.max(0), (col + wide).min(cols));
        for at in row.max(0)..(row + high).min(rows) {
            if left < right {
                let values = &self.input.row(at as usize)
                    [left as usize * channels..right as usize * channels];
                let start = ((at - row) * wide + left - col) as usize * channels;
                self.patch[start..start + values.len()].copy_from_slice(values);
            }
        }
        let strides = [F::IN[1] * channels, channels];
        transform::input::<F, R>(self.patch, strides, channels, out, stride);
    }

    /// The matrix product of one place.
    #[inline(always)]
    fn multiply<R: Register, const P: usize>(&mut self, place: usize, count: usize) {
        let Winograd { channels, panels, weights, .. } = self.winograd;
        let read = &self.read[place * (self.read.len() / F::PLACES)..][..count * self.depth];
        let stride = self.made.len() / F::PLACES;
        let made = &mut self.made[place * stride..][..count * panels * LANES];
        let weights = &weights[place * panels * channels..][..panels * channels];
        let (depth, panels) = (self.depth, *panels);
        for first in (0..*channels).step_by(PART) {
            let part = PART.min(channels - first);
            let weights = &weights[first * panels..][..panels * part];
            for (index, weights) in weights.chunks(FEW * part).enumerate() {
                let panel = index * FEW;
                let product = Product { read, depth, first, part, weights, panel, panels };
                product.all::<R, P>(count, made);
            }
        }
    }

    /// Outputs of square `index` of the map, which is square `square` of the block.
    #[inline(always)]
    fn transform_output<R: Register>(&mut self, index: usize, square: usize) {
        let [rows, cols] = self.extent;
        let (row, col) = (index / self.across * F::OUT[0], index % self.across * F::OUT[1]);
        let filters = self.winograd.filters;
        let width = self.winograd.panels * LANES;
        let stride = self.made.len() / F::PLACES;
        let made = &self.made[square * width..];
        let out = &mut self.out[(row * cols + col) * filters..];
        let extent = [F::OUT[0].min(rows - row), F::OUT[1].min(cols - col)];
        let (bias, activation) = (&self.winograd.bias[..], self.activation);
        let finish = transform::Finish { bias, activation, filters, extent, row: cols * filters };
        transform::output::<F, R>(made, stride, &finish, out);
    }
}

/// Squares times a part of the channels of a few panels, at one place.
struct Product<'a> {
    read: &'a [f32],
    depth: usize,
    /// First channel of the part, and how many they are.
    first: usize,
    part: usize,
    /// `[panel][channel]`, at most [`FEW`] panels.
    weights: &'a [[f32; LANES]],
    /// The first of these panels, of so many.
    panel: usize,
    panels: usize,
}

impl Product<'_> {
    /// The first `count` squares of the block: most of them `P` at a time, with one panel. The fewer are
    /// left, the more panels they are taken with, so that always about as many sums are under way:
    /// each has to wait for its last product.
    #[inline(always)]
    fn all<R: Register, const P: usize>(&self, count: usize, made: &mut [f32]) {
        let (whole, few) = (count - count % P, self.weights.len() / self.part);
        for panel in 0..few {
            for at in (0..whole).step_by(P) {
                self.squares::<R, P, 1>(at, panel, made);
            }
        }
        let mut at = whole;
        while at + 2 <= count {
            let mut panel = 0;
            while panel + 2 <= few {
                self.squares::<R, 2, 2>(at, panel, made);
                panel += 2;
            }
            if panel < few {
                self.squares::<R, 2, 1>(at, panel, made);
            }
            at += 2;
        }
        if at < count {
            let mut panel = 0;
            while panel + FEW <= few {
                self.squares::<R, 1, FEW>(at, panel, made);
                panel += FEW;
            }
            while panel < few {
                self.squares::<R, 1, 1>(at, panel, made);
                panel += 1;
            }
        }
    }

    /// Squares `at..at + S` of the block with panels `panel..panel + N` of these.
    #[inline(always)]
    fn squares<R: Register, const S: usize, const N: usize>(
        &self,
        at: usize,
        panel: usize,
        made: &mut [f32],
    ) {
        let mut rows: [&[f32]; S] = [&[]; S];
        for (index, row) in rows.iter_mut().enumerate() {
            *row = &self.read[(at + index) * self.depth + self.first..][..self.part];
        }
        let mut columns: [&[[f32; LANES]]; N] = [&[]; N];
        for (index, column) in columns.iter_mut().enumerate() {
            *column = &self.weights[(panel + index) * self.part..][..self.part];
        }
        let place = |square: usize, column: usize| {
            ((at + square) * self.panels + self.panel + panel + column) * LANES
        };
        let mut sums = [[Lanes::<R>::load(&[0.0; LANES]); N]; S];
        if self.first > 0 {
            for (square, sums) in sums.iter_mut().enumerate() {
                for (column, sum) in sums.iter_mut().enumerate() {
                    *sum = Lanes::load_all(&made[place(square, column)..]);
                }
            }
        }
        for channel in 0..self.part {
            // SAFETY: every column and every row was cut to `part` values above.
            let weights =
                columns.map(|column| Lanes::load(unsafe { column.get_unchecked(channel) }));
            for (sums, row) in sums.iter_mut().zip(&rows) {
                // SAFETY: as above.
                let value = unsafe { *row.get_unchecked(channel) };
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = sum.add_scaled(weights, value);
                }
            }
        }
        for (square, sums) in sums.into_iter().enumerate() {
            for (column, sum) in sums.into_iter().enumerate() {
                sum.store_some(&mut made[place(square, column)..][..LANES]);
            }
        }
    }
}
