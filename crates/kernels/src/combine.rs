//! Maps of the same rows and columns put together, and values scaled channel by channel. Bound by
//! memory.

use crate::lanes::{Register, Task, WIDTH, dispatch};
use crate::{Activation, View};

/// The sum of all `inputs`, of one shape, that `out` has room for.
///
/// # Panics
/// Where `inputs` differ in shape from each other or from `out`.
pub fn add(inputs: &[View<'_>], activation: Activation, out: &mut [f32]) {
    let Some((first, others)) = inputs.split_first() else { return };
    assert_eq!(out.len(), first.shape().iter().product(), "room for the sum");
    let alike = |other: &View<'_>| other.shape() == first.shape();
    assert!(others.iter().all(alike), "maps that are added have one shape");
    dispatch(Add { first, others, activation, out });
}

struct Add<'a> {
    first: &'a View<'a>,
    others: &'a [View<'a>],
    activation: Activation,
    out: &'a mut [f32],
}

impl Task for Add<'_> {
    #[inline(always)]
    fn run<R: Register, const P: usize>(self) {
        let Self { first, others, activation, out } = self;
        let length = (first.cols() * first.channels()).max(1);
        for (row, out) in out.chunks_exact_mut(length).enumerate() {
            let line = first.row(row);
            for (index, out) in out.chunks_mut(WIDTH).enumerate() {
                let part = index * WIDTH..index * WIDTH + out.len();
                let mut sum = R::load_some(&line[part.clone()]);
                for other in others {
                    sum = sum.add(R::load_some(&other.row(row)[part.clone()]));
                }
                sum.activate(activation).store_some(out);
            }
        }
    }
}

/// All channels of every pixel of `inputs`, one input after another.
///
/// # Panics
/// Where `inputs` differ in rows or columns, or `out` has another length than all of them.
pub fn concat(inputs: &[View<'_>], out: &mut [f32]) {
    let Some(first) = inputs.first() else { return };
    let channels: usize = inputs.iter().map(View::channels).sum();
    assert_eq!(out.len(), first.rows() * first.cols() * channels, "room for all channels");
    let mut before = 0;
    for input in inputs {
        let count = input.channels();
        assert_eq!((input.rows(), input.cols()), (first.rows(), first.cols()), "one extent");
        for row in 0..input.rows() {
            let out = &mut out[row * input.cols() * channels..];
            for (out, read) in out.chunks_mut(channels).zip(input.row(row).chunks_exact(count)) {
                out[before..before + count].copy_from_slice(read);
            }
        }
        before += count;
    }
}

/// `x * scale[channel] + shift[channel]`.
///
/// # Panics
/// Where there are not as many factors as channels, or `out` has another length than `input`.
pub fn affine(input: &View<'_>, scale: &[f32], shift: &[f32], out: &mut [f32]) {
    assert!(scale.len() == input.channels() && shift.len() == input.channels());
    input.copy_to(out);
    for pixel in out.chunks_exact_mut(input.channels()) {
        for ((value, scale), shift) in pixel.iter_mut().zip(scale).zip(shift) {
            *value = *value * scale + shift;
        }
    }
}
