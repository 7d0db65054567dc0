//! A small network and rooms of unequal devices, for every test of the simulator.

use convoy_model::{
    Activation, AnswerKind, Channels, Fit, Graph, GraphBuilder, Model, Op, Preprocess, Segment,
    Shape, WeightSource, pieces,
};
use convoy_plan::{Cluster, Plan, Prediction, Stage, Tile, edges, predict};
use convoy_sim::{DeviceSpec, NetworkSpec, Report, Room};
use std::ops::Range;
use std::sync::Arc;

/// A network of six convolutions and a fully connected head, about 20 million MACs.
pub(crate) fn small(id: &str) -> Arc<Model> {
    let mut graph = GraphBuilder::new(Shape::new(3, 64, 64));
    let mut at = convoy_model::NodeId::INPUT;
    for (index, filters) in [8, 8, 16, 16, 32, 32].into_iter().enumerate() {
        at = graph.conv(&format!("conv{index}"), at, filters, 3, 1);
        if index % 2 == 1 {
            at = graph.max_pool(&format!("pool{index}"), at, 2, 2);
        }
    }
    let head = graph.gemm("head", at, 10, Activation::None);
    model(id, graph.finish(&[head]))
}

/// A network of two convolutions and three fully connected layers, two of which are most of its
/// weights.
pub(crate) fn heavy(id: &str) -> Arc<Model> {
    let mut graph = GraphBuilder::new(Shape::new(3, 64, 64));
    let mut at = convoy_model::NodeId::INPUT;
    for (index, filters) in [8, 16].into_iter().enumerate() {
        at = graph.conv(&format!("conv{index}"), at, filters, 3, 1);
        at = graph.max_pool(&format!("pool{index}"), at, 4, 4);
    }
    at = graph.add("flatten", Op::Flatten, &[at]);
    at = graph.gemm("fc0", at, 200, Activation::Relu);
    at = graph.gemm("fc1", at, 300, Activation::Relu);
    let head = graph.gemm("fc2", at, 10, Activation::None);
    model(id, graph.finish(&[head]))
}

/// Bytes of the weights of these layers.
pub(crate) fn weights(model: &Model, nodes: Range<u32>) -> u64 {
    4 * convoy_model::weights::parameter_count(&model.graph, nodes)
}

/// Devices none of which can hold the head of a network: each has room for all before it and for less
/// than half of it.
pub(crate) fn scarce(model: &Model, count: usize) -> Vec<DeviceSpec> {
    let all = model.graph.nodes.len() as u32;
    let body = convoy_model::body(&model.graph, &model.pieces);
    let head = model.pieces[body].first.0;
    let memory = weights(model, 0..head) + weights(model, head..all) * 45 / 100;
    devices(count).into_iter().map(|spec| DeviceSpec { memory, ..spec }).collect()
}

/// Whether devices share a stage of the head.
pub(crate) fn divides_its_head(model: &Model, plan: &Plan) -> bool {
    let body = convoy_model::body(&model.graph, &model.pieces);
    plan.stages.iter().any(|stage| stage.pieces[0] >= body && stage.group(0).count() > 1)
}

fn model(id: &str, graph: Graph) -> Arc<Model> {
    let pieces = pieces(&graph);
    let fit = Fit::Stretch;
    Arc::new(Model {
        id: id.into(),
        title: id.into(),
        graph,
        pieces,
        preprocess: Preprocess { fit, channels: Channels::Rgb, mean: [0.0; 3], std: [1.0; 3] },
        answer: AnswerKind::Raw,
        labels: Vec::new(),
        weights: WeightSource::Seeded { seed: 1 },
    })
}

/// Devices of unequal speed: a frame takes the fastest alone about half a second.
pub(crate) fn devices(count: usize) -> Vec<DeviceSpec> {
    let speed = |index: usize| 4e7 / (1.0 + 0.25 * (index % 4) as f64);
    (0..count).map(|index| DeviceSpec::new(&format!("device {index}"), speed(index))).collect()
}

/// A room of unequal devices.
pub(crate) fn room(seed: u64, count: usize) -> Room {
    Room::new(seed, &small("small"), "pico", devices(count), NetworkSpec::default())
}

/// Runs until every frame has ended, and checks that each ended once, with a right answer.
pub(crate) fn all_answered(room: &mut Room, limit: f64) -> Report {
    let settled = room.settle(limit);
    let report = room.report();
    let state = room.state();
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(settled, "{} frames are lost: {state:#}", report.lost);
    let ends: Vec<_> =
        report.asked.iter().filter(|asked| !matches!(asked.outcome, Some(Ok(_)))).collect();
    assert!(ends.is_empty(), "{ends:?}: {state:#}");
    assert!(report.asked.iter().all(|asked| asked.ends == 1));
    report
}

/// A plan by hand: cuts before these pieces of the body, and for each stage the devices, by index,
/// that share its rows equally. The head is on the last stage's first device.
pub(crate) fn chain(
    model: &Model,
    cluster: &Cluster,
    cuts: &[usize],
    devices: &[Vec<usize>],
) -> Plan {
    let graph = &model.graph;
    let body = convoy_model::body(graph, &model.pieces);
    let ends = cuts.iter().copied().chain([body]);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let head = (body < model.pieces.len()).then(|| vec![devices.last().unwrap()[0]]);
    let runs = starts.zip(ends).chain(head.iter().map(|_| (body, model.pieces.len())));
    let stages = runs.zip(devices.iter().chain(&head)).map(|((first, end), devices)| {
        let segment = Segment::new(graph, &model.pieces, first..end);
        let height = segment.reference(graph).map_or(1, |id| graph.shape(id).height);
        let count = devices.len() as u32;
        let bounds: Vec<u32> = (0..=count).map(|index| height * index / count).collect();
        let tiles =
            segment.strips(graph, &bounds).into_iter().zip(devices).map(|(regions, device)| Tile {
                device: cluster.devices[*device].id,
                group: 0,
                macs: segment.conv_macs(graph, &segment.trace(graph, &regions)),
                regions,
                input_bytes: 0,
                output_bytes: 0,
                compute: 0.0,
            });
        let (tiles, turns) = (tiles.collect(), vec![1]);
        Stage { pieces: [first, end], turns, tiles, compute: 0.0, transfer: 0.0 }
    });
    let mut plan = Plan {
        model: model.id.clone(),
        scheme: "by hand".into(),
        stages: stages.collect(),
        kernels: convoy_model::Kernels::Direct,
        period: 0.0,
        latency: 0.0,
        predicted: Prediction::default(),
    };
    plan.predicted = predict(model, cluster, &plan, &edges(model, &plan).unwrap());
    plan
}

/// Runs until something is so, at most until `limit`; when it was.
pub(crate) fn when(room: &mut Room, limit: f64, is_so: impl Fn(&Room) -> bool) -> Option<f64> {
    while room.now() < limit {
        if is_so(room) {
            return Some(room.now());
        }
        room.run_until(room.now() + 0.05);
    }
    None
}
