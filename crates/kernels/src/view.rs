//! What kernels read: a rectangle of a map, and the window that slides over it.

use crate::lanes::{Register, WIDTH, register};
use std::ops::Range;

/// A rectangle of a map in row, column, channel order; rows may lie further apart than they are long.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    values: &'a [f32],
    rows: usize,
    cols: usize,
    channels: usize,
    row_stride: usize,
}

impl<'a> View<'a> {
    /// The rectangle whose first value is `values[0]`; `row_stride` values lie between the starts of
    /// two rows.
    ///
    /// # Panics
    /// Where the rectangle does not lie within `values`.
    #[must_use]
    pub fn new(values: &'a [f32], [rows, cols, channels]: [usize; 3], row_stride: usize) -> Self {
        // Checked, since in 32 bits what overflows would look small; others rely on it.
        let row = cols.checked_mul(channels).filter(|row| *row <= row_stride);
        let length = row.and_then(|row| match rows.checked_sub(1) {
            Some(before) => before.checked_mul(row_stride)?.checked_add(row),
            None => Some(0),
        });
        assert!(length.is_some_and(|length| length <= values.len()), "a view beyond its map");
        Self { values, rows, cols, channels, row_stride }
    }

    /// A map whose values fill it.
    ///
    /// # Panics
    /// Where there are too few values.
    #[must_use]
    pub fn whole(values: &'a [f32], [rows, cols, channels]: [usize; 3]) -> Self {
        Self::new(values, [rows, cols, channels], cols * channels)
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub const fn cols(&self) -> usize {
        self.cols
    }

    /// Number of channels.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// Rows, columns and channels.
    #[must_use]
    pub const fn shape(&self) -> [usize; 3] {
        [self.rows, self.cols, self.channels]
    }

    /// All values from the first one on, what lies between rows included.
    #[inline(always)]
    pub(crate) const fn values(&self) -> &'a [f32] {
        self.values
    }

    /// Values between the starts of two rows.
    #[inline(always)]
    pub(crate) const fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// The rows from `first` on.
    pub(crate) fn starting_at(&self, first: usize) -> Self {
        let first = first.min(self.rows);
        let values = self.values.get(first * self.row_stride..).unwrap_or_default();
        Self { values, rows: self.rows - first, ..*self }
    }

    /// All values as the channels of one pixel, in row, column, channel order; nothing where there is
    /// something between the rows.
    #[must_use]
    pub fn flat(&self) -> Option<Self> {
        let length = self.cols * self.channels;
        let count = self.rows * length;
        (self.row_stride == length || self.rows == 1)
            .then(|| Self::whole(self.values, [1, 1, count]))
    }

    /// Copies all values to `out`, without what lies between the rows.
    ///
    /// # Panics
    /// Where `out` has another length.
    pub fn copy_to(&self, out: &mut [f32]) {
        assert_eq!(out.len(), self.rows * self.cols * self.channels, "room for the view");
        let length = self.cols * self.channels;
        for (row, out) in out.chunks_exact_mut(length.max(1)).enumerate() {
            out.copy_from_slice(self.row(row));
        }
    }

    /// The values of row `row`, `cols * channels` of them.
    ///
    /// # Panics
    /// Where there is no such row.
    #[inline(always)]
    #[must_use]
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.row_stride..][..self.cols * self.channels]
    }
}

/// A sliding window: `[rows, columns]` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Extent of the kernel.
    pub kernel: [usize; 2],
    /// Step from one output to the next.
    pub stride: [usize; 2],
    /// Distance between two taps.
    pub dilation: [usize; 2],
    /// Padding above and to the left. What lies below and to the right follows from how many outputs
    /// are asked for.
    pub before: [usize; 2],
}

impl Window {
    /// Where tap `tap` of output `out` reads along `axis`; may lie before or beyond the map.
    #[inline(always)]
    pub(crate) fn place(&self, axis: usize, out: usize, tap: usize) -> isize {
        (out * self.stride[axis] + tap * self.dilation[axis]) as isize - self.before[axis] as isize
    }

    /// The taps of output `out` along `axis` that lie within a map of `extent`.
    #[inline(always)]
    pub(crate) fn inside(&self, axis: usize, out: usize, extent: usize) -> Range<usize> {
        let start = out * self.stride[axis];
        let (dilation, before) = (self.dilation[axis].max(1), self.before[axis]);
        let first = before.saturating_sub(start).div_ceil(dilation);
        let end = (extent + before).saturating_sub(start).div_ceil(dilation);
        let end = end.min(self.kernel[axis]);
        first.min(end)..end
    }

    /// How many taps of output `out` along `axis` lie before `end`.
    pub(crate) fn before(&self, axis: usize, out: usize, end: usize) -> usize {
        let dilation = self.dilation[axis].max(1);
        let room = (end + self.before[axis]).saturating_sub(out * self.stride[axis]);
        room.div_ceil(dilation).min(self.kernel[axis])
    }

    /// The window and the view by which output row `first` is row 0.
    pub(crate) fn starting_at<'a>(&self, input: View<'a>, first: usize) -> (Self, View<'a>) {
        let (start, [above, left]) = (first * self.stride[0], self.before);
        let before = [above.saturating_sub(start), left];
        (Self { before, ..*self }, input.starting_at(start.saturating_sub(above)))
    }

    /// What lies under the window for the output at `row`, `col`.
    #[inline(always)]
    pub(crate) fn under<'a>(&self, input: View<'a>, [row, col]: [usize; 2]) -> Under<'a> {
        let [rows, cols] = [self.inside(0, row, input.rows), self.inside(1, col, input.cols)];
        // Where no tap lies in the map nothing is read, and the place does not matter.
        let place = |axis: usize, out: usize, taps: &Range<usize>| {
            self.place(axis, out, taps.start).max(0) as usize
        };
        let start = place(0, row, &rows) * input.row_stride + place(1, col, &cols) * input.channels;
        let steps = [self.dilation[0] * input.row_stride, self.dilation[1] * input.channels];
        let last = [&rows, &cols].map(|taps| taps.len().saturating_sub(1));
        let reach = start + last[0] * steps[0] + last[1] * steps[1] + input.channels;
        let any = !rows.is_empty() && !cols.is_empty();
        assert!(!any || reach <= input.values.len(), "taps inside the map");
        let (channels, width) = (input.channels, self.kernel[1]);
        Under { values: input.values, start, steps, taps: [rows, cols], channels, width }
    }
}

/// The taps of one output that lie in the map.
pub(crate) struct Under<'a> {
    values: &'a [f32],
    /// Where the first tap's pixel begins.
    start: usize,
    /// Values between two taps, by row and by column.
    steps: [usize; 2],
    taps: [Range<usize>; 2],
    channels: usize,
    /// Taps of a kernel row.
    width: usize,
}

impl Under<'_> {
    /// How many there are.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.taps[0].len() * self.taps[1].len()
    }

    /// Hands each tap, in order, with its number and `count` channels from `first` on.
    #[inline(always)]
    pub(crate) fn each<R: Register>(
        &self,
        first: usize,
        count: usize,
        mut take: impl FnMut(usize, R),
    ) {
        assert!(first + count <= self.channels, "channels of the map");
        let [rows, cols] = &self.taps;
        let mut line = self.start + first;
        for row in rows.clone() {
            let mut start = line;
            for col in cols.clone() {
                let read = if count == WIDTH {
                    // SAFETY: [`Window::under`] made sure that all channels of every tap lie in the values.
                    R::load(unsafe { register(self.values, start) })
                } else {
                    R::load_some(&self.values[start..start + count])
                };
                take(row * self.width + col, read);
                start += self.steps[1];
            }
            line += self.steps[0];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    #[should_panic(expected = "a view beyond its map")]
    fn extents_whose_product_overflows_lie_in_no_map() {
        let _ = View::new(&[0.0; 8], [usize::MAX / 2 + 2, 1, 2], 2);
    }
}
