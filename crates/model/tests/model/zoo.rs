//! The networks of the paper have the work and the pieces that are known of them.

use convoy_model::{Piece, Region, Segment, Shape, Span, body, units, weights, zoo};

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
fn vgg16_has_eighteen_pieces_and_a_head_of_two_that_can_be_split_and_one_that_cannot() {
    let model = zoo::model("vgg16").unwrap();
    let graph = &model.graph;
    assert_eq!(body(graph, &model.pieces), 18);
    let names = |piece: &Piece| {
        let nodes = &graph.nodes[piece.first.index()..piece.end.index()];
        nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>()
    };
    let head: Vec<_> = model.pieces[18..].iter().map(|of| (names(of), of.splittable)).collect();
    let known = [(vec!["flatten", "fc6"], true), (vec!["fc7"], true), (vec!["fc8", "prob"], false)];
    assert_eq!(head, known);
    let segment = Segment::new(graph, &model.pieces, 18..19);
    assert_eq!(graph.shape(segment.outputs[0]), Shape::rows(4096));
    // A strip of fc6 reads all, does its part of the work and holds its part of the weights.
    let trace = segment.trace(graph, &segment.strips(graph, &[0, 1024, 4096])[0]);
    assert_eq!(trace.region(segment.inputs[0]), Region::whole(Shape::new(512, 7, 7)));
    assert_eq!(segment.all_macs(graph, &trace), 25_088 * 1024);
    let held = weights::tile_parameter_count(graph, segment.nodes.clone(), &trace);
    assert_eq!(held, (25_088 + 1) * 1024);
}

#[test]
fn light_heads_stay_one_piece() {
    for (id, share) in [("resnet34", 0.03), ("inceptionv3", 0.09)] {
        let model = zoo::model(id).unwrap();
        let body = body(&model.graph, &model.pieces);
        assert_eq!(model.pieces.len(), body + 1, "{id}");
        assert!(!model.pieces[body].splittable, "{id}");
        let head = model.pieces[body].first.0..model.pieces[body].end.0;
        let all = 0..model.graph.nodes.len() as u32;
        let count = |nodes| weights::parameter_count(&model.graph, nodes) as f64;
        assert!(count(head) < share * count(all), "{id}");
    }
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
        let body = body(&model.graph, &model.pieces);
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
