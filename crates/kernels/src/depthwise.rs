//! Convolution with one filter a channel: channels lie in the lanes, padding is left out of the sum.

use crate::lanes::{Register, Task, WIDTH, dispatch};
use crate::{Activation, View, Window};

/// Weights of a register's channels at a time.
#[derive(Debug)]
pub(crate) struct Depthwise {
    /// `[a register's channels][tap]`.
    weights: Vec<[f32; WIDTH]>,
    bias: Vec<[f32; WIDTH]>,
    channels: usize,
    taps: usize,
}

impl Depthwise {
    /// From `weight` [channels, taps] and `bias` [channels].
    pub(crate) fn new(channels: usize, taps: usize, weight: &[f32], bias: &[f32]) -> Self {
        let blocks = channels.div_ceil(WIDTH);
        let mut weights = vec![[0.0; WIDTH]; blocks * taps];
        let mut biases = vec![[0.0; WIDTH]; blocks];
        for channel in 0..channels {
            let (block, lane) = (channel / WIDTH, channel % WIDTH);
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
    fn run<R: Register, const P: usize>(self) {
        let Self { depthwise, window, activation, input, cols, out } = self;
        let channels = depthwise.channels;
        for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
            let under = window.under(input, [pixel / cols, pixel % cols]);
            let weights = depthwise.weights.chunks_exact(depthwise.taps);
            for (block, (out, weights)) in out.chunks_mut(WIDTH).zip(weights).enumerate() {
                let mut sum = R::load(&depthwise.bias[block]);
                under.each(block * WIDTH, out.len(), |tap, read: R| {
                    sum = sum.add_product(R::load(&weights[tap]), read);
                });
                sum.activate(activation).store_some(out);
            }
        }
    }
}
