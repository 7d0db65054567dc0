//! The linear maps of Winograd's minimal filtering, for all channels of a square.

mod seven;
mod three;

pub(crate) use seven::Seven;
pub(crate) use three::Three;

use crate::Activation;
use crate::lanes::{Register, WIDTH, register, register_mut};

/// One minimal filtering: which inputs make which outputs, and how.
pub(crate) trait Form {
    /// Rows and columns of inputs of a square.
    const IN: [usize; 2];
    /// Rows and columns of its outputs.
    const OUT: [usize; 2];
    /// Weights of a kernel.
    const TAPS: usize;
    /// Products of a square.
    const PLACES: usize = Self::IN[0] * Self::IN[1];

    /// The transformed weights of a kernel, [`Form::PLACES`] of them.
    fn weights(kernel: &[f32]) -> Vec<f32>;

    /// One register of every input of a square, by `load(row, column)`, to every place.
    fn input<R: Register>(load: impl Fn(usize, usize) -> R, store: impl FnMut(usize, R));

    /// One register of the products of every place to every output, by `store(row, column, sum)`.
    fn output<R: Register>(load: impl Fn(usize) -> R, store: impl FnMut(usize, usize, R));
}

/// Transforms a square of inputs, `strides` values between its rows and between its columns, to
/// `out`, `stride` values between its places.
#[inline(always)]
pub(crate) fn input<F: Form, R: Register>(
    values: &[f32],
    strides: [usize; 2],
    channels: usize,
    out: &mut [f32],
    stride: usize,
) {
    let last = (F::IN[0] - 1) * strides[0] + (F::IN[1] - 1) * strides[1] + channels;
    let whole = channels - channels % WIDTH;
    assert!(last <= values.len() && (F::PLACES - 1) * stride + channels <= out.len());
    for channel in (0..whole).step_by(WIDTH) {
        F::input::<R>(
            |row, col| {
                debug_assert!(row < F::IN[0] && col < F::IN[1]);
                let start = row * strides[0] + col * strides[1] + channel;
                // SAFETY: a register at `channel` of the last column of the last row ends within
                // `last`, which the values reach.
                R::load(unsafe { register(values, start) })
            },
            |place, made| {
                debug_assert!(place < F::PLACES);
                // SAFETY: a register at `channel` of the last place lies in `out`, see above.
                made.store(unsafe { register_mut(out, place * stride + channel) });
            },
        );
    }
    if whole < channels {
        let count = channels - whole;
        F::input::<R>(
            |row, col| {
                let start = row * strides[0] + col * strides[1] + whole;
                R::load_some(&values[start..start + count])
            },
            |place, made| made.store_some(&mut out[place * stride + whole..][..count]),
        );
    }
}

/// What becomes of a square's outputs.
pub(crate) struct Finish<'a> {
    /// Filled up to whole panels.
    pub(crate) bias: &'a [f32],
    pub(crate) activation: Activation,
    pub(crate) filters: usize,
    /// Rows and columns that are wanted.
    pub(crate) extent: [usize; 2],
    /// Values between two rows of the output.
    pub(crate) row: usize,
}

/// Transforms the products of a square, `stride` values between its places, to its outputs.
#[inline(always)]
pub(crate) fn output<F: Form, R: Register>(
    made: &[f32],
    stride: usize,
    finish: &Finish<'_>,
    out: &mut [f32],
) {
    let filters = finish.filters;
    let padded = filters.next_multiple_of(WIDTH);
    assert!(padded <= finish.bias.len() && (F::PLACES - 1) * stride + padded <= made.len());
    for filter in (0..filters).step_by(WIDTH) {
        let count = WIDTH.min(filters - filter);
        let bias = R::load_some(&finish.bias[filter..filter + WIDTH]);
        F::output::<R>(
            |place| {
                debug_assert!(place < F::PLACES);
                // SAFETY: a register at `filter` of the last place lies in `made`, see above.
                R::load(unsafe { register(made, place * stride + filter) })
            },
            |row, col, sum| {
                if row < finish.extent[0] && col < finish.extent[1] {
                    let start = row * finish.row + col * filters + filter;
                    let made = sum.add(bias).activate(finish.activation);
                    made.store_some(&mut out[start..start + count]);
                }
            },
        );
    }
}
