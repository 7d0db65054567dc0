//! Direct convolution as an implicit matrix product: no buffer of patches is ever built.
//!
//! A block of output pixels times a panel of sixteen filters is kept in registers while the taps are
//! gone through. In row, column, channel order all taps of one kernel row lie side by side, so that a
//! pixel's share of a kernel row is one run of memory; only runs that stick out of the map are copied
//! with their zeros.

use crate::depthwise::Depthwise;
use crate::lanes::{LANES, Lanes, Task, dispatch};
use crate::pack::{Packed, Panel};
use crate::{Activation, View, Window};

/// Bytes of input that a block of rows reads: what stays in a small second-level cache beside a
/// panel of weights.
const BLOCK: usize = 192 * 1024;

/// A convolution with its weights packed.
#[derive(Debug)]
pub struct Conv {
    window: Window,
    channels: usize,
    filters: usize,
    activation: Activation,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Panels { packed: Packed, depth: usize },
    Depthwise(Depthwise),
}

impl Conv {
    /// Packs `weight` [filters, channels / groups, kernel rows, kernel columns] and `bias` `[filters]`.
    ///
    /// # Panics
    /// Where the numbers of values are not these, or channels and filters do not divide into groups.
    #[must_use]
    pub fn new(
        window: Window,
        (channels, filters, groups): (usize, usize, usize),
        activation: Activation,
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        assert!(groups > 0 && channels.is_multiple_of(groups) && filters.is_multiple_of(groups));
        let (depth, taps) = (channels / groups, window.kernel[0] * window.kernel[1]);
        assert!(weight.len() == filters * depth * taps && bias.len() == filters);
        let kind = if depth == 1 && filters == groups && groups > 1 {
            Kind::Depthwise(Depthwise::new(filters, taps, weight, bias))
        } else {
            let packed = Packed::new((filters, groups), (depth, taps), weight, bias);
            Kind::Panels { packed, depth }
        };
        Self { window, channels, filters, activation, kind }
    }

    /// Makes `rows` x `cols` outputs of all filters, which `out` has room for.
    ///
    /// # Panics
    /// Where `input` has another number of channels than the weights, or `out` another length.
    pub fn run(&self, input: View<'_>, [rows, cols]: [usize; 2], out: &mut [f32]) {
        assert!(input.channels() == self.channels && out.len() == rows * cols * self.filters);
        if out.is_empty() {
            return;
        }
        match &self.kind {
            Kind::Panels { packed, depth } => {
                dispatch(Direct { conv: self, packed, depth: *depth, input, cols, out });
            }
            Kind::Depthwise(depthwise) => {
                depthwise.run(&self.window, self.activation, input, cols, out);
            }
        }
    }
}

/// One run of [`Conv`].
struct Direct<'a> {
    conv: &'a Conv,
    packed: &'a Packed,
    depth: usize,
    input: View<'a>,
    cols: usize,
    out: &'a mut [f32],
}

impl Task for Direct<'_> {
    #[inline(always)]
    fn run<L: Lanes, const P: usize>(self) {
        let Self { conv, packed, depth, input, cols, out } = self;
        let window = &conv.window;
        // All columns of a kernel row at once, where they lie side by side.
        let merged = depth == conv.channels && window.dilation[1] == 1;
        let (steps, length) =
            if merged { (1, window.kernel[1] * depth) } else { (window.kernel[1], depth) };
        let reader = Reader { window, input, steps, length };
        let zeros = vec![0.0; length];
        let mut spare = vec![0.0; length * P];
        let taps = window.kernel[0] * window.kernel[1] * depth;
        let row_bytes = input.cols() * conv.channels * size_of::<f32>() * window.stride[0];
        let block = (BLOCK / row_bytes.max(1)).max(1) * cols;
        let pixels = out.len() / conv.filters;
        for start in (0..pixels).step_by(block) {
            let end = (start + block).min(pixels);
            for (index, panel) in packed.panels.iter().enumerate() {
                let work = Work {
                    reader: &reader,
                    panel: *panel,
                    weights: &packed.weights[index * taps..][..taps],
                    bias: &packed.bias[index],
                    zeros: &zeros,
                    cols,
                    filters: conv.filters,
                    activation: conv.activation,
                };
                let mut at = start;
                while at + P <= end {
                    work.pixels::<L, P>(at, &mut spare, out);
                    at += P;
                }
                while at + 2 <= end {
                    work.pixels::<L, 2>(at, &mut spare, out);
                    at += 2;
                }
                if at < end {
                    work.pixels::<L, 1>(at, &mut spare, out);
                }
            }
        }
    }
}

/// Where the runs of a pixel lie.
struct Reader<'a> {
    window: &'a Window,
    input: View<'a>,
    /// Runs of a kernel row.
    steps: usize,
    /// Values of a run.
    length: usize,
}

impl<'a> Reader<'a> {
    /// The run of kernel row `tap` from kernel column `step` on, for the output at `row`, `col`:
    /// from the input itself where it lies inside, `zeros` where all of it is padding, else copied
    /// into `spare`.
    #[inline(always)]
    fn run<'s>(
        &self,
        [row, col]: [usize; 2],
        [tap, step]: [usize; 2],
        channel: usize,
        zeros: &'s [f32],
        spare: &'s mut [f32],
    ) -> &'s [f32]
    where
        'a: 's,
    {
        let at = self.window.place(0, row, tap);
        if at < 0 || at as usize >= self.input.rows() {
            return zeros;
        }
        let values = self.input.row(at as usize);
        let channels = self.input.channels() as isize;
        let start = self.window.place(1, col, step) * channels;
        let end = start + (channel + self.length) as isize;
        if start >= 0 && end as usize <= values.len() {
            return &values[start as usize + channel..end as usize];
        }
        let (from, to) = (start.max(0) as usize, (end.max(0) as usize).min(values.len()));
        // A run of a group's channels in one column lies wholly inside or wholly outside.
        if from >= to || self.steps > 1 {
            return zeros;
        }
        spare.fill(0.0);
        let skip = (from as isize - start) as usize;
        spare[skip..skip + to - from].copy_from_slice(&values[from..to]);
        spare
    }
}

/// One panel over a block of pixels.
struct Work<'a> {
    reader: &'a Reader<'a>,
    panel: Panel,
    weights: &'a [[f32; LANES]],
    bias: &'a [f32; LANES],
    zeros: &'a [f32],
    cols: usize,
    filters: usize,
    activation: Activation,
}

impl Work<'_> {
    /// Pixels `at..at + P` of the output, counted row after row.
    #[inline(always)]
    fn pixels<L: Lanes, const P: usize>(&self, at: usize, spare: &mut [f32], out: &mut [f32]) {
        let reader = self.reader;
        let mut places = [[0; 2]; P];
        for (index, place) in places.iter_mut().enumerate() {
            *place = [(at + index) / self.cols, (at + index) % self.cols];
        }
        let mut sums = [L::load(self.bias); P];
        let mut weights = self.weights.chunks_exact(reader.length);
        for tap in 0..reader.window.kernel[0] {
            for step in 0..reader.steps {
                let Some(weights) = weights.next() else { break };
                let length = weights.len();
                let mut runs: [&[f32]; P] = [self.zeros; P];
                let mut spares = spare.chunks_exact_mut(reader.length);
                for (run, place) in runs.iter_mut().zip(places) {
                    let Some(spare) = spares.next() else { break };
                    let channel = self.panel.channel;
                    *run = reader.run(place, [tap, step], channel, self.zeros, spare);
                    *run = &run[..length];
                }
                for (index, weights) in weights.iter().enumerate() {
                    let weights = L::load(weights);
                    for (sum, run) in sums.iter_mut().zip(&runs) {
                        // SAFETY: every run was cut to the number of weights above.
                        let value = unsafe { *run.get_unchecked(index) };
                        *sum = sum.add_scaled(weights, value);
                    }
                }
            }
        }
        for (index, sum) in sums.into_iter().enumerate() {
            let made = self.activation.in_lanes(sum);
            let start = (at + index) * self.filters + self.panel.first;
            let out = &mut out[start..start + self.panel.count];
            if let Some(all) = out.as_mut_array::<LANES>() {
                made.store(all);
            } else {
                let mut values = [0.0; LANES];
                made.store(&mut values);
                out.copy_from_slice(&values[..out.len()]);
            }
        }
    }
}
