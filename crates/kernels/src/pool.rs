//! Largest values and means under a window. Plain loops over the channels of a pixel, which lie side
//! by side and which the compiler puts into vectors; both are bound by memory, not by arithmetic.

use crate::{View, Window};

/// What a mean is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// All taps of the window.
    Window,
    /// The taps that lie in the map.
    Inside,
}

/// The largest value under the window, for as many rows of `cols` outputs as `out` has room for;
/// padding never wins, and where all is padding the result is minus infinity.
///
/// # Panics
/// Where `out` is not a number of whole rows.
pub fn max_pool(window: &Window, input: View<'_>, cols: usize, out: &mut [f32]) {
    slide(window, input, cols, out, |out, taps| {
        out.fill(f32::NEG_INFINITY);
        for (_, read) in taps {
            for (out, read) in out.iter_mut().zip(*read) {
                *out = if *read > *out { *read } else { *out };
            }
        }
    });
}

impl Average {
    /// The mean under the window, for as many rows of `cols` outputs as `out` has room for.
    ///
    /// # Panics
    /// Where `out` is not a number of whole rows.
    pub fn pool(self, window: &Window, input: View<'_>, cols: usize, out: &mut [f32]) {
        let all = window.kernel[0] * window.kernel[1];
        slide(window, input, cols, out, |out, taps| {
            out.fill(0.0);
            for (_, read) in taps {
                for (out, read) in out.iter_mut().zip(*read) {
                    *out += read;
                }
            }
            let count = if self == Self::Window { all } else { taps.len() };
            let factor = 1.0 / count as f32;
            out.iter_mut().for_each(|out| *out *= factor);
        });
    }
}

/// Hands every output pixel to `make`, with the taps under its window that lie in the map.
fn slide(
    window: &Window,
    input: View<'_>,
    cols: usize,
    out: &mut [f32],
    make: impl Fn(&mut [f32], &[(usize, &[f32])]),
) {
    let channels = input.channels();
    if out.is_empty() {
        return;
    }
    assert!(out.len().is_multiple_of(cols * channels), "a part of a row");
    let mut taps = Vec::with_capacity(window.kernel[0] * window.kernel[1]);
    for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
        window.taps(input, [pixel / cols, pixel % cols], &mut taps);
        make(out, &taps);
    }
}
