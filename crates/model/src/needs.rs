//! The inverse of every operator on rectangles: what it must read to make a part of its output, and
//! which padding is left for that part (fused layers as in PICO; the exact form is our derivation).

use crate::{Op, Padding, Pads, Region, Shape, Span, Window};

/// The part of an input of extent `input` that `op` reads to make `wanted` of its output of extent
/// `output`. Empty where nothing is wanted.
///
/// For a window with kernel k, dilation d, stride s, padding p over an input of n rows, rows
/// `[a, b)` need `[max(0, a*s - p), min(n, (b-1)*s - p + d*(k-1) + 1))`, and likewise for columns.
#[must_use]
pub fn needed(op: &Op, input: Shape, output: Shape, wanted: Region) -> Region {
    if wanted.is_empty() {
        return Region::empty();
    }
    match op {
        Op::Input => Region::empty(),
        Op::Conv { window, .. } | Op::MaxPool { window } | Op::AveragePool { window, .. } => {
            let Pads { top, left, .. } = window.pads;
            Region::new(
                under_window(window, 0, top, input.height, wanted.rows),
                under_window(window, 1, left, input.width, wanted.cols),
            )
        }
        Op::ConvTranspose { window, .. } => {
            let Pads { top, left, .. } = window.pads;
            Region::new(
                under_transposed(window, 0, top, input.height, wanted.rows),
                under_transposed(window, 1, left, input.width, wanted.cols),
            )
        }
        Op::Activation { .. } | Op::Affine | Op::PRelu | Op::Concat | Op::ChannelShuffle { .. } => {
            wanted
        }
        Op::Add { .. } | Op::Arithmetic { .. } | Op::Normalize { .. } => Region::new(
            under_broadcast(input.height, output.height, wanted.rows),
            under_broadcast(input.width, output.width, wanted.cols),
        ),
        Op::Resize { interpolation } => Region::new(
            interpolation.reads(input.height, output.height, wanted.rows),
            interpolation.reads(input.width, output.width, wanted.cols),
        ),
        Op::DepthToSpace { block, .. } => {
            let block = (*block).max(1);
            let scale = |span: Span| Span::new(span.start / block, (span.end - 1) / block + 1);
            Region::new(scale(wanted.rows), scale(wanted.cols))
        }
        Op::Slice { start, step, .. } => {
            let place = |axis: usize, at: u32| start[axis] + at * step[axis];
            let scale = |axis, span: Span| {
                Span::new(place(axis, span.start), place(axis, span.end - 1) + 1)
            };
            Region::new(scale(1, wanted.rows), scale(2, wanted.cols))
        }
        Op::Pad { pads, padding } => Region::new(
            under_padding(*padding, pads.top, input.height, wanted.rows),
            under_padding(*padding, pads.left, input.width, wanted.cols),
        ),
        Op::SpaceToDepth { block } => {
            let scale = |span: Span| Span::new(span.start * block, span.end * block);
            Region::new(scale(wanted.rows), scale(wanted.cols))
        }
        Op::GlobalAveragePool | Op::GlobalMaxPool | Op::Moments | Op::Flatten | Op::Gemm { .. } => {
            Region::whole(input)
        }
        // Pixel by pixel, where a pixel is more than one value.
        Op::Softmax if input.channels > 1 => wanted,
        Op::Softmax => Region::whole(input),
    }
}

/// The padding that is left when `window` makes `wanted` from the part that [`needed`] gives: at a
/// true border what the kernel sticks out, at an interior edge none. Padding below and to the right
/// may be less than the window's own where the stride leaves input unread.
#[must_use]
pub fn tile_pads(window: &Window, input: Shape, wanted: Region) -> Pads {
    let axis = |axis: usize, pad: u32, extent: u32, span: Span| {
        let (stride, reach) = (u64::from(window.stride[axis]), reach(window, axis));
        let (start, last) = (u64::from(span.start) * stride, u64::from(span.end - 1) * stride);
        let before = u64::from(pad).saturating_sub(start);
        let after = (last + reach).saturating_sub(u64::from(pad) + u64::from(extent));
        (before as u32, after as u32)
    };
    if wanted.is_empty() {
        return Pads::default();
    }
    let (top, bottom) = axis(0, window.pads.top, input.height, wanted.rows);
    let (left, right) = axis(1, window.pads.left, input.width, wanted.cols);
    Pads { top, left, bottom, right }
}

/// Rows (or columns) that a kernel spans: `d*(k-1) + 1`.
fn reach(window: &Window, axis: usize) -> u64 {
    u64::from(window.dilation[axis]) * u64::from(window.kernel[axis] - 1) + 1
}

fn under_window(window: &Window, axis: usize, pad: u32, extent: u32, span: Span) -> Span {
    let stride = u64::from(window.stride[axis]);
    let start = (u64::from(span.start) * stride).saturating_sub(u64::from(pad));
    let end =
        (u64::from(span.end - 1) * stride + reach(window, axis)).saturating_sub(u64::from(pad));
    // A kernel that lies wholly in the padding reads nothing; one row keeps the span well formed.
    let start = start.min(u64::from(extent.saturating_sub(1)));
    let end = end.min(u64::from(extent)).max(start + 1);
    Span::new(start as u32, end as u32)
}

/// The inputs that a transposed convolution adds up for `span`: those `i` for which some tap `t` has
/// `i * stride + t * dilation - pad` inside.
fn under_transposed(window: &Window, axis: usize, pad: u32, extent: u32, span: Span) -> Span {
    let [stride, dilation] = [window.stride[axis], window.dilation[axis]].map(i64::from);
    let (first, last) = (i64::from(span.start), i64::from(span.end) - 1);
    let mut read: Option<(i64, i64)> = None;
    for tap in 0..i64::from(window.kernel[axis]) {
        let shift = i64::from(pad) - tap * dilation;
        // Rounded up, and down.
        let start = (first + shift + stride - 1).div_euclid(stride).max(0);
        let end = (last + shift).div_euclid(stride).min(i64::from(extent) - 1);
        if start <= end {
            let (low, high) = read.unwrap_or((start, end));
            read = Some((low.min(start), high.max(end)));
        }
    }
    // Where no tap falls one row keeps the span well formed.
    let (low, high) = read.unwrap_or((0, 0));
    Span::new(low as u32, high as u32 + 1)
}

/// An extent of one is read for every index of the output.
const fn under_broadcast(input: u32, output: u32, span: Span) -> Span {
    if input == output { span } else { Span::new(0, 1) }
}

fn under_padding(padding: Padding, before: u32, extent: u32, span: Span) -> Span {
    // The place that is read moves up or down between these, so that its ends are among them.
    let turns = [span.start, span.end - 1, before, before + extent.saturating_sub(1)];
    let places = turns
        .into_iter()
        .filter(|turn| (span.start..span.end).contains(turn))
        .filter_map(|turn| padded(padding, before, extent, turn));
    let (low, high) = places.fold((u32::MAX, 0), |(low, high), at| (low.min(at), high.max(at)));
    // Where all is padding one row keeps the span well formed.
    if low > high { Span::new(0, 1) } else { Span::new(low, high + 1) }
}

/// The row (or column) of a map of `extent` that stands at `at` once `before` are put before it; none
/// where that is a constant.
#[must_use]
pub fn padded(padding: Padding, before: u32, extent: u32, at: u32) -> Option<u32> {
    let last = i64::from(extent) - 1;
    let place = i64::from(at) - i64::from(before);
    let place = match padding {
        Padding::Constant(_) if !(0..=last).contains(&place) => return None,
        Padding::Constant(_) => place,
        Padding::Edge => place.clamp(0, last),
        Padding::Reflect => {
            let place = place.abs();
            (if place > last { 2 * last - place } else { place }).clamp(0, last)
        }
    };
    Some(place as u32)
}
