//! The packages in `www/models`: whole, sound, and what the ONNX files say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use convoy_model::catalog::Catalog;
use convoy_model::{AnswerKind, Model, Op, Shape, WeightSource, Weights, onnx, weights};
use std::path::Path;

fn catalog() -> Catalog {
    Catalog::standard(None).unwrap()
}

/// All weights of a shipped network, each file checked by its hash.
fn all_weights(catalog: &Catalog, model: &Model) -> Weights {
    let WeightSource::Files { files } = &model.weights else { panic!("{} has files", model.id) };
    let mut all = Weights::new();
    for (piece, file) in model.pieces.iter().zip(files) {
        let content = catalog.file(&model.id, &file.file).unwrap();
        assert_eq!(content.len() as u64, file.bytes, "{} {}", model.id, file.file);
        all.extend(&weights::from_safetensors(&model.graph, piece, &content).unwrap());
    }
    all
}

#[test]
fn every_shipped_file_is_there_and_undamaged() {
    let catalog = catalog();
    let mut bytes = 0;
    for id in ["squeezenet1.1", "yolov3-tiny", "mnist", "hed-vgg16"] {
        let model = catalog.model(id).unwrap();
        bytes += all_weights(&catalog, &model).bytes() / 2;
    }
    assert!((48_000_000..52_000_000).contains(&bytes), "{bytes} bytes of f16");
}

#[test]
fn the_shipped_networks_are_the_ones_their_provenance_names() {
    let catalog = catalog();
    let convolutions = |model: &Model| {
        model.graph.nodes.iter().filter(|node| matches!(node.op, Op::Conv { .. })).count()
    };
    // Id, convolutions, multiply-accumulates of those in millions, classes, output shapes.
    type Known = (&'static str, usize, u64, usize, &'static [[u32; 3]]);
    let expected: [Known; 4] = [
        ("squeezenet1.1", 26, 353, 1000, &[[1000, 1, 1]]),
        ("yolov3-tiny", 13, 2782, 80, &[[255, 13, 13], [255, 26, 26]]),
        ("mnist", 3, 7, 10, &[[10, 1, 1]]),
        // VGG-16's 13 convolutions, five side outputs and the one that joins them.
        ("hed-vgg16", 19, 15_353, 0, &[[1, 224, 224]]),
    ];
    for (id, count, mmacs, classes, outputs) in expected {
        let model = catalog.model(id).unwrap();
        assert_eq!(convolutions(&model), count, "{id}");
        assert_eq!((model.graph.conv_macs() + 500_000) / 1_000_000, mmacs, "{id}");
        assert_eq!(model.labels.len(), classes, "{id}");
        let shapes: Vec<Shape> =
            model.graph.outputs.iter().map(|output| model.graph.shape(*output)).collect();
        let outputs: Vec<Shape> = outputs.iter().map(|shape| Shape::from(*shape)).collect();
        assert_eq!(shapes, outputs, "{id}");
        assert!(model.pieces.len() > 4, "{id} can hardly be shared");
    }
    let yolo = catalog.model("yolov3-tiny").unwrap();
    assert!(
        matches!(&yolo.answer, AnswerKind::Boxes { anchors, .. } if anchors[1][2] == [37.0, 58.0])
    );
    let names: Vec<&str> =
        yolo.graph.outputs.iter().map(|id| yolo.graph.node(*id).name.as_str()).collect();
    assert_eq!(names, ["l16", "l23"]);
    let squeezenet = catalog.model("squeezenet1.1").unwrap();
    assert_eq!(squeezenet.labels[285], "Egyptian cat");
    assert_eq!(squeezenet.labels[967], "espresso");
}

#[test]
fn the_shipped_weights_are_those_of_the_onnx_files_in_half_precision() {
    let catalog = catalog();
    for id in ["squeezenet1.1", "mnist"] {
        let model = catalog.model(id).unwrap();
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/models/{id}.onnx"));
        let exact = onnx::import(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(exact.graph, model.graph, "{id}");
        let halves = all_weights(&catalog, &model);
        assert_eq!(exact.weights.iter().count(), halves.iter().count());
        for ((name, exact), (_, half)) in exact.weights.iter().zip(halves.iter()) {
            for (exact, half) in exact.values.iter().zip(&half.values) {
                // Eleven bits, and the smallest step below 2^-14.
                let step = exact.abs() / 2048.0 + 3e-8;
                assert!((exact - half).abs() <= step, "{id} {name}: {exact} {half}");
            }
        }
    }
}
