//! What is applied to each value after a layer.

use crate::lanes::{LANES, Lanes};

/// What is applied to each value after a layer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`.
    LeakyRelu {
        /// Factor of negative values.
        slope: f32,
    },
    /// `min(max(x, low), high)`.
    Clip {
        /// Lower bound.
        low: f32,
        /// Upper bound.
        high: f32,
    },
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
}

impl Activation {
    /// Applies it to every value.
    pub fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::LeakyRelu { slope } => values.iter_mut().for_each(|value| {
                *value = if *value > 0.0 { *value } else { slope * *value };
            }),
            Self::Clip { low, high } => {
                values.iter_mut().for_each(|value| *value = value.max(low).min(high));
            }
            Self::Sigmoid => {
                values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
            }
        }
    }

    /// Applies it while the values are still in registers, where that needs no more than comparisons.
    #[inline(always)]
    pub(crate) fn in_lanes<L: Lanes>(self, lanes: L) -> L {
        match self {
            Self::None => lanes,
            Self::Relu => lanes.max(L::splat(0.0)),
            Self::Clip { low, high } => lanes.max(L::splat(low)).min(L::splat(high)),
            Self::LeakyRelu { .. } | Self::Sigmoid => {
                let mut values = [0.0; LANES];
                lanes.store(&mut values);
                self.apply(&mut values);
                L::load(&values)
            }
        }
    }
}
