//! Between views and burn's tensors, for the layers that burn computes.
//!
//! Tensors are [1, channels, rows, columns] as burn wants them, but lie in memory in row, column,
//! channel order, as maps do.

use burn::tensor::{Device, Tensor, TensorData};
use convoy_kernels::View;

/// The device that burn's layers run on.
#[expect(deprecated, reason = "the project is fixed to this backend; ADR 1 says what follows it")]
pub(crate) fn device() -> Device {
    Device::ndarray()
}

/// A view as a tensor.
pub(crate) fn from_view(view: &View<'_>) -> Tensor<4> {
    let [rows, cols, channels] = view.shape();
    let mut values = vec![0.0; rows * cols * channels];
    view.copy_to(&mut values);
    of(values, [1, rows, cols, channels]).permute([0, 3, 1, 2])
}

/// A tensor's values in row, column, channel order, to `out`, which has room for them.
pub(crate) fn write(tensor: Tensor<4>, out: &mut [f32]) {
    let data = tensor.permute([0, 2, 3, 1]).into_data();
    // The engine makes no tensor of another type than f32.
    let values = data.try_into_vec::<f32>().unwrap_or_default();
    out.copy_from_slice(&values);
}

/// Values as a tensor of these extents.
pub(crate) fn of<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, dims), &device())
}
