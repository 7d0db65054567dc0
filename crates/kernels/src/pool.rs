//! Largest values and means under a window, a register of channels at a time.

use crate::lanes::{Register, Task, WIDTH, dispatch};
use crate::parallel::{OneThread, Parallel, Units, split};
use crate::{View, Window, Workspace};

/// What a mean is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// All taps of the window.
    Window,
    /// The taps of the window before these `[rows, columns]` of the view, in it or not.
    Before([usize; 2]),
    /// The taps that lie in the map.
    Inside,
}

/// The largest value under the window, for as many rows of `cols` outputs as `out` has room for;
/// padding never wins, and where all is padding the result is minus infinity.
///
/// # Panics
/// Where `out` is not a number of whole rows.
pub fn max_pool(window: &Window, input: View<'_>, cols: usize, out: &mut [f32]) {
    max_pool_with(&OneThread, window, input, cols, out);
}

/// As [`max_pool`], the same values, with the threads of `parallel`.
///
/// # Panics
/// As [`max_pool`].
pub fn max_pool_with(
    parallel: &dyn Parallel,
    window: &Window,
    input: View<'_>,
    cols: usize,
    out: &mut [f32],
) {
    slide(parallel, window, Kind::Max, input, cols, out);
}

impl Average {
    /// The mean under the window, for as many rows of `cols` outputs as `out` has room for.
    ///
    /// # Panics
    /// Where `out` is not a number of whole rows.
    pub fn pool(self, window: &Window, input: View<'_>, cols: usize, out: &mut [f32]) {
        self.pool_with(&OneThread, window, input, cols, out);
    }

    /// As [`Average::pool`], the same values, with the threads of `parallel`.
    ///
    /// # Panics
    /// As [`Average::pool`].
    pub fn pool_with(
        self,
        parallel: &dyn Parallel,
        window: &Window,
        input: View<'_>,
        cols: usize,
        out: &mut [f32],
    ) {
        slide(parallel, window, Kind::Mean(self), input, cols, out);
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Max,
    Mean(Average),
}

fn slide(
    parallel: &dyn Parallel,
    window: &Window,
    kind: Kind,
    input: View<'_>,
    cols: usize,
    out: &mut [f32],
) {
    if out.is_empty() {
        return;
    }
    assert!(out.len().is_multiple_of(cols * input.channels()), "a part of a row");
    let length = cols * input.channels();
    let macs = length * window.kernel[0] * window.kernel[1];
    let units = Units { length, together: 1, macs, sharing: None };
    split(parallel, units, &mut Workspace::new(), out, |first, _, out| {
        // What the window's count ends at lies in the whole view; the part's begins further down.
        let kind = match kind {
            Kind::Mean(Average::Before([rows, cols])) => {
                let skipped = (first * window.stride[0]).saturating_sub(window.before[0]);
                Kind::Mean(Average::Before([rows.saturating_sub(skipped), cols]))
            }
            other => other,
        };
        let (window, input) = window.starting_at(input, first);
        dispatch(Slide { window: &window, kind, input, cols, out });
    });
}

struct Slide<'a> {
    window: &'a Window,
    kind: Kind,
    input: View<'a>,
    cols: usize,
    out: &'a mut [f32],
}

impl Task for Slide<'_> {
    #[inline(always)]
    fn run<R: Register, const P: usize>(self) {
        let Self { window, kind, input, cols, out } = self;
        let channels = input.channels();
        let all = window.kernel[0] * window.kernel[1];
        for (row, out) in out.chunks_exact_mut(cols * channels).enumerate() {
            for (col, out) in out.chunks_exact_mut(channels).enumerate() {
                let under = window.under(input, [row, col]);
                let factor = match kind {
                    Kind::Mean(Average::Inside) => under.count(),
                    Kind::Max | Kind::Mean(Average::Window) => all,
                    Kind::Mean(Average::Before([rows, cols])) => {
                        window.before(0, row, rows) * window.before(1, col, cols)
                    }
                };
                let factor = R::splat(1.0 / factor as f32);
                for (index, out) in out.chunks_mut(WIDTH).enumerate() {
                    let first = index * WIDTH;
                    let made = match kind {
                        Kind::Max => {
                            let mut most = R::splat(f32::NEG_INFINITY);
                            under.each(first, out.len(), |_, read: R| most = read.max(most));
                            most
                        }
                        Kind::Mean(_) => {
                            let mut sum = R::splat(0.0);
                            under.each(first, out.len(), |_, read: R| sum = sum.add(read));
                            sum.mul(factor)
                        }
                    };
                    made.store_some(out);
                }
            }
        }
    }
}
