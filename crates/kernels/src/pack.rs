//! Weights in the order in which the convolution reads them: panels of two registers.

use crate::lanes::LANES;

/// Filters `first..first + count` of one group, at most a panel's, and the input channels they read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// First input channel of the group.
    pub(crate) channel: usize,
}

/// Panels with their weights and biases; missing filters of a last panel are zero.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) panels: Vec<Panel>,
    /// `[panel][kernel row][kernel column][channel in group]`, a panel's filters each.
    pub(crate) weights: Vec<[f32; LANES]>,
    /// One a panel.
    pub(crate) bias: Vec<[f32; LANES]>,
}

impl Packed {
    /// From `weight` [filters, `depth`, `taps`] and `bias` [filters], `groups` of filters one after
    /// another.
    pub(crate) fn new(
        (filters, groups): (usize, usize),
        (depth, taps): (usize, usize),
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        let of_group = filters / groups;
        let panels: Vec<Panel> = (0..groups)
            .flat_map(|group| {
                (0..of_group).step_by(LANES).map(move |start| Panel {
                    first: group * of_group + start,
                    count: (of_group - start).min(LANES),
                    channel: group * depth,
                })
            })
            .collect();
        let mut weights = Vec::with_capacity(panels.len() * taps * depth);
        let mut biases = Vec::with_capacity(panels.len());
        for panel in &panels {
            let lanes = |value: &dyn Fn(usize) -> f32| {
                let mut row = [0.0; LANES];
                for (lane, place) in row[..panel.count].iter_mut().enumerate() {
                    *place = value(panel.first + lane);
                }
                row
            };
            for tap in 0..taps {
                for channel in 0..depth {
                    weights.push(lanes(&|filter| weight[(filter * depth + channel) * taps + tap]));
                }
            }
            biases.push(lanes(&|filter| bias[filter]));
        }
        Self { panels, weights, bias: biases }
    }
}
