//! Real networks on real photographs, against what ONNX Runtime computes in f32.

use convoy_engine::{Map, TileEngine};
use convoy_model::catalog::Catalog;
use convoy_model::package::Folder;
use convoy_model::{
    Graph, Kernels, NodeId, Region, Segment, WeightSource, Weights, onnx, pieces, weights,
};
use safetensors::SafeTensors;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a network undivided.
fn run(graph: &Graph, weights: &Weights, kernels: Kernels, input: Map) -> Vec<(String, Map)> {
    let pieces = pieces(graph);
    let segment = Segment::new(graph, &pieces, 0..pieces.len());
    let wanted: Vec<Region> =
        segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
    let engine = TileEngine::new(graph, &segment, &wanted, weights, kernels).unwrap();
    let made = engine.run(&[input]).unwrap();
    segment.outputs.iter().map(|id| graph.node(*id).name.clone()).zip(made).collect()
}

/// The largest difference of any output from the golden one.
fn largest_difference(file: &str, graph: &Graph, weights: &Weights, kernels: Kernels) -> f32 {
    let bytes = std::fs::read(root().join(format!("tests/golden/{file}.safetensors"))).unwrap();
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| -> Vec<f32> {
        let tensor = golden.tensor(name).unwrap();
        tensor.data().as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
    };
    let shape = graph.shape(NodeId::INPUT);
    let input = Map {
        region: Region::whole(shape),
        channels: shape.channels,
        values: channels_last(&values("input"), shape.channels as usize),
    };
    let mut largest: f32 = 0.0;
    let outputs = run(graph, weights, kernels, input);
    assert_eq!(outputs.len() + 1, golden.names().len(), "outputs of {file}");
    for (name, made) in outputs {
        let expected = channels_last(&values(&format!("output.{name}")), made.channels as usize);
        assert_eq!(made.values.len(), expected.len(), "{name}");
        for (made, expected) in made.values.iter().zip(&expected) {
            largest = largest.max((made - expected).abs());
        }
    }
    largest
}

/// From channel, row, column order to row, column, channel order.
fn channels_last(values: &[f32], channels: usize) -> Vec<f32> {
    let pixels = values.len() / channels;
    let mut turned = vec![0.0; values.len()];
    for channel in 0..channels {
        for pixel in 0..pixels {
            turned[pixel * channels + channel] = values[channel * pixels + pixel];
        }
    }
    turned
}

const BOTH: [Kernels; 2] = [Kernels::Direct, Kernels::Fast];

#[test]
fn squeezenet_in_f32_is_within_1e_4_of_onnx_runtime() {
    let bytes = std::fs::read(root().join("tests/models/squeezenet1.1.onnx")).unwrap();
    let imported = onnx::import(&bytes).unwrap();
    for file in ["squeezenet1.1-coffee", "squeezenet1.1-chelsea"] {
        for kernels in BOTH {
            let off = largest_difference(file, &imported.graph, &imported.weights, kernels);
            assert!(off < 1e-4, "{file} is off by {off} with {kernels:?}");
        }
    }
}

/// A shipped package; its weights are f16, so that its numbers are not quite the golden ones.
fn shipped(id: &str) -> (Graph, Weights) {
    let mut catalog = Catalog::empty();
    catalog.add(Folder::new(root().join("www/models"))).unwrap();
    let model = catalog.model(id).unwrap();
    let WeightSource::Files { files } = &model.weights else { panic!("{id} has files") };
    let mut all = Weights::new();
    for (piece, file) in model.pieces.iter().zip(files) {
        let content = catalog.file(id, &file.file).unwrap();
        all.extend(&weights::from_safetensors(&model.graph, piece, &content).unwrap());
    }
    (model.graph.clone(), all)
}

#[test]
fn yolo_with_f16_weights_stays_near_onnx_runtime() {
    let (graph, weights) = shipped("yolov3-tiny");
    // Raw logits; rounding the weights to f16 moves the worst of them by 0.079.
    for kernels in BOTH {
        let off = largest_difference("yolov3-tiny-dog", &graph, &weights, kernels);
        assert!(off < 0.1, "off by {off} with {kernels:?}");
    }
}

#[test]
fn hed_with_f16_weights_stays_near_onnx_runtime() {
    let (graph, weights) = shipped("hed-vgg16");
    // Probabilities.
    for kernels in BOTH {
        let off = largest_difference("hed-vgg16-dog", &graph, &weights, kernels);
        assert!(off < 0.01, "off by {off} with {kernels:?}");
    }
}
