//! Largest values and means under a window.

use crate::tensor::{of, pad};
use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use convoy_model::{Pads, Region, Shape, Span, Window, tile_pads};

/// A pooling of a tile.
pub(crate) struct Pool {
    window: Window,
    pads: Pads,
    kind: Kind,
}

#[expect(clippy::large_enum_variant, reason = "a tile has a handful of layers, each made once")]
enum Kind {
    Max,
    /// The factor corrects a mean over the whole window, [1, 1, rows, columns], to one over what of
    /// it lies in the map.
    Average {
        factor: Option<Tensor<4>>,
    },
}

impl Pool {
    /// The largest value; padding never wins.
    pub(crate) fn max(window: &Window, input: Shape, region: Region) -> Self {
        Self { window: *window, pads: tile_pads(window, input, region), kind: Kind::Max }
    }

    /// The mean, over all of the window or over what of it lies in the map.
    pub(crate) fn average(window: &Window, with_pads: bool, input: Shape, region: Region) -> Self {
        let pads = tile_pads(window, input, region);
        let counts = |axis: usize, pad: u32, extent: u32, span: Span| -> Vec<f32> {
            let inside = |out: u32| {
                let start = i64::from(out * window.stride[axis]) - i64::from(pad);
                let end = (start + i64::from(window.kernel[axis])).min(i64::from(extent));
                (end - start.max(0)) as f32
            };
            (span.start..span.end).map(inside).collect()
        };
        let factor = (!with_pads && pads != Pads::default()).then(|| {
            let rows = counts(0, window.pads.top, input.height, region.rows);
            let cols = counts(1, window.pads.left, input.width, region.cols);
            let all = window.kernel.iter().product::<u32>() as f32;
            let dims = [1, 1, rows.len(), cols.len()];
            let factors = rows.iter().flat_map(|row| cols.iter().map(move |col| all / (row * col)));
            of(factors.collect(), dims)
        });
        Self { window: *window, pads, kind: Kind::Average { factor } }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let extents = |values: [u32; 2]| values.map(|value| value as usize);
        let (kernel, stride) = (extents(self.window.kernel), extents(self.window.stride));
        match &self.kind {
            Kind::Max => {
                let options = MaxPoolOptions::new(kernel)
                    .with_stride(stride)
                    .with_dilation(extents(self.window.dilation));
                max_pool2d(pad(input, self.pads, f32::NEG_INFINITY), options)
            }
            Kind::Average { factor } => {
                let options = AvgPoolOptions::new(kernel).with_stride(stride);
                let means = avg_pool2d(pad(input, self.pads, 0.0), options);
                match factor {
                    Some(factor) => means * factor.clone(),
                    None => means,
                }
            }
        }
    }
}
