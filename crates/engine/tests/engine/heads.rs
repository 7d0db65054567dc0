//! Strips of fully connected layers, each with the weights of its rows alone, are the undivided layer bit
//! for bit.

use convoy_engine::{Map, TileEngine};
use convoy_model::{
    Activation, Graph, GraphBuilder, Kernels, NodeId, Op, Region, Segment, Shape, Weights, pieces,
    weights,
};
use proptest::prelude::*;

const SEED: u64 = 9;

/// A convolution, flattened, two heavy layers and softmax over the rows of the second.
fn graph(sizes: [u32; 2]) -> Graph {
    let mut graph = GraphBuilder::new(Shape::new(3, 5, 7));
    let conv = graph.conv("conv", NodeId::INPUT, 4, 3, 1);
    let flat = graph.add("flatten", Op::Flatten, &[conv]);
    let first = graph.gemm("first", flat, sizes[0], Activation::Relu);
    let second = graph.gemm("second", first, sizes[1], Activation::None);
    let softmax = graph.add("softmax", Op::Softmax, &[second]);
    graph.finish(&[softmax])
}

/// Runs pieces in strips between these rows; the maps that they make, whole.
fn run(
    graph: &Graph,
    segment: &Segment,
    bounds: &[u32],
    weights: impl Fn(&[Region]) -> Weights,
    held: &Map,
) -> Map {
    let shape = graph.shape(segment.outputs[0]);
    let mut whole = Map::zeros(Region::whole(shape), shape.channels);
    for wanted in segment.strips(graph, bounds) {
        let engine =
            TileEngine::new(graph, segment, &wanted, &weights(&wanted), Kernels::Direct).unwrap();
        let read = |(_, region): &(NodeId, Region)| held.cut(*region).unwrap();
        let inputs: Vec<Map> = engine.inputs().iter().map(read).collect();
        whole.paste(&engine.run(&inputs).unwrap()[0]).unwrap();
    }
    whole
}

/// `softmax(W2 relu(W1 x + b1) + b2)` as it is written, `x` being the flattened map.
fn by_definition(graph: &Graph, map: &Map) -> Vec<f32> {
    let all = weights::seeded(graph, SEED, 0..graph.nodes.len() as u32);
    let Shape { channels, height, width } = graph.shape(NodeId(1));
    let at = |channel: u32, row: u32, col: u32| {
        map.values[((row * width + col) * channels + channel) as usize]
    };
    let rows =
        |channel| (0..height).flat_map(move |row| (0..width).map(move |col| (channel, row, col)));
    let mut x: Vec<f32> =
        (0..channels).flat_map(rows).map(|(channel, row, col)| at(channel, row, col)).collect();
    for (name, relu) in [("first", true), ("second", false)] {
        let weight = all.get(&format!("{name}.weight")).unwrap();
        let bias = all.get(&format!("{name}.bias")).unwrap();
        let made = weight.values.chunks(x.len()).zip(&bias.values).map(|(row, bias)| {
            let sum = row.iter().zip(&x).map(|(w, x)| f64::from(w * x)).sum::<f64>() as f32 + bias;
            if relu { sum.max(0.0) } else { sum }
        });
        x = made.collect();
    }
    let sum: f32 = x.iter().map(|value| value.exp()).sum();
    x.iter().map(|value| value.exp() / sum).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn strips_of_a_head_are_the_undivided_head(
        sizes in [17u32..70, 17u32..70],
        ends in [any::<[u32; 2]>(), any::<[u32; 2]>()],
    ) {
        let graph = graph(sizes);
        graph.validate().unwrap();
        let pieces = pieces(&graph);
        prop_assert_eq!(pieces.len(), 4);
        let shape = graph.shape(NodeId::INPUT);
        let value = |index: u64| ((index * 7919) % 2003) as f32 / 1000.0 - 1.0;
        let values = (0..shape.elements()).map(value).collect();
        let input = Map { region: Region::whole(shape), channels: shape.channels, values };
        let segment = Segment::new(&graph, &pieces, 0..1);
        let conv = |_: &[Region]| weights::seeded(&graph, SEED, 1..2);
        let mut held = run(&graph, &segment, &[0, shape.height], conv, &input);
        let expected = by_definition(&graph, &held);
        for (index, (size, ends)) in sizes.iter().zip(ends).enumerate() {
            let segment = Segment::new(&graph, &pieces, index + 1..index + 2);
            let nodes = segment.nodes.clone();
            let own = |wanted: &[Region]| {
                weights::seeded_for(&graph, SEED, nodes.clone(), &segment.trace(&graph, wanted))
            };
            let all = |_: &[Region]| weights::seeded(&graph, SEED, nodes.clone());
            let mut bounds = vec![0, ends[0] % size, ends[1] % size, *size];
            bounds.sort_unstable();
            bounds.dedup();
            let whole = run(&graph, &segment, &[0, *size], all, &held);
            for made in [
                run(&graph, &segment, &bounds, own, &held),
                run(&graph, &segment, &bounds, all, &held),
            ] {
                let bits = |map: &Map| map.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&made), bits(&whole));
            }
            held = whole;
        }
        let segment = Segment::new(&graph, &pieces, 3..4);
        let made = run(&graph, &segment, &[0, sizes[1]], |_| Weights::new(), &held);
        let sum: f32 = made.values.iter().sum();
        prop_assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        for (made, expected) in made.values.iter().zip(&expected) {
            prop_assert!((made - expected).abs() < 1e-5 * expected.max(0.1), "{made} {expected}");
        }
    }
}
