//! However many threads compute a layer, the values are the same, bit for bit.

use crate::random::{graph, steps};
use convoy_engine::{Map, Parallel, Part, TileEngine};
use convoy_model::{Graph, Kernels, Region, Segment, pieces, weights};
use proptest::prelude::*;

/// A thread for each part, however small.
#[derive(Debug)]
struct Many(usize);

impl Parallel for Many {
    fn threads(&self) -> usize {
        self.0
    }

    fn least(&self) -> usize {
        1
    }

    fn run<'a>(&self, parts: Vec<Part<'a>>) {
        std::thread::scope(|scope| {
            for part in parts {
                scope.spawn(part);
            }
        });
    }
}

/// All of a network, and inputs for it.
pub(crate) fn whole(graph: &Graph, kernels: Kernels) -> (TileEngine, Vec<Map>) {
    let pieces = pieces(graph);
    let weights = weights::seeded(graph, 5, 0..graph.nodes.len() as u32);
    let segment = Segment::new(graph, &pieces, 0..pieces.len());
    let wanted: Vec<Region> =
        segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    let engine = TileEngine::new(graph, &segment, &wanted, &weights, kernels).unwrap();
    let inputs = engine.ramps(graph);
    (engine, inputs)
}

fn bits(maps: &[Map]) -> Vec<u32> {
    maps.iter().flat_map(|map| map.values.iter().map(|value| value.to_bits())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_number_of_threads_makes_the_same(steps in steps(), threads in 2_usize..6) {
        let graph = graph(&steps).ordered_for_cutting();
        for kernels in [Kernels::Direct, Kernels::Fast] {
            if graph.nodes.len() < 2 {
                break;
            }
            let (engine, inputs) = whole(&graph, kernels);
            let alone = engine.run(&inputs).unwrap();
            let shared = engine.run_with(&Many(threads), &inputs).unwrap();
            prop_assert_eq!(bits(&shared), bits(&alone));
        }
    }
}

#[cfg(feature = "threads")]
#[test]
fn a_pool_makes_the_same_and_is_used() {
    use convoy_engine::Threads;
    use convoy_model::{Activation, GraphBuilder, NodeId, Shape};

    let mut builder = GraphBuilder::new(Shape::new(16, 40, 40));
    let first = builder.conv("first", NodeId::INPUT, 32, 3, 1);
    let pooled = builder.max_pool("pooled", first, 40, 1);
    let last = builder.gemm("last", pooled, 70, Activation::None);
    let (engine, inputs) = whole(&builder.finish(&[last]), Kernels::Fast);
    let alone = engine.run(&inputs).unwrap();
    for count in [1, 2, 3] {
        // A pool takes the thread that makes it for good.
        let made = std::thread::scope(|scope| {
            let run = || {
                let pool = Threads::new(count).unwrap();
                assert_eq!(pool.threads(), count);
                engine.run_with(&pool, &inputs).unwrap()
            };
            scope.spawn(run).join().unwrap()
        });
        assert_eq!(bits(&made), bits(&alone), "{count} threads");
    }
}
