//! Between maps and burn's tensors.
//!
//! Tensors are [1, channels, rows, columns] as burn wants them, but lie in memory in row, column,
//! channel order, which is what its SIMD kernels read and write fastest and what maps have.

use crate::Map;
use burn::tensor::{Device, Tensor, TensorData, ops::PadMode};
use convoy_model::{Pads, Region, Span};

/// The device everything runs on.
#[expect(deprecated, reason = "the project is fixed to this backend; ADR 1 says what follows it")]
pub(crate) fn device() -> Device {
    Device::ndarray()
}

/// A map as a tensor; its values fill its region.
pub(crate) fn from_map(map: &Map) -> Tensor<4> {
    let Region { rows, cols } = map.region;
    let dims = [1, rows.len() as usize, cols.len() as usize, map.channels as usize];
    let data = TensorData::new(map.values.clone(), dims);
    Tensor::<4>::from_data(data, &device()).permute([0, 3, 1, 2])
}

/// A tensor as the map of `region`.
pub(crate) fn into_map(tensor: Tensor<4>, region: Region) -> Map {
    let channels = tensor.dims()[1] as u32;
    let data = tensor.permute([0, 2, 3, 1]).into_data();
    // The engine makes no tensor of another type than f32.
    let values = data.try_into_vec::<f32>().unwrap_or_default();
    Map { region, channels, values }
}

/// The part `wanted` of a tensor that holds `held`; `wanted` lies inside.
pub(crate) fn part(tensor: &Tensor<4>, held: Region, wanted: Region) -> Tensor<4> {
    if held == wanted {
        return tensor.clone();
    }
    let range = |held: Span, wanted: Span| {
        (wanted.start - held.start) as usize..(wanted.end - held.start) as usize
    };
    let [_, channels, _, _] = tensor.dims();
    let (rows, cols) = (range(held.rows, wanted.rows), range(held.cols, wanted.cols));
    tensor.clone().slice([0..1, 0..channels, rows, cols])
}

/// A tensor with rows and columns of `value` around it.
pub(crate) fn pad(tensor: Tensor<4>, pads: Pads, value: f32) -> Tensor<4> {
    if pads == Pads::default() {
        return tensor;
    }
    let rows = (pads.top as usize, pads.bottom as usize);
    let cols = (pads.left as usize, pads.right as usize);
    let padded =
        tensor.permute([0, 2, 3, 1]).pad([(0, 0), rows, cols, (0, 0)], PadMode::Constant(value));
    padded.permute([0, 3, 1, 2])
}

/// Values as a tensor of these extents.
pub(crate) fn of<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, dims), &device())
}
