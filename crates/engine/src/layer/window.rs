//! Windows of a tile: what the model says of a whole map, as the kernels want it for a part.

use convoy_kernels::{self as kernels, Average, Spread};
use convoy_model::{Op, Region, Shape, Window, needed, tile_pads};

/// The window that makes `region` from what [`needed`] gives.
///
/// # Errors
/// Where that, padded as [`tile_pads`] says, is not exactly what the window slides over: where padding
/// is wider than the kernel.
pub(super) fn of_tile(
    window: &Window,
    input: Shape,
    region: Region,
) -> Result<kernels::Window, String> {
    let pads = tile_pads(window, input, region);
    let op = Op::MaxPool { window: *window };
    let read = needed(&op, input, input, region);
    let axes = [
        (read.rows.len() + pads.top + pads.bottom, region.rows.len()),
        (read.cols.len() + pads.left + pads.right, region.cols.len()),
    ];
    for (axis, (padded, made)) in axes.into_iter().enumerate() {
        let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
        if padded != (made - 1) * window.stride[axis] + reach {
            return Err(format!("has padding wider than its kernel ({:?})", window.pads));
        }
    }
    let extents = |values: [u32; 2]| values.map(|value| value as usize);
    Ok(kernels::Window {
        kernel: extents(window.kernel),
        stride: extents(window.stride),
        dilation: extents(window.dilation),
        before: extents([pads.top, pads.left]),
    })
}

/// The geometry of a transposed convolution that makes `region` from `read`.
pub(super) fn transposed(window: &Window, read: Region, region: Region) -> Spread {
    let extents = |values: [u32; 2]| values.map(|value| value as usize);
    let offset = |axis: usize, made: u32, pad: u32, read: u32| {
        let signed = [made, pad, read, window.stride[axis]].map(|value| value as isize);
        signed[0] + signed[1] - signed[2] * signed[3]
    };
    Spread {
        kernel: extents(window.kernel),
        stride: extents(window.stride),
        dilation: extents(window.dilation),
        offset: [
            offset(0, region.rows.start, window.pads.top, read.rows.start),
            offset(1, region.cols.start, window.pads.left, read.cols.start),
        ],
    }
}

/// What a mean counts where of the padding at the end `overhang` does not.
pub(super) fn counted(
    window: &Window,
    overhang: [u32; 2],
    input: Shape,
    region: Region,
) -> Average {
    let read = needed(&Op::MaxPool { window: *window }, input, input, region);
    let rows = input.height + window.pads.bottom - overhang[0] - read.rows.start;
    let cols = input.width + window.pads.right - overhang[1] - read.cols.start;
    Average::Before([rows as usize, cols as usize])
}
