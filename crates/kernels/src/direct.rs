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
use crate::runs::{Reader, SHORT, Shape};
use crate::workspace::{Run, Workspace};
use crate::{Activation, View, Window};
use std::ops::Range;

/// Bytes of input, or of copied runs, that a block of pixels reads: what stays in a small
/// second-level cache beside a panel of weights.
const BLOCK: usize = 192 * 1024;

/// Bytes of weights that stay in the nearest cache.
const NEAR: usize = 16 * 1024;

/// Pixels are taken in groups that every kind of register divides into what it has room for.
const GROUP: usize = 12;

/// Weights in panels, and how a pixel's taps lie.
#[derive(Debug)]
pub(crate) struct Direct {
    packed: Packed,
    /// Input channels of the layer, and of a group.
    channels: usize,
    depth: usize,
    filters: usize,
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

    /// Input channels of a group.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// All panels of filters.
    pub(crate) fn panels(&self) -> Range<usize> {
        0..self.packed.panels.len()
    }

    /// Whether every panel but the last is full, so that the outputs of one pixel can be cut.
    pub(crate) fn is_one_run(&self) -> bool {
        let panels = self.packed.panels.iter().enumerate();
        panels.into_iter().all(|(index, panel)| panel.first == index * LANES)
    }

    /// Makes as many rows of `cols` outputs as `out` has room for; or of one output some `panels` of
    /// filters.
    #[expect(clippy::too_many_arguments, reason = "a layer, a part of it, and where it works")]
    pub(crate) fn run(
        &self,
        window: &Window,
        panels: Range<usize>,
        activation: Activation,
        input: View<'_>,
        cols: usize,
        workspace: &mut Workspace,
        out: &mut [f32],
    ) {
        let shape = self.shape(window);
        let width = self.filters.min(out.len());
        let pixels = out.len() / width;
        let pixel_bytes = size_of::<f32>()
            * if shape.gathered {
                shape.length
            } else {
                // What a row of outputs reads that the row before did not.
                (input.cols() * self.channels * window.stride[0]).div_ceil(cols)
            };
        // Whole registers' worth of pixels, so that few are left over.
        // A large dilated kernel of few channels reads little, in many runs.
        let pixel_bytes = pixel_bytes.max(shape.runs * size_of::<Run>());
        let block = (BLOCK / pixel_bytes.max(1)).clamp(1, pixels.max(1)).next_multiple_of(GROUP);
        let zeros = shape.length.max(self.channels);
        let reader = Reader { window, shape, input, cols, zeros };
        let spare = reader.copied(block) * shape.length;
        workspace.reserve(zeros + spare, block * shape.runs);
        workspace.values[..zeros].fill(0.0);
        dispatch(Product {
            direct: self,
            panels,
            width,
            reader,
            activation,
            block,
            workspace,
            out,
        });
    }
}

/// One run of [`Direct`].
struct Product<'a> {
    direct: &'a Direct,
    panels: Range<usize>,
    /// Values that a pixel has in `out`.
    width: usize,
    reader: Reader<'a>,
    activation: Activation,
    block: usize,
    workspace: &'a mut Workspace,
    out: &'a mut [f32],
}

impl Task for Product<'_> {
    #[inline(always)]
    fn run<R: Register, const P: usize>(self) {
        let Self { direct, panels, width, reader, activation, block, workspace, out } = self;
        let shape = reader.shape;
        let (pixels, taps) = (out.len() / width, shape.runs * shape.length);
        let first_filter = direct.packed.panels[panels.start].first;
        for start in (0..pixels).step_by(block) {
            let count = block.min(pixels - start);
            reader.find::<R>(start, count, workspace);
            let out = &mut out[start * width..][..count * width];
            let Workspace { values, runs, .. } = &*workspace;
            // Few weights stay in the nearest cache: then all panels go over few pixels, so that
            // outputs are written line by line. Many are gone through once for all pixels.
            let few = direct.packed.weights.len() * LANES * size_of::<f32>() <= NEAR;
            let at_once = if few { GROUP } else { count };
            for first in (0..count).step_by(at_once) {
                for index in panels.clone() {
                    let panel = direct.packed.panels[index];
                    let work = Work {
                        shape,
                        panel,
                        out: panel.first - first_filter,
                        weights: &direct.packed.weights[index * taps..][..taps],
                        bias: &direct.packed.bias[index],
                        input: reader.input.values(),
                        spare: values,
                        runs: &runs[..count * shape.runs],
                        count,
                        width,
                        activation,
                    };
                    work.all::<R, P>(first, (first + at_once).min(count), out);
                }
            }
        }
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
    /// Values that a pixel has in the output, and where the panel's are among them.
    width: usize,
    out: usize,
    activation: Activation,
}

impl Work<'_> {
    /// Pixels `at..end` of the block.
    #[inline(always)]
    fn all<R: Register, const P: usize>(&self, mut at: usize, end: usize, out: &mut [f32]) {
        while at + P <= end {
            self.pixels::<R, P>(at, out);
            at += P;
        }
        while at + 2 <= end {
            self.pixels::<R, 2>(at, out);
            at += 2;
        }
        if at < end {
            self.pixels::<R, 1>(at, out);
        }
    }

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
            let start = (at + index) * self.width + self.out;
            sum.activate(self.activation).store_some(&mut out[start..start + self.panel.count]);
        }
    }
}
