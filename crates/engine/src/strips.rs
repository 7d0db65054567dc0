//! What a stage costs in strips: a tile is to cost what its share of the work costs.

use crate::{EngineError, TileEngine, benchmark};
use convoy_kernels::OneThread;
use convoy_model::{
    Counting, Graph, Kernels, NodeId, Piece, Region, Segment, Span, body, macs, weights,
};
use std::ops::Range;

/// A stage in strips, held against the undivided stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StripCost {
    /// The stage's pieces: the first, and the end.
    pub pieces: [usize; 2],
    /// Strips of equal height.
    pub strips: usize,
    /// The work of all strips by that of the undivided stage, as planners count it on this device:
    /// multiply-accumulates, halos included, weights read and whole squares.
    pub effort: f64,
    /// The same of multiply-accumulates alone.
    pub macs: f64,
    /// Seconds of all strips, one after another, by those of the undivided stage: the least of a few
    /// runs each.
    pub seconds: f64,
}

/// Cuts what lies before the network's head into `stages` of about the same work, and each of them
/// into strips: as many as each of `counts` says, where its outputs have so many rows. Weights are
/// made from a seed. Of `runs` runs the least counts; `clock` gives seconds of any monotonic clock. What
/// reading weights costs is measured first, as [`benchmark`] does.
///
/// # Errors
/// A network with a layer that the engine cannot compute.
pub fn strips(
    graph: &Graph,
    pieces: &[Piece],
    (stages, counts): (usize, &[usize]),
    kernels: Kernels,
    (runs, clock): (usize, &dyn Fn() -> f64),
) -> Result<Vec<StripCost>, EngineError> {
    let reading = benchmark(&OneThread, clock, &|_, _| {}).reading();
    let counting = Counting { reading, passing: 0.0, kernels };
    let mut costs = Vec::new();
    for stage in equal(graph, pieces, stages) {
        let segment = Segment::new(graph, pieces, stage.clone());
        let weights = weights::seeded(graph, 1, segment.nodes.clone());
        // One engine at a time: together they would hold the weights many times over.
        let run = |wanted: &[Region]| -> Result<[f64; 3], EngineError> {
            let engine = TileEngine::new(graph, &segment, wanted, &weights, kernels)?;
            let inputs = engine.ramps(graph);
            engine.run_with(&OneThread, &inputs)?;
            let mut least = f64::INFINITY;
            for _ in 0..runs {
                let start = clock();
                engine.run_with(&OneThread, &inputs)?;
                least = least.min(clock() - start);
            }
            let effort = segment.effort(graph, &segment.trace(graph, wanted), counting);
            Ok([effort, engine.macs() as f64, least])
        };
        let cost = |count: usize| -> Result<[f64; 3], EngineError> {
            let mut sums = [0.0; 3];
            for index in 0..count {
                let own = run(&strip(graph, &segment, index, count))?;
                sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            }
            Ok(sums)
        };
        let rows = segment.outputs.iter().map(|id| graph.shape(*id).height).min().unwrap_or(0);
        let whole = cost(1)?;
        for strips in counts.iter().copied().filter(|count| *count <= rows as usize) {
            let sums = cost(strips)?;
            let [effort, macs, seconds] = std::array::from_fn(|index| sums[index] / whole[index]);
            costs.push(StripCost {
                pieces: [stage.start, stage.end],
                strips,
                effort,
                macs,
                seconds,
            });
        }
    }
    Ok(costs)
}

/// The pieces before the head as stages of about the same work.
fn equal(graph: &Graph, pieces: &[Piece], stages: usize) -> Vec<Range<usize>> {
    let body = body(graph, pieces);
    let work = |piece: &Piece| -> u64 {
        let nodes = (piece.first.0..piece.end.0).map(NodeId);
        nodes.map(|id| macs(graph, id, Region::whole(graph.shape(id)))).sum()
    };
    let works: Vec<u64> = pieces[..body].iter().map(work).collect();
    let all: u64 = works.iter().sum();
    let each = all / stages.max(1) as u64;
    let (mut bounds, mut before) = (vec![0], 0);
    for (index, work) in works.iter().enumerate() {
        // What comes last is work too.
        if index > 0 && before < all && before >= each * bounds.len() as u64 {
            bounds.push(index);
        }
        before += work;
    }
    bounds.push(body);
    bounds.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// Strip `index` of `count`: of each output its share of the rows.
fn strip(graph: &Graph, segment: &Segment, index: usize, count: usize) -> Vec<Region> {
    let share = |id: &NodeId| {
        let whole = Region::whole(graph.shape(*id));
        let bound = |index: usize| (whole.rows.end as usize * index / count) as u32;
        Region { rows: Span { start: bound(index), end: bound(index + 1) }, ..whole }
    };
    segment.outputs.iter().map(share).collect()
}
