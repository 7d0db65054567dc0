//! What does not fit is refused in words and never panics.

use convoy_engine::{EngineError, Map, TileEngine};
use convoy_model::{
    Activation, Graph, GraphBuilder, Kernels, NodeId, Op, Region, Segment, Shape, Span, Weights,
    Window, pieces, weights,
};

fn one(op: Op) -> (Graph, Segment) {
    let mut builder = GraphBuilder::new(Shape::new(3, 8, 8));
    let layer = builder.add("layer", op, &[NodeId::INPUT]);
    let graph = builder.finish(&[layer]);
    let segment = Segment::new(&graph, &pieces(&graph), 0..1);
    (graph, segment)
}

fn conv() -> (Graph, Segment) {
    let window = Window::square(3, 1, 1);
    one(Op::Conv { window, filters: 2, groups: 1, activation: Activation::Relu })
}

fn whole(graph: &Graph) -> Vec<Region> {
    vec![Region::whole(graph.shape(NodeId(1)))]
}

#[test]
fn missing_weights_are_named() {
    let (graph, segment) = conv();
    let error = TileEngine::new(&graph, &segment, &whole(&graph), &Weights::new(), Kernels::Direct)
        .unwrap_err();
    assert!(error.to_string().contains("layer.weight"), "{error}");
}

#[test]
fn a_wrong_number_of_regions_or_maps_is_counted() {
    let (graph, segment) = conv();
    let weights = weights::seeded(&graph, 1, 1..2);
    let error = TileEngine::new(&graph, &segment, &[], &weights, Kernels::Direct).unwrap_err();
    assert!(matches!(error, EngineError::Count { what: "regions", expected: 1, found: 0 }));
    let engine =
        TileEngine::new(&graph, &segment, &whole(&graph), &weights, Kernels::Direct).unwrap();
    assert!(matches!(engine.run(&[]), Err(EngineError::Count { expected: 1, found: 0, .. })));
}

#[test]
fn a_map_of_another_region_or_length_is_refused() {
    let (graph, segment) = conv();
    let weights = weights::seeded(&graph, 1, 1..2);
    let engine =
        TileEngine::new(&graph, &segment, &whole(&graph), &weights, Kernels::Direct).unwrap();
    let right = Map::zeros(Region::whole(Shape::new(3, 8, 8)), 3);
    assert!(engine.run(std::slice::from_ref(&right)).is_ok());
    let narrow = right.cut(Region::new(Span::new(0, 8), Span::new(1, 8))).unwrap();
    assert!(matches!(engine.run(&[narrow]), Err(EngineError::Region { .. })));
    let thin = Map::zeros(right.region, 2);
    assert!(matches!(engine.run(&[thin]), Err(EngineError::Region { .. })));
    let short = Map { values: vec![0.0; 5], ..right };
    assert!(matches!(engine.run(&[short]), Err(EngineError::Extent { values: 5, .. })));
}

#[test]
fn a_part_that_is_not_inside_is_refused() {
    let map = Map::zeros(Region::whole(Shape::new(1, 4, 4)), 1);
    let outside = Region::new(Span::new(2, 5), Span::new(0, 4));
    assert!(matches!(map.cut(outside), Err(EngineError::Region { .. })));
    let mut small = map.clone();
    assert!(matches!(small.paste(&Map::zeros(outside, 1)), Err(EngineError::Region { .. })));
    assert!(matches!(small.paste(&Map::zeros(map.region, 2)), Err(EngineError::Region { .. })));
}

#[test]
fn padding_wider_than_its_kernel_is_refused_by_name() {
    let (graph, segment) = one(Op::MaxPool { window: Window::square(1, 1, 2) });
    // These rows see nothing but padding.
    let above = Region::new(Span::new(0, 2), Span::new(0, 12));
    let error =
        TileEngine::new(&graph, &segment, &[above], &Weights::new(), Kernels::Direct).unwrap_err();
    let words = error.to_string();
    assert!(words.contains("\"layer\" has padding wider than its kernel"), "{words}");
}
