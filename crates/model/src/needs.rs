//! The inverse of every operator on rectangles: what it must read to make a part of its output, and
//! which padding is left for that part (fused layers as in PICO; the exact form is our derivation).

use crate::{Interpolation, Op, Pads, Region, Shape, Span, Window};

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
        Op::Activation { .. } | Op::Affine | Op::Add { .. } | Op::Concat => wanted,
        Op::Resize { interpolation } => Region::new(
            under_resize(*interpolation, input.height, output.height, wanted.rows),
            under_resize(*interpolation, input.width, output.width, wanted.cols),
        ),
        Op::SpaceToDepth { block } => {
            let scale = |span: Span| Span::new(span.start * block, span.end * block);
            Region::new(scale(wanted.rows), scale(wanted.cols))
        }
        Op::GlobalAveragePool | Op::Flatten | Op::Gemm { .. } | Op::Softmax => Region::whole(input),
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

/// Rows (or columns) of a map of extent `input` that a resize to `output` reads for `span`.
fn under_resize(interpolation: Interpolation, input: u32, output: u32, span: Span) -> Span {
    let (first, last) = (span.start, span.end - 1);
    match interpolation {
        Interpolation::Nearest => {
            Span::new(nearest(first, input, output), nearest(last, input, output) + 1)
        }
        Interpolation::Linear => {
            let (low, _, _) = linear(first, input, output);
            let (_, high, _) = linear(last, input, output);
            Span::new(low, high + 1)
        }
    }
}

/// The input row that row `out` of a nearest resize copies (ONNX asymmetric, floor).
#[must_use]
pub fn nearest(out: u32, input: u32, output: u32) -> u32 {
    let row = u64::from(out) * u64::from(input) / u64::from(output.max(1));
    (row as u32).min(input.saturating_sub(1))
}

/// The two input rows that row `out` of a linear resize (ONNX half_pixel) lies between, and the
/// weight of the second.
#[must_use]
pub fn linear(out: u32, input: u32, output: u32) -> (u32, u32, f32) {
    let place = (f64::from(out) + 0.5) * f64::from(input) / f64::from(output.max(1)) - 0.5;
    let last = input.saturating_sub(1);
    let place = place.clamp(0.0, f64::from(last));
    let low = place as u32;
    (low, (low + 1).min(last), (place - f64::from(low)) as f32)
}
