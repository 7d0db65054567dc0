//! Where a pixel's taps lie: runs of values in the input, or copied with their zeros.

use crate::lanes::{Register, WIDTH};
use crate::workspace::{Run, Workspace};
use crate::{View, Window};

/// Runs shorter than this are copied behind one another.
pub(crate) const SHORT: usize = 32;

/// How the taps of a pixel are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Whether a kernel row's columns are one run.
    pub(crate) merged: bool,
    /// Whether all runs of a pixel are copied behind one another.
    pub(crate) gathered: bool,
    /// Runs of a kernel row, before gathering.
    pub(crate) steps: usize,
    /// Runs of a pixel.
    pub(crate) runs: usize,
    /// Values of a run.
    pub(crate) length: usize,
}

/// Finds where the runs of pixels begin.
pub(crate) struct Reader<'a> {
    pub(crate) window: &'a Window,
    pub(crate) shape: Shape,
    pub(crate) input: View<'a>,
    pub(crate) cols: usize,
    /// As many values at the start of the workspace are zero.
    pub(crate) zeros: usize,
}

impl Reader<'_> {
    /// At most as many runs of a block of pixels are copied.
    pub(crate) fn copied(&self, block: usize) -> usize {
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
    pub(crate) fn find<R: Register>(&self, start: usize, count: usize, workspace: &mut Workspace) {
        if self.shape.gathered {
            return self.gather::<R>(start, count, workspace);
        }
        let Workspace { values, runs, .. } = workspace;
        let mut spare = self.zeros;
        let [rows, _] = self.window.kernel;
        let (mut row, mut col) = (start / self.cols, start % self.cols);
        for pixel in 0..count {
            for tap in 0..rows {
                for step in 0..self.shape.steps {
                    let index = (tap * self.shape.steps + step) * count + pixel;
                    runs[index] = self.run::<R>([row, col], [tap, step], &mut spare, values);
                }
            }
            col += 1;
            if col == self.cols {
                (row, col) = (row + 1, 0);
            }
        }
    }

    /// Copies all runs of pixels `start..start + count` behind one another.
    #[inline(always)]
    fn gather<R: Register>(&self, start: usize, count: usize, workspace: &mut Workspace) {
        let Workspace { values, runs, .. } = workspace;
        let (length, [rows, _]) = (self.shape.length, self.window.kernel);
        let values = &mut values[self.zeros..][..count * length];
        for (pixel, run) in runs[..count].iter_mut().enumerate() {
            *run = Run::Spare(self.zeros + pixel * length);
        }
        let (width, channels) = (length / rows, self.input.channels());
        let mut done = 0;
        while done < count {
            // The pixels of one row of outputs.
            let (row, first) = ((start + done) / self.cols, (start + done) % self.cols);
            let part = (self.cols - first).min(count - done);
            let values = &mut values[done * length..][..part * length];
            for tap in 0..rows {
                let at = self.window.place(0, row, tap);
                let line = usize::try_from(at).ok().filter(|at| *at < self.input.rows());
                let line = line.map_or(&[][..], |at| self.input.row(at));
                let mut from = self.window.place(1, first, 0) * channels as isize;
                for pixel in values.chunks_exact_mut(length) {
                    let out = &mut pixel[tap * width..][..width];
                    match usize::try_from(from).ok().and_then(|from| line.get(from..from + width)) {
                        Some(read) => copy::<R>(read, out),
                        None => self.copy::<R>(row, tap, from, out),
                    }
                    from += (self.window.stride[1] * channels) as isize;
                }
            }
            done += part;
        }
    }

    /// The run of kernel row `tap` from kernel column `step` on, for the output at `row`, `col`: in
    /// the input where it lies inside, zeros where all of it is padding, else copied from `spare` on.
    #[inline(always)]
    fn run<R: Register>(
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
        self.copy::<R>(row, tap, start, &mut values[found..*spare]);
        Run::Spare(found)
    }

    /// Copies a merged run of kernel row `tap` that begins at value `start` of its row of the map,
    /// with zeros where it sticks out.
    #[inline(always)]
    fn copy<R: Register>(&self, row: usize, tap: usize, start: isize, out: &mut [f32]) {
        let at = self.window.place(0, row, tap);
        let width = (self.input.cols() * self.input.channels()) as isize;
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
        copy::<R>(&values[from..to], inside);
        after.fill(0.0);
    }
}

/// Copies a few values. In wasm a copy of memory is a call, which takes longer than this.
#[inline(always)]
fn copy<R: Register>(from: &[f32], to: &mut [f32]) {
    if from.len() < WIDTH || from.len() >= 4 * SHORT {
        to.copy_from_slice(from);
        return;
    }
    let mut at = 0;
    while at + WIDTH < from.len() {
        R::load_some(&from[at..]).store_some(&mut to[at..]);
        at += WIDTH;
    }
    // The last register covers some values a second time.
    let last = from.len() - WIDTH;
    R::load_some(&from[last..]).store_some(&mut to[last..]);
}
