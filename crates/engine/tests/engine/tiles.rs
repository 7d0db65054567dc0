//! For random networks, cuts and tiles, the stitched tiles are the undivided run, bit for bit, and what
//! plain operators say.

use crate::plain;
use crate::random::{Step, graph, grid, steps};
use convoy_engine::{Map, TileEngine};
use convoy_model::{Graph, Kernels, NodeId, Op, Region, Segment, Weights, pieces, weights};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn input(graph: &Graph) -> Map {
    let shape = graph.shape(NodeId::INPUT);
    let value = |index: u64| ((index * 7919) % 2003) as f32 / 1000.0 - 1.0;
    let values = (0..shape.elements()).map(value).collect();
    Map { region: Region::whole(shape), channels: shape.channels, values }
}

/// The largest difference, as a part of the largest value (at least one).
fn difference(found: &Map, expected: &Map) -> f32 {
    assert_eq!((found.region, found.channels), (expected.region, expected.channels));
    assert_eq!(found.values.len(), expected.values.len());
    let scale = expected.values.iter().fold(1.0_f32, |scale, value| scale.max(value.abs()));
    let pairs = found.values.iter().zip(&expected.values);
    pairs.map(|(a, b)| (a - b).abs() / scale).fold(0.0, f32::max)
}

/// The graph in the order that cutting wants, its pieces and its weights.
fn ready(steps: &[Step]) -> Option<(Graph, Vec<convoy_model::Piece>, Weights)> {
    let graph = graph(steps).ordered_for_cutting();
    let pieces = pieces(&graph);
    let weights = weights::seeded(&graph, 5, 0..graph.nodes.len() as u32);
    (graph.nodes.len() > 1).then_some((graph, pieces, weights))
}

/// The outputs of the network, computed whole.
fn undivided(
    graph: &Graph,
    pieces: &[convoy_model::Piece],
    weights: &Weights,
) -> BTreeMap<NodeId, Map> {
    let segment = Segment::new(graph, pieces, 0..pieces.len());
    let wanted: Vec<Region> =
        segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    let engine = TileEngine::new(graph, &segment, &wanted, weights, Kernels::Direct).unwrap();
    let read = |(_, region): &(NodeId, Region)| input(graph).cut(*region).unwrap();
    let inputs: Vec<Map> = engine.inputs().iter().map(read).collect();
    let made = engine.run(&inputs).unwrap();
    segment.outputs.iter().copied().zip(made).collect()
}

/// Runs a segment tile by tile and stitches the outputs.
fn stitched(
    graph: &Graph,
    segment: &Segment,
    cuts: [u32; 4],
    weights: &Weights,
    held: &BTreeMap<NodeId, Map>,
) -> Vec<Map> {
    let whole = |id: &NodeId| {
        let shape = graph.shape(*id);
        Map::zeros(Region::whole(shape), shape.channels)
    };
    let mut outputs: Vec<Map> = segment.outputs.iter().map(whole).collect();
    let grids: Vec<Vec<Region>> =
        segment.outputs.iter().map(|id| grid(graph.shape(*id), cuts)).collect();
    let tiles = grids.iter().map(Vec::len).max().unwrap_or(0);
    for tile in 0..tiles {
        // Outputs differ in extent; a tile may make nothing of one.
        let region = |grid: &Vec<Region>| grid.get(tile).copied().unwrap_or(Region::empty());
        let wanted: Vec<Region> = grids.iter().map(region).collect();
        let engine = TileEngine::new(graph, segment, &wanted, weights, Kernels::Direct).unwrap();
        let inputs: Vec<Map> =
            engine.inputs().iter().map(|(id, region)| held[id].cut(*region).unwrap()).collect();
        let made = engine.run(&inputs).unwrap();
        assert_eq!(made.len(), outputs.len());
        for (output, part) in outputs.iter_mut().zip(made) {
            output.paste(&part).unwrap();
        }
    }
    outputs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn stitched_tiles_are_the_undivided_run(
        steps in steps(),
        cuts in any::<[u32; 4]>(),
        ends in any::<[usize; 2]>(),
    ) {
        let Some((graph, pieces, weights)) = ready(&steps) else { return Ok(()) };
        let expected = plain::run(&graph, &weights, &input(&graph));
        let undivided = undivided(&graph, &pieces, &weights);
        // Up to three stages, each cut into up to nine tiles.
        let mut bounds = vec![0, ends[0] % (pieces.len() + 1), ends[1] % (pieces.len() + 1), pieces.len()];
        bounds.sort_unstable();
        bounds.dedup();
        let mut held = BTreeMap::from([(NodeId::INPUT, input(&graph))]);
        for run in bounds.windows(2) {
            let segment = Segment::new(&graph, &pieces, run[0]..run[1]);
            let made = stitched(&graph, &segment, cuts, &weights, &held);
            for (id, map) in segment.outputs.iter().zip(made) {
                let difference = difference(&map, &expected[id]);
                prop_assert!(difference < 2e-5, "{} is off by {difference}", graph.node(*id).name);
                if let Some(whole) = undivided.get(id) {
                    let bits = |map: &Map| map.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    prop_assert!(bits(&map) == bits(whole), "{} in bits", graph.node(*id).name);
                }
                held.insert(*id, map);
            }
        }
        for output in &graph.outputs {
            prop_assert!(held.contains_key(output));
        }
    }
}

#[test]
fn a_tile_that_makes_nothing_reads_nothing() {
    let steps: Vec<Step> = Vec::new();
    assert!(ready(&steps).is_none());
    let graph = convoy_model::zoo::model("yolov2").unwrap().graph;
    let pieces = pieces(&graph);
    let segment = Segment::new(&graph, &pieces, 0..1);
    assert!(segment.nodes.clone().any(|id| matches!(graph.node(NodeId(id)).op, Op::Conv { .. })));
    let wanted = vec![Region::empty(); segment.outputs.len()];
    let engine =
        TileEngine::new(&graph, &segment, &wanted, &Weights::new(), Kernels::Direct).unwrap();
    assert!(engine.inputs().is_empty());
    assert_eq!(engine.macs(), 0);
    assert!(engine.run(&[]).unwrap().iter().all(|map| map.values.is_empty()));
}

#[test]
fn frame_after_frame_runs_in_the_buffers_of_the_first() {
    let graph = convoy_model::zoo::model("inceptionv3").unwrap().graph;
    let pieces = pieces(&graph);
    let segment = Segment::new(&graph, &pieces, 0..3);
    let wanted: Vec<Region> =
        segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    let weights = weights::seeded(&graph, 5, segment.nodes.clone());
    let engine = TileEngine::new(&graph, &segment, &wanted, &weights, Kernels::Direct).unwrap();
    assert_eq!(engine.buffers_made(), 0);
    let input = input(&graph);
    let first = engine.run(std::slice::from_ref(&input)).unwrap();
    let made = engine.buffers_made();
    // Fewer than layers: most maps lie where an earlier one lay.
    assert!(0 < made && made <= segment.nodes.len() as u64, "{made} buffers");
    for _ in 0..2 {
        assert_eq!(engine.run(std::slice::from_ref(&input)).unwrap(), first);
    }
    assert_eq!(engine.buffers_made(), made);
}

/// A layer of a tile differs from the undivided one's by no more than this part of its largest
/// value; through a network the differences of its layers add up.
const WINOGRAD: f32 = 2e-5;

#[test]
fn strips_of_a_network_by_winograd_are_the_undivided_one_within_a_bound() {
    let graph = convoy_model::zoo::model("resnet34").unwrap().graph;
    let pieces = pieces(&graph);
    let segment = Segment::new(&graph, &pieces, 0..4);
    let fast = segment.nodes.clone().filter(|id| Kernels::Fast.winograd(&graph, NodeId(*id)));
    let layers = fast.count();
    assert!(layers >= 2, "{layers} layers by Winograd");
    let weights = weights::seeded(&graph, 5, segment.nodes.clone());
    let input = input(&graph);
    let run = |wanted: &[Region], kernels| {
        let engine = TileEngine::new(&graph, &segment, wanted, &weights, kernels).unwrap();
        let read = |(_, region): &(NodeId, Region)| input.cut(*region).unwrap();
        let inputs: Vec<Map> = engine.inputs().iter().map(read).collect();
        engine.run(&inputs).unwrap()
    };
    let whole: Vec<Region> =
        segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    let (direct, fast) = (run(&whole, Kernels::Direct), run(&whole, Kernels::Fast));
    for (direct, fast) in direct.iter().zip(&fast) {
        let off = difference(fast, direct);
        assert!(0.0 < off && off < WINOGRAD * layers as f32, "off by {off}");
    }
    let height = graph.shape(segment.reference(&graph).unwrap()).height;
    for strip in segment.strips(&graph, &[0, height / 3, height / 2, height]) {
        for (part, whole) in run(&strip, Kernels::Fast).iter().zip(&fast) {
            let off = difference(part, &whole.cut(part.region).unwrap());
            assert!(off < WINOGRAD * layers as f32, "a strip is off by {off}");
        }
    }
}
