//! Small networks, and what must hold for any that was taken in.

use convoy_model::{
    Activation, AnswerKind, Channels, Fit, Graph, GraphBuilder, Model, NodeId, Op, Preprocess,
    Region, Segment, Shape, WeightSource, pieces,
};
use std::sync::Arc;

/// A network of two convolutions and a head, called `id`.
pub(crate) fn small(id: &str) -> Arc<Model> {
    let mut graph = GraphBuilder::new(Shape::new(3, 8, 8));
    let first = graph.conv("first", NodeId::INPUT, 4, 3, 1);
    let second = graph.conv("second", first, 4, 3, 1);
    let flat = graph.add("flat", Op::Flatten, &[second]);
    let head = graph.gemm("head", flat, 4, Activation::None);
    let model = model(id, graph.finish(&[head]), Channels::Rgb);
    let valid = model.validate();
    assert!(valid.is_ok(), "{valid:?}");
    Arc::new(model)
}

/// A network of this graph with weights from a seed.
pub(crate) fn model(id: &str, graph: Graph, channels: Channels) -> Model {
    let pieces = pieces(&graph);
    let (mean, std) = ([0.0; 3], [1.0; 3]);
    Model {
        id: id.to_owned(),
        title: id.to_owned(),
        graph,
        pieces,
        preprocess: Preprocess { fit: Fit::Stretch, channels, mean, std },
        answer: AnswerKind::Raw,
        labels: Vec::new(),
        weights: WeightSource::Seeded { seed: 1 },
    }
}

/// Goes through the network as planners and devices do: every run of one piece and all of them
/// together, whole and halved.
pub(crate) fn walk(model: &Model) {
    let graph = &model.graph;
    let count = model.pieces.len();
    let runs = (0..count).map(|piece| piece..piece + 1).chain(std::iter::once(0..count));
    for run in runs {
        let segment = Segment::new(graph, &model.pieces, run);
        let whole: Vec<Region> =
            segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
        let trace = segment.trace(graph, &whole);
        for (id, region) in &trace.regions {
            assert!(Region::whole(graph.shape(*id)).contains(region), "{id} of {region:?}");
        }
        let all = segment.all_macs(graph, &trace);
        let halves = whole.iter().map(|region| {
            let mut half = *region;
            half.rows.end = half.rows.start.midpoint(half.rows.end);
            half
        });
        let trace = segment.trace(graph, &halves.collect::<Vec<_>>());
        assert!(segment.all_macs(graph, &trace) <= all);
    }
}
