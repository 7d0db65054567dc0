//! Real photographs and real networks' outputs: the input tensors are those that ONNX Runtime was
//! given, the answers those that the networks are known for.

use convoy_model::{
    Answer, AnswerKind, Channels, Fit, Graph, Model, Node, NodeId, Op, Preprocess, Shape,
    WeightSource,
};
use convoy_picture::answer::{Output, agrees, decode};
use convoy_picture::{Dimensions, Photo, fit, normalise};
use safetensors::SafeTensors;
use std::path::Path;

fn read(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A golden tensor as its shape and its values in row, column, channel order (the file is NCHW).
fn golden(file: &[u8], name: &str) -> (Shape, Vec<f32>) {
    let tensors = SafeTensors::deserialize(file).unwrap();
    let tensor = tensors.tensor(name).unwrap();
    let values: Vec<f32> =
        tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let extent = |axis: usize| tensor.shape().get(axis).map_or(1, |&n| n as u32);
    let shape = Shape::new(extent(1), extent(2), extent(3));
    let plane = (shape.height * shape.width) as usize;
    let interleaved = (0..plane).flat_map(|pixel| values[pixel..].iter().step_by(plane).copied());
    (shape, interleaved.collect())
}

fn photo(name: &str) -> Photo {
    Photo::decode(&read(&format!("www/samples/{name}.jpg"))).unwrap()
}

fn squeezenet() -> Preprocess {
    Preprocess {
        fit: Fit::Crop { fraction: 0.875 },
        channels: Channels::Bgr,
        mean: [123.68, 116.779, 103.939],
        std: [1.0; 3],
    }
}

fn yolo() -> Preprocess {
    Preprocess {
        fit: Fit::Letterbox { fill: 128 },
        channels: Channels::Rgb,
        mean: [0.0; 3],
        std: [255.0; 3],
    }
}

fn hed() -> Preprocess {
    Preprocess {
        fit: Fit::Stretch,
        channels: Channels::Bgr,
        mean: [122.678_92, 116.668_77, 104.006_99],
        std: [1.0; 3],
    }
}

/// A network of an input and some outputs: all that reading an answer looks at.
fn model(input: Shape, outputs: &[Shape], preprocess: Preprocess, answer: AnswerKind) -> Model {
    let node = |name: String, op, inputs, shape| Node { name, op, inputs, shape };
    let mut nodes = vec![node("input".to_owned(), Op::Input, vec![], input)];
    for (index, shape) in outputs.iter().enumerate() {
        nodes.push(node(format!("out{index}"), Op::Softmax, vec![NodeId::INPUT], *shape));
    }
    let outputs = (1..).map(NodeId).take(outputs.len()).collect();
    Model {
        id: "golden".to_owned(),
        title: String::new(),
        graph: Graph { nodes, outputs },
        pieces: vec![],
        preprocess,
        answer,
        labels: ["person", "bicycle", "car", "motorbike", "aeroplane", "bus", "train", "truck"]
            .map(str::to_owned)
            .to_vec(),
        weights: WeightSource::Seeded { seed: 0 },
    }
}

/// Mean and largest difference in grey levels of 255, between our input and the golden one.
fn input_difference(name: &str, file: &str, preprocess: &Preprocess) -> (f32, f32) {
    let (shape, expected) = golden(&read(&format!("tests/golden/{file}")), "input");
    let ours = normalise(&fit(&photo(name), preprocess, shape).unwrap(), preprocess);
    assert_eq!(ours.len(), expected.len());
    let off: Vec<f32> =
        ours.iter().zip(&expected).map(|(a, b)| (a - b).abs() * preprocess.std[0]).collect();
    (off.iter().sum::<f32>() / off.len() as f32, off.iter().copied().fold(0.0, f32::max))
}

#[test]
fn photographs_become_the_golden_inputs() {
    for (name, file, preprocess) in [
        ("coffee", "squeezenet1.1-coffee.safetensors", squeezenet()),
        ("chelsea", "squeezenet1.1-chelsea.safetensors", squeezenet()),
        ("dog", "yolov3-tiny-dog.safetensors", yolo()),
        ("dog", "hed-vgg16-dog.safetensors", hed()),
    ] {
        let (mean, most) = input_difference(name, file, &preprocess);
        println!("{file}: mean {mean:.3}, most {most:.1} of 255");
        assert!(mean < 0.5, "{file}: {mean} of 255 on average");
        assert!(most < 6.0, "{file}: {most} of 255 at worst");
    }
}

#[test]
fn coffee_is_an_espresso_and_chelsea_a_cat() {
    for (name, index, score) in [("coffee", 967, 0.963), ("chelsea", 285, 0.503)] {
        let file = read(&format!("tests/golden/squeezenet1.1-{name}.safetensors"));
        let (shape, values) = golden(&file, "output.prob");
        let model = model(Shape::new(3, 227, 227), &[shape], squeezenet(), AnswerKind::Labels);
        let size = photo(name).dimensions();
        let answer = decode(&model, &[Output { shape, values: &values }], size).unwrap();
        let Answer::Labels { labels } = answer else { panic!("{answer:?}") };
        assert_eq!((labels.len(), labels[0].index), (5, index));
        assert!((labels[0].score - score).abs() < 0.001, "{labels:?}");
        assert!(labels.is_sorted_by(|a, b| a.score >= b.score));
    }
}

#[test]
fn the_dog_the_bicycle_and_the_cars_are_where_they_are() {
    let file = read("tests/golden/yolov3-tiny-dog.safetensors");
    let heads = [golden(&file, "output.l16"), golden(&file, "output.l23")];
    let anchors = vec![
        vec![[81.0, 82.0], [135.0, 169.0], [344.0, 319.0]],
        vec![[10.0, 14.0], [23.0, 27.0], [37.0, 58.0]],
    ];
    let kind = AnswerKind::Boxes { anchors, score: 0.3, overlap: 0.45 };
    let shapes = [heads[0].0, heads[1].0];
    let model = model(Shape::new(3, 416, 416), &shapes, yolo(), kind);
    let outputs = heads.each_ref().map(|(shape, values)| Output { shape: *shape, values });
    let size = photo("dog").dimensions();
    assert_eq!(size, Dimensions { width: 768, height: 576 });
    let answer = decode(&model, &outputs, size).unwrap();
    let Answer::Boxes { boxes } = &answer else { panic!("{answer:?}") };
    for found in boxes {
        println!("{found:?}");
    }
    // What a person sees in the photograph, in its pixels: left, top, right, bottom.
    for (label, seen) in [
        ("class 16", [130.0, 220.0, 315.0, 545.0]),
        ("bicycle", [115.0, 125.0, 570.0, 430.0]),
        ("car", [465.0, 75.0, 695.0, 170.0]),
    ] {
        let found = boxes.iter().find(|found| found.label == label);
        let found = found.unwrap_or_else(|| panic!("no {label} in {boxes:?}"));
        let centre = [found.x + found.w / 2.0, found.y + found.h / 2.0];
        let middle = [(seen[0] + seen[2]) / 2.0, (seen[1] + seen[3]) / 2.0];
        assert!((centre[0] - middle[0]).abs() < 60.0, "{found:?}");
        assert!((centre[1] - middle[1]).abs() < 60.0, "{found:?}");
    }
    agrees(&answer, &answer).unwrap();
}

#[test]
fn edges_become_a_grey_picture_of_the_outputs_extent() {
    let (shape, values) = golden(&read("tests/golden/hed-vgg16-dog.safetensors"), "output.edges");
    let model = model(Shape::new(3, 224, 224), &[shape], hed(), AnswerKind::Map);
    let size = Dimensions { width: 768, height: 576 };
    let whole = decode(&model, &[Output { shape, values: &values }], size).unwrap();
    let Answer::Map { map } = &whole else { panic!("{whole:?}") };
    assert_eq!((map.width, map.height), (224, 224));
    let rounded: Vec<f32> = values.iter().map(|v| (v * 500.0).round() / 500.0).collect();
    let rounded = decode(&model, &[Output { shape, values: &rounded }], size).unwrap();
    agrees(&rounded, &whole).unwrap();
    let inverse: Vec<f32> = values.iter().map(|v| 1.0 - v).collect();
    let inverse = decode(&model, &[Output { shape, values: &inverse }], size).unwrap();
    assert!(agrees(&inverse, &whole).is_err());
}
