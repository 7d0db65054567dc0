//! The networks of the paper, as descriptions with seeded weights: for speed and for plans. Their
//! answers mean nothing and are never shown as labels.

mod inception;
mod resnet;
mod vgg;
mod yolo;

use crate::{AnswerKind, Channels, Fit, Graph, Model, Preprocess, WeightSource, pieces};

/// Every network of the zoo.
pub const IDS: &[&str] = &["vgg16", "yolov2", "yolov2-chain", "resnet34", "inceptionv3"];

/// The network called `id`.
#[must_use]
pub fn model(id: &str) -> Option<Model> {
    let (title, graph, fit) = match id {
        "vgg16" => ("VGG-16 (seeded weights)", vgg::vgg16(), Fit::Crop { fraction: 0.875 }),
        "yolov2" => ("YOLOv2 (seeded weights)", yolo::yolov2(), Fit::Letterbox { fill: 128 }),
        "yolov2-chain" => (
            "YOLOv2 without passthrough (seeded weights)",
            yolo::yolov2_chain(),
            Fit::Letterbox { fill: 128 },
        ),
        "resnet34" => {
            ("ResNet34 (seeded weights)", resnet::resnet34(), Fit::Crop { fraction: 0.875 })
        }
        "inceptionv3" => (
            "InceptionV3 (seeded weights)",
            inception::inceptionv3(),
            Fit::Crop { fraction: 0.875 },
        ),
        _ => return None,
    };
    Some(described(id, title, graph, fit))
}

fn described(id: &str, title: &str, graph: Graph, fit: Fit) -> Model {
    let pieces = pieces(&graph);
    Model {
        id: id.into(),
        title: title.into(),
        graph,
        pieces,
        preprocess: Preprocess { fit, channels: Channels::Rgb, mean: [127.5; 3], std: [127.5; 3] },
        answer: AnswerKind::Raw,
        labels: Vec::new(),
        weights: WeightSource::Seeded { seed: 2021 },
    }
}
