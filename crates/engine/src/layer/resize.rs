//! Rows and columns to another extent, by the extents of the whole maps: a tile reads what the
//! undivided resize would read for it.

use crate::tensor::{device, of};
use burn::tensor::{Int, Tensor, TensorData};
use convoy_model::{Interpolation, Op, Region, Shape, Span, needed};

/// A resize of a tile: rows first, then columns.
pub(crate) struct Resize {
    rows: Axis,
    cols: Axis,
}

/// Which of the given indices each result copies, or lies between.
#[expect(clippy::large_enum_variant, reason = "a tile has a handful of layers, each made once")]
enum Axis {
    Copy(Tensor<1, Int>),
    Mix { low: Tensor<1, Int>, high: Tensor<1, Int>, high_weight: Vec<f32> },
}

impl Resize {
    pub(crate) fn new(
        interpolation: Interpolation,
        input: Shape,
        output: Shape,
        region: Region,
    ) -> Self {
        let read = needed(&Op::Resize { interpolation }, input, output, region);
        let axis = |from: u32, to: u32, made: Span, read: Span| {
            let local = |row: u32| i64::from(row - read.start);
            let made = made.start..made.end;
            let places: Vec<_> = made.map(|out| interpolation.between(out, from, to)).collect();
            let low = indices(places.iter().map(|(low, _, _)| local(*low)).collect());
            if interpolation.copies() {
                return Axis::Copy(low);
            }
            Axis::Mix {
                low,
                high: indices(places.iter().map(|(_, high, _)| local(*high)).collect()),
                high_weight: places.iter().map(|(_, _, weight)| *weight).collect(),
            }
        };
        Self {
            rows: axis(input.height, output.height, region.rows, read.rows),
            cols: axis(input.width, output.width, region.cols, read.cols),
        }
    }

    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.cols.along(3, self.rows.along(2, input))
    }
}

impl Axis {
    fn along(&self, dim: usize, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Copy(from) => input.select(dim, from.clone()),
            Self::Mix { low, high, high_weight } => {
                let mut dims = [1; 4];
                dims[dim] = high_weight.len();
                let high_weight: Tensor<4> = of(high_weight.clone(), dims);
                let low_weight = high_weight.clone().neg() + 1.0;
                let low = input.clone().select(dim, low.clone()) * low_weight;
                low + input.select(dim, high.clone()) * high_weight
            }
        }
    }
}

fn indices(values: Vec<i64>) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), &device())
}
