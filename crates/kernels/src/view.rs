//! What kernels read: a rectangle of a map, and the window that slides over it.

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
        let length = if rows == 0 { 0 } else { (rows - 1) * row_stride + cols * channels };
        assert!(cols * channels <= row_stride && length <= values.len(), "a view beyond its map");
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
    pub(crate) fn inside(&self, axis: usize, out: usize, extent: usize) -> std::ops::Range<usize> {
        let start = out * self.stride[axis];
        let (dilation, before) = (self.dilation[axis].max(1), self.before[axis]);
        let first = before.saturating_sub(start).div_ceil(dilation);
        let end = (extent + before).saturating_sub(start).div_ceil(dilation);
        let end = end.min(self.kernel[axis]);
        first.min(end)..end
    }

    /// The taps of the output at `row`, `col` that lie in the map, in order, with the pixel under each;
    /// `taps` is emptied first, and passed in so that its memory is used again.
    #[inline(always)]
    pub(crate) fn taps<'a>(
        &self,
        input: View<'a>,
        [row, col]: [usize; 2],
        taps: &mut Vec<(usize, &'a [f32])>,
    ) {
        taps.clear();
        for tap_row in self.inside(0, row, input.rows()) {
            let values = input.row(self.place(0, row, tap_row) as usize);
            for tap_col in self.inside(1, col, input.cols()) {
                let start = self.place(1, col, tap_col) as usize * input.channels();
                let pixel = &values[start..start + input.channels()];
                taps.push((tap_row * self.kernel[1] + tap_col, pixel));
            }
        }
    }
}
