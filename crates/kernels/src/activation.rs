//! What is applied to each value after a layer.

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
    /// `tanh(x)`.
    Tanh,
    /// `min(max(alpha * x + beta, 0), 1)`.
    HardSigmoid {
        /// Factor.
        alpha: f32,
        /// Summand.
        beta: f32,
    },
    /// `x * min(max(x / 6 + 1/2, 0), 1)`.
    HardSwish,
    /// `x / (1 + exp(-x))`.
    Silu,
    /// `x / 2 * (1 + erf(x / sqrt(2)))`.
    Gelu,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`.
    GeluTanh,
    /// `x` where positive, else `alpha * (exp(x) - 1)`.
    Elu {
        /// Factor of negative values.
        alpha: f32,
    },
}

impl Activation {
    /// Applies it to every value.
    pub fn apply(self, values: &mut [f32]) {
        let each = |values: &mut [f32], of: &dyn Fn(f32) -> f32| {
            values.iter_mut().for_each(|value| *value = of(*value));
        };
        match self {
            Self::None => {}
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::LeakyRelu { slope } => values.iter_mut().for_each(|value| {
                *value = if *value > 0.0 { *value } else { slope * *value };
            }),
            Self::Clip { low, high } => {
                values.iter_mut().for_each(|value| *value = value.max(low).min(high));
            }
            Self::HardSigmoid { alpha, beta } => values.iter_mut().for_each(|value| {
                *value = (alpha * *value + beta).clamp(0.0, 1.0);
            }),
            Self::HardSwish => values.iter_mut().for_each(|value| {
                *value *= (*value / 6.0 + 0.5).clamp(0.0, 1.0);
            }),
            Self::Sigmoid => each(values, &sigmoid),
            Self::Tanh => each(values, &f32::tanh),
            Self::Silu => each(values, &|value| value * sigmoid(value)),
            Self::Gelu => each(values, &|value| {
                0.5 * value * (1.0 + erf(value * std::f32::consts::FRAC_1_SQRT_2))
            }),
            Self::GeluTanh => each(values, &|value| {
                let inner = value + 0.044_715 * value * value * value;
                0.5 * value * (1.0 + (SQRT_2_BY_PI * inner).tanh())
            }),
            Self::Elu { alpha } => each(values, &|value| {
                if value > 0.0 { value } else { alpha * value.exp_m1() }
            }),
        }
    }
}

/// `sqrt(2 / pi)`.
const SQRT_2_BY_PI: f32 = 0.797_884_6;

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

/// The error function, to 2e-7 (Abramowitz and Stegun, 7.1.26), reckoned in f64.
fn erf(value: f32) -> f32 {
    let size = f64::from(value.abs());
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let sum = series.iter().fold(0.0, |sum, factor| sum * t + factor) * t;
    ((1.0 - sum * (-size * size).exp()) as f32).copysign(value)
}
