//! Direct convolution as an implicit matrix product.
//!
//! A few output pixels times a panel of filters are kept in registers while the taps are gone
//! through. In row, column, channel order all taps of one kernel row lie side by side, so that a
//! pixel's share of a kernel row is one run of memory. For a block of pixels it is found once where
//! its runs begin, and all panels go over the block while it is in a near cache. Runs that stick out
//! of the map are copied with their zeros; where runs are very short, as in a first layer of three
//! channels, all of a pixel's are copied behind one another.

use crate::lanes::{LANES, Lanes, Register, Task, dispatch};
use crate::pack::{Packed, Panel};
use crate::workspace::{Run, Workspace};
use crate::{Activation, View, Window};

/// Bytes of input, or of copied runs, that a block of pixels reads: what stays in a small
/// second-level cache beside a panel of weights.
const BLOCK: usize = 192 * 1024;

/// Runs shorter than this are copied behind one another.
const SHORT: usize = 32;

/// Weights in panels, and how a pixel's taps lie.
#[derive(Debug)]
pub(crate) struct Direct {
    packed: Packed,
    /// Input channels of the layer, and of a group.
    channels: usize,
    depth: usize,
    filters: usize,
}

/// How the taps of a pixel are read.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Whether a kernel row's columns are one run.
    merged: bool,
    /// Whether all runs of a pixel are copied behind one another.
    gathered: bool,
    /// Runs of a kernel row, before gathering.
    steps: usize,
    /// Runs of a pixel.
    runs: usize,
    /// Values of a run.
    length: usize,
}

impl Direct {
    /// Packs weights as [`crate::Conv::new`] takes them.
    pub(crate) fn new(
        window: &Window,
        (channels, filters, groups): (usize, usize, usize),
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        let (depth, taps) = (channels / groups, window.kernel[0] * window.kernel[1]);
        let packed = Packed::new((filters, groups), (depth, taps), weight, bias);
        Self { packed, channels, depth, filters }
    }

    fn shape(&self, window: &Window) -> Shape {
        let [rows, cols] = window.kernel;
        let merged = self.depth == self.channels && window.dilation[1] == 1;
        let (steps, length) = if merged { (1, cols * self.depth) } else { (cols, self.depth) };
        let gathered = merged && rows > 1 && length < SHORT;
        let (runs, length) = if gathered { (1, rows * length) } else { (rows * steps, length) };
        Shape { merged, gathered, steps, runs, length }
    }

    /// Makes as many rows of `cols` outputs as `out` has room for.
    pub(crate) fn run(
        &self,
        window: &Window,
        activation: Activation,
        input: View<'_>,
        cols: usize,
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        let shape = self.shape(window);
        let pixels = out.len() / self.filters;
        let pixel_bytes = size_of::<f32>()
            * if shape.gathered {
                shape.length
            } else {
                // What a row of outputs reads that the row before did not.
                (input.cols() * self.channels * window.stride[0]).div_ceil(cols)
            };
        // Whole registers' worth of pixels, so that few are left over.
        let block = (BLOCK / pixel_bytes.max(1)).clamp(1, pixels.max(1)).next_multiple_of(12);
        let zeros = shape.length.max(self.channels);
        let reader = Reader { window, shape, input, cols, zeros };
        let spare = reader.copied(block) * shape.length;
        workspace.reserve(zeros + spare, block * shape.runs);
        workspace.values[..zeros].fill(0.0);
        dispatch(Product { direct: self, reader, activation, block, workspace, out });
    }
}

/// One run of [`Direct`].
struct Product<'a> {
    direct: &'a Direct,
    reader: Reader<'a>,
    activation: Activation,
    block: usize,
    workspace: &'a mut Workspace,
    out: &'a mut [f32],
}

impl Task for Product<'_> {
    #[inline(always)]
    fn run<R: Register, const P: usize>(self) {
        let Self { direct, reader, activation, block, workspace, out } = self;
        let shape = reader.shape;
        let (pixels, taps) = (out.len() / direct.filters, shape.runs * shape.length);
        for start in (0..pixels).step_by(block) {
            let count = block.min(pixels - start);
            reader.find(start, count, workspace);
            let out = &mut out[start * direct.filters..][..count * direct.filters];
            let Workspace { values, runs, .. } = &*workspace;
            for (index, panel) in direct.packed.panels.iter().enumerate() {
                let work = Work {
                    shape,
                    panel: *panel,
                    weights: &direct.packed.weights[index * taps..][..taps],
                    bias: &direct.packed.bias[index],
                    input: reader.input.values(),
                    spare: values,
                    runs: &runs[..count * shape.runs],
                    count,
                    filters: direct.filters,
                    activation,
                };
                let mut at = 0;
                while at + P <= count {
                    work.pixels::<R, P>(at, out);
                    at += P;
                }
                while at + 2 <= count {
                    work.pixels::<R, 2>(at, out);
                    at += 2;
                }
                if at < count {
                    work.pixels::<R, 1>(at, out);
                }
            }
        }
    }
}

/// Finds where the runs of pixels begin.
struct Reader<'a> {
    window: &'a Window,
    shape: Shape,
    input: View<'a>,
    cols: usize,
    /// As many values at the start of the workspace are zero.
    zeros: usize,
}

impl Reader<'_> {
    /// At most as many runs of a block of pixels are copied.
    fn copied(&self, block: usize) -> usize {
        if self.shape.gathered {
            return block;
        }
        if !self.shape.merged {
            return 0;
        }
        let inside = |col: &usize| {
            let start = self.window.place(1, *col, 0);
            start >= 0 && start as usize + self.window.kernel[1] <= self.input.cols()
        };
        let outside = (0..self.cols).filter(|col| !inside(col)).count();
        // A block may begin and end within a row.
        (block.div_ceil(self.cols) + 1) * outside * self.window.kernel[0]
    }

    /// The runs of pixels `start..start + count`, in the order `[run][pixel]`.
    #[inline(always)]
    fn find(&self, start: usize, count: usize, workspace: &mut Workspace) {
        let Workspace { values, runs, .. } = workspace;
        let mut spare = self.zeros;
        let [rows, _] = self.window.kernel;
        let (mut row, mut col) = (start / self.cols, start % self.cols);
        for pixel in 0..count {
            if self.shape.gathered {
                runs[pixel] = Run::Spare(spare);
                for tap in 0..rows {
                    let length = self.shape.length / rows;
                    self.copy([row, col], tap, &mut values[spare..spare + length]);
                    spare += length;
                }
            } else {
                for tap in 0..rows {
                    for step in 0..self.shape.steps {
                        let index = (tap * self.shape.steps + step) * count + pixel;
                        runs[index] = self.run([row, col], [tap, step], &mut spare, values);
                    }
                }
            }
            col += 1;
            if col == self.cols {
                (row, col) = (row + 1, 0);
            }
        }
    }

    /// The run of kernel row `tap` from kernel column `step` on, for the output at `row`, `col`: in
    /// the input where it lies inside, zeros where all of it is padding, else copied from `spare` on.
    #[inline(always)]
    fn run(
        &self,
        [row, col]: [usize; 2],
        [tap, step]: [usize; 2],
        spare: &mut usize,
        values: &mut [f32],
    ) -> Run {
        let at = self.window.place(0, row, tap);
        if at < 0 || at as usize >= self.input.rows() {
            return Run::Spare(0);
        }
        let channels = self.input.channels() as isize;
        let length = if self.shape.merged { self.shape.length as isize } else { channels };
        let start = self.window.place(1, col, step) * channels;
        let end = start + length;
        if start >= 0 && end <= self.input.cols() as isize * channels {
            return Run::Input(at as usize * self.input.row_stride() + start as usize);
        }
        // A run of one column lies wholly inside or wholly outside.
        if !self.shape.merged {
            return Run::Spare(0);
        }
        let found = *spare;
        *spare += self.shape.length;
        self.copy([row, col], tap, &mut values[found..*spare]);
        Run::Spare(found)
    }

    /// Copies a merged run, with zeros where it sticks out.
    #[inline(always)]
    fn copy(&self, [row, col]: [usize; 2], tap: usize, out: &mut [f32]) {
        let at = self.window.place(0, row, tap);
        let channels = self.input.channels() as isize;
        let width = self.input.cols() as isize * channels;
        let start = self.window.place(1, col, 0) * channels;
        let end = start + out.len() as isize;
        if at < 0 || at as usize >= self.input.rows() || end <= 0 || start >= width {
            out.fill(0.0);
            return;
        }
        let values = self.input.row(at as usize);
        let (from, to) = (start.max(0) as usize, end.min(width) as usize);
        let skip = (from as isize - start) as usize;
        let (before, rest) = out.split_at_mut(skip);
        let (inside, after) = rest.split_at_mut(to - from);
        before.fill(0.0);
        inside.copy_from_slice(&values[from..to]);
        after.fill(0.0);
    }
}

/// One panel over a block of pixels.
struct Work<'a> {
    shape: Shape,
    panel: Panel,
    weights: &'a [[f32; LANES]],
    bias: &'a [f32; LANES],
    input: &'a [f32],
    spare: &'a [f32],
    /// `[run][pixel]`.
    runs: &'a [Run],
    count: usize,
    filters: usize,
    activation: Activation,
}

impl Work<'_> {
    /// Pixels `at..at + P` of the block.
    #[inline(always)]
    fn pixels<R: Register, const P: usize>(&self, at: usize, out: &mut [f32]) {
        let length = self.shape.length;
        let mut sums = [Lanes::<R>::load(self.bias); P];
        let runs = self.runs.chunks_exact(self.count);
        for (weights, runs) in self.weights.chunks_exact(length).zip(runs) {
            let mut values: [&[f32]; P] = [&[]; P];
            for (values, run) in values.iter_mut().zip(&runs[at..at + P]) {
                let whole = match *run {
                    Run::Input(start) => &self.input[start + self.panel.channel..],
                    Run::Spare(start) => &self.spare[start + self.panel.channel..],
                };
                *values = &whole[..length];
            }
            for (index, weights) in weights.iter().enumerate() {
                let weights = Lanes::load(weights);
                for (sum, values) in sums.iter_mut().zip(&values) {
                    // SAFETY: there are as many weights as values, `length`.
                    let value = unsafe { *values.get_unchecked(index) };
                    *sum = sum.add_scaled(weights, value);
                }
            }
        }
        for (index, sum) in sums.into_iter().enumerate() {
            let start = (at + index) * self.filters + self.panel.first;
            sum.activate(self.activation).store_some(&mut out[start..start + self.panel.count]);
        }
    }
}
