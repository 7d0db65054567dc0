//! A small network and rooms of unequal devices, for every test of the simulator.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use convoy_model::{
    Activation, AnswerKind, Channels, Fit, GraphBuilder, Model, Preprocess, Segment, Shape,
    WeightSource, pieces,
};
use convoy_plan::{Cluster, Plan, Prediction, Stage, Tile, edges, predict};
use convoy_sim::{DeviceSpec, NetworkSpec, Report, Room};
use std::sync::Arc;

/// A network of six convolutions and a fully connected head, about 20 million MACs.
pub fn small(id: &str) -> Arc<Model> {
    let mut graph = GraphBuilder::new(Shape::new(3, 64, 64));
    let mut at = convoy_model::NodeId::INPUT;
    for (index, filters) in [8, 8, 16, 16, 32, 32].into_iter().enumerate() {
        at = graph.conv(&format!("conv{index}"), at, filters, 3, 1);
        if index % 2 == 1 {
            at = graph.max_pool(&format!("pool{index}"), at, 2, 2);
        }
    }
    let head = graph.gemm("head", at, 10, Activation::None);
    let graph = graph.finish(&[head]);
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
pub fn devices(count: usize) -> Vec<DeviceSpec> {
    let speed = |index: usize| 4e7 / (1.0 + 0.25 * (index % 4) as f64);
    (0..count).map(|index| DeviceSpec::new(&format!("device {index}"), speed(index))).collect()
}

/// A room of unequal devices.
pub fn room(seed: u64, count: usize) -> Room {
    Room::new(seed, &small("small"), "pico", devices(count), NetworkSpec::default())
}

/// Runs until every frame has ended, and checks that each ended once, with a right answer.
pub fn all_answered(room: &mut Room, limit: f64) -> Report {
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
pub fn chain(model: &Model, cluster: &Cluster, cuts: &[usize], devices: &[Vec<usize>]) -> Plan {
    let graph = &model.graph;
    let body = model.pieces.iter().take_while(|piece| piece.splittable).count();
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
