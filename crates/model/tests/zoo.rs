//! The networks of the paper have the work and the pieces that are known of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use convoy_model::{Region, Segment, Span, units, zoo};

fn conv_macs(id: &str) -> f64 {
    zoo::model(id).unwrap().graph.conv_macs() as f64
}

#[test]
fn every_network_is_sound() {
    for id in zoo::IDS {
        let model = zoo::model(id).unwrap();
        model.validate().unwrap_or_else(|error| panic!("{id}: {error}"));
        let json = serde_json::to_vec(&model).unwrap();
        assert_eq!(convoy_model::Model::parse(&json).unwrap(), model);
    }
}

#[test]
fn work_is_as_published() {
    assert_eq!(zoo::model("vgg16").unwrap().graph.conv_macs(), 15_346_630_656);
    assert!((conv_macs("yolov2-chain") / 14.311e9 - 1.0).abs() < 1e-3);
    assert!((conv_macs("yolov2") / 14.73e9 - 1.0).abs() < 2e-3);
    assert!((conv_macs("resnet34") / 3.66e9 - 1.0).abs() < 5e-3);
    assert!((conv_macs("inceptionv3") / 5.71e9 - 1.0).abs() < 5e-3);
}

#[test]
fn vgg16_has_eighteen_pieces_and_a_head() {
    let model = zoo::model("vgg16").unwrap();
    assert_eq!(model.pieces.iter().filter(|piece| piece.splittable).count(), 18);
    assert!(!model.pieces[18].splittable);
    assert_eq!(model.pieces.len(), 19);
}

/// The reference values of VGG-16's first seven pieces in four strips.
#[test]
fn four_strips_of_vgg16_need_the_rows_and_work_that_are_known() {
    let model = zoo::model("vgg16").unwrap();
    let graph = &model.graph;
    let segment = Segment::new(graph, &model.pieces, 0..7);
    let strips = segment.strips(graph, &[0, 14, 28, 42, 56]);
    let traces: Vec<_> = strips.iter().map(|strip| segment.trace(graph, strip)).collect();
    let rows: Vec<Span> = traces.iter().map(|trace| trace.region(segment.inputs[0]).rows).collect();
    assert_eq!(rows, [(0, 66), (46, 122), (102, 178), (158, 224)].map(|(a, b)| Span::new(a, b)));
    let macs: Vec<u64> = traces.iter().map(|trace| segment.conv_macs(graph, trace)).collect();
    assert_eq!(macs, [1_536_288_768, 1_663_635_456, 1_663_635_456, 1_536_288_768]);
    let whole: Vec<Region> =
        segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    assert_eq!(segment.conv_macs(graph, &segment.trace(graph, &whole)), 5_635_768_320);
}

#[test]
fn blocks_are_units_and_are_cut_inside() {
    let counts = |id: &str| {
        let model = zoo::model(id).unwrap();
        let units = units(&model.graph, &model.pieces);
        let body = model.pieces.iter().filter(|piece| piece.splittable).count();
        assert_eq!((units[0], units.last().copied()), (0, Some(body)), "{id}");
        assert!(units.is_sorted_by(|a, b| a < b), "{id}: {units:?}");
        (units.len() - 1, body)
    };
    assert_eq!(counts("vgg16"), (18, 18));
    // Two layers before the blocks and sixteen blocks, each of which can be cut in two.
    assert_eq!(counts("resnet34"), (18, 34));
    // Seven layers before the blocks and eleven blocks.
    let (units, pieces) = counts("inceptionv3");
    assert!(units == 18 && pieces > 40, "{pieces}");
    // The passthrough spans two fifths of the work: without inner cuts it would be one unit.
    let (units, _) = counts("yolov2");
    assert!(units > 24, "{units}");
}
