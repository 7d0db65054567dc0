//! Between maps and burn's tensors: for whoever builds on the engine with burn, and for the layers
//! that burn computes.
//!
//! Tensors are `[1, channels, rows, columns]` as burn wants them, but lie in memory in row, column,
//! channel order, as maps do: a map's values become a tensor's storage and come back as they are,
//! without a copy.

use crate::{EngineError, Map, TileEngine};
use burn::tensor::{Device, Tensor, TensorData};
use convoy_kernels::View;
use convoy_model::Region;

impl Map {
    /// The map as a tensor `[1, channels, rows, columns]`, whose storage its values become.
    ///
    /// # Errors
    /// Values that do not fill the region.
    pub fn into_tensor(self) -> Result<Tensor<4>, EngineError> {
        self.check()?;
        let extents = [self.region.rows.len(), self.region.cols.len(), self.channels];
        let [rows, cols, channels] = extents.map(|extent| extent as usize);
        Ok(of(self.values, [1, rows, cols, channels]).permute([0, 3, 1, 2]))
    }

    /// The map of `region` that a tensor `[1, channels, rows, columns]` of burn's ndarray device holds.
    /// Its storage becomes the map's values, where nobody else holds it and it lies in row, column,
    /// channel order; else it is copied.
    ///
    /// # Errors
    /// Another extent than the region's, or other numbers than f32.
    pub fn from_tensor(region: Region, tensor: Tensor<4>) -> Result<Self, EngineError> {
        let [batch, channels, rows, cols] = tensor.dims();
        let expected = [1, region.rows.len() as usize, region.cols.len() as usize];
        let data = tensor.permute([0, 2, 3, 1]).into_data();
        let wrong = EngineError::Tensor { region, extents: [batch, channels, rows, cols] };
        match data.try_into_vec::<f32>() {
            Ok(values) if [batch, rows, cols] == expected => {
                Ok(Self { region, channels: channels as u32, values })
            }
            _ => Err(wrong),
        }
    }
}

impl TileEngine {
    /// As [`TileEngine::run`], from burn's tensors to burn's tensors, each `[1, channels, rows, columns]`
    /// of its region.
    ///
    /// # Errors
    /// Tensors that are not those regions.
    pub fn forward(&self, inputs: Vec<Tensor<4>>) -> Result<Vec<Tensor<4>>, EngineError> {
        let (expected, found) = (self.inputs().len(), inputs.len());
        if expected != found {
            return Err(EngineError::Count { what: "input tensors", expected, found });
        }
        let regions = self.inputs().iter().map(|(_, region)| *region);
        let inputs: Result<Vec<Map>, _> =
            regions.zip(inputs).map(|(region, tensor)| Map::from_tensor(region, tensor)).collect();
        self.run(&inputs?)?.into_iter().map(Map::into_tensor).collect()
    }
}

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
