//! A small network and rooms of unequal devices, for every test of the simulator.
#![allow(dead_code, unreachable_pub)]

use convoy_model::{
    Activation, AnswerKind, Channels, Fit, GraphBuilder, Model, Preprocess, Shape, WeightSource,
    pieces,
};
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
