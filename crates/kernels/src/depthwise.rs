//! Convolution with one filter a channel: channels lie in the lanes, padding is left out of the sum.

use crate::lanes::{LANES, Lanes, Task, dispatch};
use crate::{Activation, View, Window};

/// Weights of sixteen channels at a time.
#[derive(Debug)]
pub(crate) struct Depthwise {
    /// `[sixteen channels][tap]`.
    weights: Vec<[f32; LANES]>,
    bias: Vec<[f32; LANES]>,
    channels: usize,
    taps: usize,
}

impl Depthwise {
    /// From `weight` [channels, taps] and `bias` [channels].
    pub(crate) fn new(channels: usize, taps: usize, weight: &[f32], bias: &[f32]) -> Self {
        let blocks = channels.div_ceil(LANES);
        let mut weights = vec![[0.0; LANES]; blocks * taps];
        let mut biases = vec![[0.0; LANES]; blocks];
        for channel in 0..channels {
            let (block, lane) = (channel / LANES, channel % LANES);
            biases[block][lane] = bias[channel];
            for tap in 0..taps {
                weights[block * taps + tap][lane] = weight[channel * taps + tap];
            }
        }
        Self { weights, bias: biases, channels, taps }
    }

    /// Makes as many rows of `cols` outputs as `out` has room for.
    pub(crate) fn run(
        &self,
        window: &Window,
        activation: Activation,
        input: View<'_>,
        cols: usize,
        out: &mut [f32],
    ) {
        dispatch(Run { depthwise: self, window, activation, input, cols, out });
    }
}

struct Run<'a> {
    depthwise: &'a Depthwise,
    window: &'a Window,
    activation: Activation,
    input: View<'a>,
    cols: usize,
    out: &'a mut [f32],
}

impl Task for Run<'_> {
    #[inline(always)]
    fn run<L: Lanes, const P: usize>(self) {
        let Self { depthwise, window, activation, input, cols, out } = self;
        let channels = depthwise.channels;
        let mut taps = Vec::with_capacity(depthwise.taps);
        for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
            window.taps(input, [pixel / cols, pixel % cols], &mut taps);
            let weights = depthwise.weights.chunks_exact(depthwise.taps);
            for (block, (out, weights)) in out.chunks_mut(LANES).zip(weights).enumerate() {
                let mut sum = L::load(&depthwise.bias[block]);
                for (tap, pixel) in &taps {
                    let read = load::<L>(&pixel[block * LANES..][..out.len()]);
                    sum = sum.add_product(L::load(&weights[*tap]), read);
                }
                let made = activation.in_lanes(sum);
                if let Some(all) = out.as_mut_array::<LANES>() {
                    made.store(all);
                } else {
                    let mut values = [0.0; LANES];
                    made.store(&mut values);
                    out.copy_from_slice(&values[..out.len()]);
                }
            }
        }
    }
}

/// At most sixteen values; the rest is zero.
#[inline(always)]
fn load<L: Lanes>(values: &[f32]) -> L {
    if let Some(all) = values.as_array::<LANES>() {
        return L::load(all);
    }
    let mut lanes = [0.0; LANES];
    lanes[..values.len()].copy_from_slice(values);
    L::load(&lanes)
}
