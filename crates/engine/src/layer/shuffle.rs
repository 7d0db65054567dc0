//! Layers that move values and compute nothing.

use burn::tensor::Tensor;
use convoy_kernels::View;

/// Squares of `block` become channels: `(row in block, column in block, channel)`, as in ONNX.
pub(super) fn space_to_depth(input: Tensor<4>, block: usize) -> Tensor<4> {
    let [_, channels, rows, cols] = input.dims();
    let (rows, cols) = (rows / block, cols / block);
    let squares = input.reshape([channels, rows, block, cols, block]);
    squares.permute([2, 4, 0, 1, 3]).reshape([1, block * block * channels, rows, cols])
}

/// All values of a map in channel, row, column order, which is ONNX's order of a flat map.
pub(super) fn flatten(input: &View<'_>, out: &mut [f32]) {
    let [rows, cols, channels] = input.shape();
    for row in 0..rows {
        for (col, pixel) in input.row(row).chunks_exact(channels.max(1)).enumerate() {
            for (channel, value) in pixel.iter().enumerate() {
                out[(channel * rows + row) * cols + col] = *value;
            }
        }
    }
}
