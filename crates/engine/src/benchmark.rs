//! The self-benchmark: how many multiply-accumulates a second this device makes, by kind of layer.

use crate::profile::ramp;
use crate::{Map, TileEngine};
use convoy_kernels::Parallel;
use convoy_model::{
    Activation, Counting, Graph, Kernels, Node, NodeId, Op, Piece, Region, Segment, Shape, Window,
    weights,
};
use std::collections::BTreeMap;

/// Seconds that each kind is run for at least: shorter windows are ruled by a phone's clock ramping
/// up and by the page's other tasks.
const WINDOW: f64 = 0.5;

/// The same where memory decides, whose clock does not ramp up.
const READING: f64 = 0.2;

/// What the self-benchmark found.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// MAC/s over the mix of these kinds: the planner's capacity.
    pub capacity: f64,
    /// MAC/s by kind of layer.
    pub kinds: BTreeMap<String, f64>,
}

impl Measured {
    /// What reading a weight costs, in multiply-accumulates: see [`Counting`].
    #[must_use]
    pub fn reading(&self) -> f64 {
        Counting::reading_at(self.capacity, &self.kinds)
    }
}

/// A kind of layer, and its part of the multiply-accumulates of the mix.
struct Kind {
    name: &'static str,
    share: f64,
    window: f64,
    input: Shape,
    op: Op,
}

const fn conv(kernel: u32, stride: u32, filters: u32) -> Op {
    let window = Window::square(kernel, stride, kernel / 2);
    Op::Conv { window, filters, groups: 1, activation: Activation::Relu }
}

/// Layers such as those of the networks of the paper: most of their work is in 3x3 convolutions,
/// some in 1x1, little in the first layer with its three channels.
/// Beside them a fully connected one with more weights than caches hold, which tells what reading costs.
const KINDS: [Kind; 5] = [
    kind("conv3x3", 0.6, WINDOW, Shape::new(64, 28, 28), conv(3, 1, 64)),
    kind("conv3x3_deep", 0.2, WINDOW, Shape::new(256, 7, 14), conv(3, 1, 128)),
    kind("conv1x1", 0.15, WINDOW, Shape::new(128, 28, 28), conv(1, 1, 64)),
    kind("conv_first", 0.05, WINDOW, Shape::new(3, 112, 112), conv(3, 2, 32)),
    kind(Counting::CONNECTED, 0.0, READING, Shape::new(2048, 1, 1), conv(1, 1, 4096)),
];

const fn kind(name: &'static str, share: f64, window: f64, input: Shape, op: Op) -> Kind {
    Kind { name, share, window, input, op }
}

/// Measures this device with the threads of `parallel`. `clock` gives seconds of any monotonic clock.
/// Takes some two and a half seconds: four windows of at least half a second, a shorter one, and a run
/// of each kind beforehand. `tell` hears how many kinds are measured, of how many.
#[must_use]
pub fn benchmark(
    parallel: &dyn Parallel,
    clock: &dyn Fn() -> f64,
    tell: &dyn Fn(u64, u64),
) -> Measured {
    let mut kinds = BTreeMap::new();
    let mut seconds_a_mac = 0.0;
    for (done, kind) in (0..).zip(&KINDS) {
        tell(done, KINDS.len() as u64);
        let Some(rate) = measure(kind, parallel, clock) else { continue };
        seconds_a_mac += kind.share / rate;
        kinds.insert(kind.name.to_owned(), rate);
    }
    let capacity = if seconds_a_mac > 0.0 { 1.0 / seconds_a_mac } else { 0.0 };
    Measured { capacity, kinds }
}

/// MAC/s of one kind; none where the layer could not be run.
fn measure(kind: &Kind, parallel: &dyn Parallel, clock: &dyn Fn() -> f64) -> Option<f64> {
    let (engine, input) = single_layer(kind)?;
    let inputs = [input];
    // The first run meets cold caches and pages that were never touched.
    engine.run_with(parallel, &inputs).ok()?;
    let start = clock();
    let mut macs = 0.0;
    loop {
        engine.run_with(parallel, &inputs).ok()?;
        macs += engine.macs() as f64;
        let taken = clock() - start;
        if taken >= kind.window {
            return Some(macs / taken);
        }
    }
}

/// A network of the one layer, with its input.
fn single_layer(kind: &Kind) -> Option<(TileEngine, Map)> {
    let Op::Conv { window, filters, .. } = &kind.op else { return None };
    let out =
        |extent: u32| (extent + 2 * window.pads.top - window.kernel[0]) / window.stride[0] + 1;
    let shape = Shape::new(*filters, out(kind.input.height), out(kind.input.width));
    let node = |name: &str, op: Op, inputs: Vec<NodeId>, shape: Shape| Node {
        name: name.to_owned(),
        op,
        inputs,
        shape,
    };
    let graph = Graph {
        nodes: vec![
            node("input", Op::Input, Vec::new(), kind.input),
            node(kind.name, kind.op, vec![NodeId::INPUT], shape),
        ],
        outputs: vec![NodeId(1)],
    };
    let pieces = [Piece { first: NodeId(1), end: NodeId(2), splittable: true }];
    let segment = Segment::new(&graph, &pieces, 0..1);
    let weights = weights::seeded(&graph, 1, 1..2);
    let engine =
        TileEngine::new(&graph, &segment, &[Region::whole(shape)], &weights, Kernels::Fast).ok()?;
    let input = ramp(&graph, NodeId::INPUT, Region::whole(kind.input));
    Some((engine, input))
}
