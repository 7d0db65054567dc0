//! Reading answers from outputs made by hand, packages that do not fit, and when two answers agree.

use convoy_model::{
    Answer, AnswerKind, Channels, Fit, FoundBox, Graph, LabelScore, Model, Node, NodeId, Op,
    Preprocess, Shape, WeightSource,
};
use convoy_picture::answer::{AnswerError, Output, agrees, decode};
use convoy_picture::{Dimensions, Photo, PictureError, fit, normalise};

const PHOTO: Dimensions = Dimensions { width: 200, height: 100 };

fn preprocess(fit: Fit, channels: Channels) -> Preprocess {
    Preprocess { fit, channels, mean: [10.0, 20.0, 30.0], std: [1.0, 2.0, 4.0] }
}

fn model(answer: AnswerKind, fit: Fit, output: Shape) -> Model {
    let node = |name: &str, op, inputs, shape| Node { name: name.to_owned(), op, inputs, shape };
    let nodes = vec![
        node("input", Op::Input, vec![], Shape::new(3, 100, 100)),
        node("out", Op::Softmax, vec![NodeId::INPUT], output),
    ];
    Model {
        id: "by-hand".to_owned(),
        title: String::new(),
        graph: Graph { nodes, outputs: vec![NodeId(1)] },
        pieces: vec![],
        preprocess: preprocess(fit, Channels::Rgb),
        answer,
        labels: vec!["cat".to_owned(), "dog".to_owned()],
        weights: WeightSource::Seeded { seed: 0 },
    }
}

fn boxes_of(values: &[f32], side: u32) -> Result<Vec<FoundBox>, AnswerError> {
    let kind = AnswerKind::Boxes { anchors: vec![vec![[20.0, 10.0]]], score: 0.3, overlap: 0.45 };
    let shape = Shape::new(7, side, side);
    let model = model(kind, Fit::Letterbox { fill: 128 }, shape);
    match decode(&model, &[Output { shape, values }], PHOTO)? {
        Answer::Boxes { boxes } => Ok(boxes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn means_and_deviations_follow_their_channel_into_the_networks_order() {
    let photo = Photo::from_rgb(1, 1, vec![110, 120, 130]).unwrap();
    let value = |channels, count| {
        let preprocess = preprocess(Fit::Stretch, channels);
        let pixels = fit(&photo, &preprocess, Shape::new(count, 1, 1)).unwrap();
        normalise(&pixels, &preprocess)
    };
    assert_eq!(value(Channels::Rgb, 3), [100.0, 50.0, 25.0]);
    assert_eq!(value(Channels::Bgr, 3), [25.0, 50.0, 100.0]);
    // 0.299 * 110 + 0.587 * 120 + 0.114 * 130 = 118.15, and the first mean and deviation.
    assert_eq!(value(Channels::Gray, 1), [108.0]);
    let wrong = fit(&photo, &preprocess(Fit::Stretch, Channels::Gray), Shape::new(3, 1, 1));
    assert_eq!(wrong, Err(PictureError::Channels { expected: 3, made: 1 }));
}

#[test]
fn a_letterbox_is_grey_outside_the_photograph() {
    let photo = Photo::from_rgb(4, 2, vec![200; 24]).unwrap();
    let preprocess = preprocess(Fit::Letterbox { fill: 7 }, Channels::Rgb);
    let pixels = fit(&photo, &preprocess, Shape::new(3, 8, 8)).unwrap();
    for (row, values) in pixels.chunks_exact(24).enumerate() {
        let expected = if (2..6).contains(&row) { 200 } else { 7 };
        assert!(values.iter().all(|value| *value == expected), "row {row}: {values:?}");
    }
}

#[test]
fn a_box_in_the_middle_cell_lands_in_the_photographs_middle() {
    // One cell: x = y = 50 of 100; w = 20, h = 10; the photograph is twice as wide as high, so the
    // letterbox halves it and leaves 25 rows above.
    let boxes = boxes_of(&[0.0, 0.0, 0.0, 0.0, 9.0, -9.0, 9.0], 1).unwrap();
    let [found] = &boxes[..] else { panic!("{boxes:?}") };
    assert_eq!(found.label, "dog");
    let near = |a: f32, b: f32| (a - b).abs() < 1e-3;
    assert!(near(found.x, 80.0) && near(found.w, 40.0), "{found:?}");
    assert!(near(found.y, 40.0) && near(found.h, 20.0), "{found:?}");
    assert!(found.score > 0.99, "{found:?}");
}

#[test]
fn of_two_boxes_of_one_class_that_overlap_the_stronger_stays() {
    let mut values = [-20.0; 4 * 7];
    // Neighbours that both point at their common border, one of them also a cat.
    values[..7].copy_from_slice(&[9.0, 0.0, 0.0, 0.0, 9.0, 1.0, 5.0]);
    values[7..14].copy_from_slice(&[-9.0, 0.0, 0.0, 0.0, 9.0, -9.0, 9.0]);
    let boxes = boxes_of(&values, 2).unwrap();
    let labels: Vec<&str> = boxes.iter().map(|found| found.label.as_str()).collect();
    assert_eq!(labels, ["dog", "cat"]);
    assert!(boxes[0].score > 0.999, "{boxes:?}");
}

#[test]
fn numbers_that_are_none_make_no_boxes() {
    let found = boxes_of(&[f32::NAN, 0.0, f32::INFINITY, 0.0, 9.0, 9.0, f32::NAN], 1).unwrap();
    assert!(found.is_empty(), "{found:?}");
    let found = boxes_of(&[0.0, 0.0, 0.0, 0.0, f32::NAN, 9.0, 9.0], 1).unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn outputs_that_do_not_fit_the_kind_are_refused_in_words() {
    let shape = Shape::new(3, 2, 2);
    let values = [0.5; 12];
    let output = [Output { shape, values: &values }];
    let anchors = vec![vec![[1.0, 1.0]; 2]];
    for kind in [
        AnswerKind::Labels,
        AnswerKind::Map,
        AnswerKind::Boxes { anchors, score: 0.3, overlap: 0.45 },
        AnswerKind::Boxes { anchors: vec![], score: 0.3, overlap: 0.45 },
    ] {
        let error = decode(&model(kind, Fit::Stretch, shape), &output, PHOTO).unwrap_err();
        assert!(matches!(error, AnswerError::Form { .. }), "{error}");
        assert!(error.to_string().contains("--kind"), "{error}");
    }
    let raw = model(AnswerKind::Raw, Fit::Stretch, shape);
    let short = [Output { shape, values: &values[1..] }];
    assert!(matches!(decode(&raw, &short, PHOTO), Err(AnswerError::Incomplete(_))));
    assert!(matches!(decode(&raw, &[], PHOTO), Err(AnswerError::Incomplete(_))));
}

#[test]
fn raw_outputs_name_their_largest_values_in_channel_row_column_order() {
    let shape = Shape::new(2, 1, 3);
    // Pixels hold (channel 0, channel 1): flat index 4 is channel 1, column 1.
    let values = [0.0, 1.0, 2.0, 9.0, 4.0, 5.0];
    let model = model(AnswerKind::Raw, Fit::Stretch, shape);
    let answer = decode(&model, &[Output { shape, values: &values }], PHOTO).unwrap();
    let Answer::Raw { outputs } = answer else { panic!("{answer:?}") };
    assert_eq!(outputs[0].name, "out");
    assert_eq!(outputs[0].top, [(4, 9.0), (5, 5.0), (2, 4.0), (1, 2.0), (3, 1.0)]);
}

fn labels(scores: &[(u32, f32)]) -> Answer {
    let label =
        |&(index, score): &(u32, f32)| LabelScore { label: format!("{index}"), index, score };
    Answer::Labels { labels: scores.iter().map(label).collect() }
}

#[test]
fn labels_agree_within_the_tolerance_and_change_places_only_within_it() {
    let expected = labels(&[(1, 0.9), (2, 0.04), (3, 0.035), (4, 0.01)]);
    agrees(&labels(&[(1, 0.905), (2, 0.04), (3, 0.035), (4, 0.01)]), &expected).unwrap();
    agrees(&labels(&[(1, 0.9), (3, 0.04), (2, 0.035), (4, 0.01)]), &expected).unwrap();
    agrees(&labels(&[(1, 0.9), (2, 0.04), (3, 0.035), (9, 0.01)]), &expected).unwrap();
    for wrong in [
        labels(&[(1, 0.88), (2, 0.04), (3, 0.035), (4, 0.01)]),
        labels(&[(2, 0.9), (1, 0.04), (3, 0.035), (4, 0.01)]),
        labels(&[(9, 0.9), (2, 0.04), (3, 0.035), (4, 0.01)]),
        labels(&[(1, 0.9), (2, 0.04), (3, 0.035)]),
        labels(&[(1, f32::NAN), (2, 0.04), (3, 0.035), (4, 0.01)]),
        Answer::Boxes { boxes: vec![] },
    ] {
        assert!(agrees(&wrong, &expected).is_err(), "{wrong:?}");
    }
}

#[test]
fn boxes_agree_when_each_has_its_partner() {
    let one = |label: &str, score, x| FoundBox {
        label: label.to_owned(),
        score,
        x,
        y: 10.0,
        w: 100.0,
        h: 50.0,
    };
    let answer = |boxes: &[FoundBox]| Answer::Boxes { boxes: boxes.to_vec() };
    let expected = answer(&[one("dog", 0.8, 10.0), one("cat", 0.795, 200.0)]);
    agrees(&answer(&[one("cat", 0.81, 201.0), one("dog", 0.79, 9.0)]), &expected).unwrap();
    for wrong in [
        answer(&[one("dog", 0.8, 10.0)]),
        answer(&[one("dog", 0.8, 10.0), one("dog", 0.8, 10.0)]),
        answer(&[one("dog", 0.8, 30.0), one("cat", 0.8, 200.0)]),
        answer(&[one("dog", 0.7, 10.0), one("cat", 0.8, 200.0)]),
        answer(&[one("dog", f32::NAN, 10.0), one("cat", 0.8, 200.0)]),
    ] {
        assert!(agrees(&wrong, &expected).is_err(), "{wrong:?}");
    }
}
