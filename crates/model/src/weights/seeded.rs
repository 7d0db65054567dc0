//! Weights made from a seed: for speed and for plans, not for answers.

use super::{Parameter, Weights, parameters, rows_for};
use crate::{Activation, Graph, NodeId, Op, Span, Trace};
use std::ops::Range;

/// Weights of `nodes` made from (seed, node, index) alone, so that every device makes the same for
/// its own pieces, natively and in wasm bit for bit. Uniform with He's variance `2 / fan_in`; layers
/// without activation have 0.3 of that deviation, since they feed sums, which would else grow.
#[must_use]
pub fn seeded(graph: &Graph, seed: u64, nodes: Range<u32>) -> Weights {
    made(graph, seed, nodes, |_| None)
}

/// Of what [`seeded`] makes, what a tile with this trace needs: of heavy layers laid out in rows only
/// those rows, which are the same numbers whoever makes them.
#[must_use]
pub fn seeded_for(graph: &Graph, seed: u64, nodes: Range<u32>, trace: &Trace) -> Weights {
    made(graph, seed, nodes, |id| rows_for(graph, id, trace.region(id)))
}

fn made(
    graph: &Graph,
    seed: u64,
    nodes: Range<u32>,
    rows: impl Fn(NodeId) -> Option<Span>,
) -> Weights {
    let mut weights = Weights::new();
    for id in nodes.map(NodeId) {
        for (kind, (name, mut dims)) in parameters(graph, id).into_iter().enumerate() {
            let (middle, spread) = distribution(&graph.node(id).op, kind, &dims);
            let stream = mix(seed ^ mix((u64::from(id.0) << 8) | kind as u64));
            let value = |index: usize| {
                let bits = mix(stream.wrapping_add(index as u64)) >> 40;
                middle + spread * (bits as f32 / (1 << 23) as f32 - 1.0)
            };
            let row: usize = dims[1..].iter().product();
            match rows(id) {
                None => {
                    let values = (0..dims[0] * row).map(value).collect();
                    weights.insert(name, Parameter { dims, values });
                }
                Some(rows) => {
                    let [start, end] = [rows.start, rows.end].map(|at| at as usize * row);
                    dims[0] = rows.len() as usize;
                    let values = (start..end).map(value).collect();
                    weights.insert_rows(&name, rows, Parameter { dims, values });
                }
            }
        }
    }
    weights
}

/// Middle and half width of a seeded tensor's uniform distribution.
fn distribution(op: &Op, kind: usize, dims: &[usize]) -> (f32, f32) {
    let gain = |activation: &Activation| match activation {
        Activation::None => 0.3,
        _ => 1.0,
    };
    match (op, kind) {
        (Op::Conv { activation, .. } | Op::Gemm { activation, .. }, 0) => {
            let fan_in: usize = dims[1..].iter().product();
            (0.0, gain(activation) * (6.0 / fan_in.max(1) as f32).sqrt())
        }
        (Op::ConvTranspose { window, activation, .. }, 0) => {
            // Of the taps of all filters' input channels, each output has one a stride.
            let taps = dims[2..].iter().product::<usize>() as f32;
            let shared = (window.stride[0] * window.stride[1]) as f32;
            let fan_in = dims[0] as f32 * (taps / shared).max(1.0);
            (0.0, gain(activation) * (6.0 / fan_in.max(1.0)).sqrt())
        }
        // An affine layer's scale is near one; all else is near zero.
        (Op::Affine | Op::Normalize { .. }, 0) => (1.0, 0.1),
        _ => (0.0, 0.05),
    }
}

/// SplitMix64's finaliser: a counter in, 64 well mixed bits out.
const fn mix(counter: u64) -> u64 {
    let mut bits = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
