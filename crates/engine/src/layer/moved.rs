//! Layers that move values, readied for a tile: which row, column and channel stands where.

use convoy_kernels::{self as kernels, View};
use convoy_model::{DepthOrder, Op, Padding, Region, Shape, Span, needed, padded};

/// A layer that moves values.
pub(crate) enum Moved {
    /// Rows and columns by their number in what the tile reads; first channel and step.
    Select { rows: Vec<Option<usize>>, cols: Vec<Option<usize>>, channels: [usize; 2], fill: f32 },
    /// Squares of `block`; where in its square the tile begins.
    DepthToSpace { block: usize, channel_first: bool, origin: [usize; 2] },
    /// Groups of channels interleaved.
    Shuffle(usize),
}

impl Moved {
    /// The layer `op` that makes `region`; none where it is no such layer.
    pub(crate) fn new(op: &Op, input: Shape, output: Shape, region: Region) -> Option<Self> {
        let read = needed(op, input, output, region);
        let numbers = |made: Span, read: Span, place: &dyn Fn(u32) -> Option<u32>| {
            let local = |at: u32| place(at).map(|at| (at - read.start) as usize);
            (made.start..made.end).map(local).collect()
        };
        match op {
            Op::Slice { start, step, .. } => {
                let place = |axis: usize| move |at: u32| Some(start[axis] + at * step[axis]);
                Some(Self::Select {
                    rows: numbers(region.rows, read.rows, &place(1)),
                    cols: numbers(region.cols, read.cols, &place(2)),
                    channels: [start[0] as usize, step[0] as usize],
                    fill: 0.0,
                })
            }
            Op::Pad { pads, padding } => {
                let place =
                    |before: u32, extent: u32| move |at: u32| padded(*padding, before, extent, at);
                let fill = if let Padding::Constant(value) = padding { *value } else { 0.0 };
                Some(Self::Select {
                    rows: numbers(region.rows, read.rows, &place(pads.top, input.height)),
                    cols: numbers(region.cols, read.cols, &place(pads.left, input.width)),
                    channels: [0, 1],
                    fill,
                })
            }
            Op::DepthToSpace { block, order } => {
                let within = |span: Span| (span.start % block) as usize;
                Some(Self::DepthToSpace {
                    block: *block as usize,
                    channel_first: *order == DepthOrder::ChannelFirst,
                    origin: [within(region.rows), within(region.cols)],
                })
            }
            Op::ChannelShuffle { groups } => Some(Self::Shuffle(*groups as usize)),
            _ => None,
        }
    }

    /// Moves the values of `input` to `out`, of `cols` columns.
    pub(crate) fn forward(&self, input: &View<'_>, cols: usize, out: &mut [f32]) {
        match self {
            Self::Select { rows, cols, channels, fill } => {
                kernels::select(input, [rows, cols], *channels, *fill, out);
            }
            Self::DepthToSpace { block, channel_first, origin } => {
                kernels::depth_to_space(input, *block, *channel_first, *origin, cols, out);
            }
            Self::Shuffle(groups) => kernels::shuffle_channels(input, *groups, out),
        }
    }
}
