//! Packages as they are written, found and read again.

use super::{Folder, MANIFEST, PackageSource, Precision, WriteError, write};
use crate::catalog::{Catalog, CatalogError};
use crate::weights::{self, Weights};
use crate::{
    Activation, AnswerKind, Channels, Fit, Graph, Model, Node, NodeId, Op, Preprocess, Shape,
    WeightSource, Window,
};
use std::path::Path;

/// A convolution, a pool, an affine layer and a fully connected one: each kind of weights, and a
/// piece without any.
fn model(id: &str) -> Model {
    let node = |name: &str, op: Op, shape: [u32; 3], input: Option<u32>| Node {
        name: name.to_owned(),
        op,
        inputs: input.map(NodeId).into_iter().collect(),
        shape: Shape::from(shape),
    };
    let activation = Activation::LeakyRelu { slope: 0.1 };
    let conv = Op::Conv { window: Window::square(3, 1, 1), filters: 4, groups: 1, activation };
    let gemm = Op::Gemm { filters: 2, activation: Activation::None };
    let graph = Graph {
        nodes: vec![
            node("image", Op::Input, [3, 8, 8], None),
            node("first/conv", conv, [4, 8, 8], Some(0)),
            node("pool", Op::MaxPool { window: Window::square(2, 2, 0) }, [4, 4, 4], Some(1)),
            node("affine", Op::Affine, [4, 4, 4], Some(2)),
            node("flat", Op::Flatten, [64, 1, 1], Some(3)),
            node("scores", gemm, [2, 1, 1], Some(4)),
        ],
        outputs: vec![NodeId(5)],
    };
    let pieces = crate::pieces(&graph);
    Model {
        id: id.to_owned(),
        title: "A small network, \"quoted\"".to_owned(),
        graph,
        pieces,
        preprocess: Preprocess {
            fit: Fit::Letterbox { fill: 128 },
            channels: Channels::Bgr,
            mean: [123.68, 116.779, 103.939],
            std: [1.0, 58.5, 255.0],
        },
        answer: AnswerKind::Labels,
        labels: vec!["a, b".to_owned(), "größer {1}".to_owned()],
        weights: WeightSource::Seeded { seed: 7 },
    }
}

fn numbers(model: &Model) -> Weights {
    weights::seeded(&model.graph, 7, 0..model.graph.nodes.len() as u32)
}

/// Writes `model` into `folder` and reads its catalog.
fn written(folder: &Path, model: Model, precision: Precision) -> (Model, Catalog) {
    let numbers = numbers(&model);
    let model = write(folder, model, &numbers, precision).unwrap();
    let mut catalog = Catalog::empty();
    catalog.add(Folder::new(folder)).unwrap();
    (model, catalog)
}

/// All weights of `model` as its package holds them.
fn read_back(catalog: &Catalog, model: &Model) -> Weights {
    let WeightSource::Files { files } = &model.weights else { panic!("files are expected") };
    let mut all = Weights::new();
    for (piece, file) in model.pieces.iter().zip(files) {
        let content = catalog.file(&model.id, &file.file).unwrap();
        assert_eq!(content.len() as u64, file.bytes);
        assert!(file.file.contains(&file.sha256[..12]));
        all.extend(&weights::from_safetensors(&model.graph, piece, &content).unwrap());
    }
    all
}

#[test]
fn what_is_written_reads_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let original = model("small-1.0");
    let (model, catalog) = written(folder.path(), original.clone(), Precision::F32);
    assert_eq!(*catalog.model("small-1.0").unwrap(), model);
    assert_eq!(Model { weights: original.weights.clone(), ..model.clone() }, original);
    let (before, after) = (numbers(&original), read_back(&catalog, &model));
    assert!(before.iter().eq(after.iter()));
    assert_eq!(before.iter().count(), 6);
}

#[test]
fn half_precision_halves_the_bytes_and_keeps_eleven_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (model, catalog) = written(folder.path(), model("half"), Precision::F16);
    let (before, after) = (numbers(&model), read_back(&catalog, &model));
    for ((name, before), (_, after)) in before.iter().zip(after.iter()) {
        for (exact, half) in before.values.iter().zip(&after.values) {
            assert!((exact - half).abs() <= exact.abs() / 2048.0 + 1e-7, "{name}: {exact} {half}");
        }
    }
}

#[test]
fn the_manifest_has_a_line_for_each_layer() {
    let folder = tempfile::tempdir().unwrap();
    let (_, catalog) = written(folder.path(), model("small"), Precision::F16);
    let text = catalog.manifest("small").unwrap();
    let file = folder.path().join("small").join(MANIFEST);
    assert_eq!(text, std::fs::read_to_string(file).unwrap());
    for name in ["first/conv", "pool", "affine", "scores"] {
        let lines = text.lines().filter(|line| line.contains(&format!("\"name\":\"{name}\"")));
        assert_eq!(lines.count(), 1, "{text}");
    }
    assert!(text.lines().all(|line| line.len() < 300), "{text}");
}

#[test]
fn a_damaged_weight_file_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (model, catalog) = written(folder.path(), model("small"), Precision::F16);
    let WeightSource::Files { files } = &model.weights else { panic!("files are expected") };
    let path = folder.path().join("small").join(&files[0].file);
    let mut content = std::fs::read(&path).unwrap();
    *content.last_mut().unwrap() ^= 1;
    std::fs::write(&path, content).unwrap();
    let error = catalog.file("small", &files[0].file).unwrap_err();
    assert!(matches!(error, CatalogError::Damaged { .. }));
    for part in ["small", &files[0].file, &files[0].sha256] {
        assert!(error.to_string().contains(part), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    let gone = catalog.file("small", &files[0].file).unwrap_err();
    assert!(matches!(gone, CatalogError::Unreadable { .. }), "{gone}");
}

#[test]
fn only_files_that_the_manifest_lists_go_out() {
    let folder = tempfile::tempdir().unwrap();
    let (_, catalog) = written(folder.path(), model("small"), Precision::F16);
    std::fs::write(folder.path().join("small/notes.txt"), "private").unwrap();
    for file in ["notes.txt", MANIFEST, "../small/model.json", ""] {
        let error = catalog.file("small", file).unwrap_err();
        assert!(matches!(error, CatalogError::UnknownFile { .. }), "{file}: {error}");
    }
    let error = catalog.file("large", "x").unwrap_err();
    assert_eq!(error.to_string(), "there is no model 'large'; there are: small");
}

#[test]
fn a_package_that_is_not_sound_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), model("small"), Precision::F16);
    let path = folder.path().join("small").join(MANIFEST);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"filters\":4", "\"filters\":5")).unwrap();
    let error = Catalog::empty().add(Folder::new(folder.path())).unwrap_err();
    assert!(matches!(error, CatalogError::BadManifest { .. }));
    assert!(error.to_string().contains("small/model.json"), "{error}");

    std::fs::write(&path, text).unwrap();
    std::fs::rename(folder.path().join("small"), folder.path().join("other")).unwrap();
    let error = Catalog::empty().add(Folder::new(folder.path())).unwrap_err();
    assert!(error.to_string().contains("rename the folder to 'small'"), "{error}");
}

#[test]
fn a_folder_or_an_id_names_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut catalog) = written(folder.path(), model("small"), Precision::F16);
    assert_eq!(*catalog.resolve("small").unwrap(), model);
    let mut empty = Catalog::empty();
    let path = folder.path().join("small");
    assert_eq!(*empty.resolve(path.to_str().unwrap()).unwrap(), model);
    assert_eq!(empty.ids().collect::<Vec<_>>(), ["small"]);
    assert!(matches!(empty.resolve("/no/such/folder"), Err(CatalogError::UnknownModel { .. })));
}

#[test]
fn writing_again_replaces_the_package_and_keeps_the_notes_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), model("small"), Precision::F16);
    let package = folder.path().join("small");
    std::fs::write(package.join("PROVENANCE.md"), "from here").unwrap();
    let (model, _) = written(folder.path(), model("small"), Precision::F32);
    assert_eq!(std::fs::read_to_string(package.join("PROVENANCE.md")).unwrap(), "from here");
    // The manifest, one file a piece, the note; nothing of the first writing.
    assert_eq!(std::fs::read_dir(&package).unwrap().count(), 1 + model.pieces.len() + 1);
    assert_eq!(Folder::new(folder.path()).packages().unwrap(), ["small"]);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let entries = || std::fs::read_dir(folder.path()).unwrap().count();
    let small = model("small");
    let missing = write(folder.path(), small.clone(), &Weights::new(), Precision::F16);
    assert!(matches!(missing, Err(WriteError::Weights(_))));
    let mut huge = numbers(&small);
    let mut bias = (**huge.get("scores.bias").unwrap()).clone();
    bias.values[0] = 1e6;
    huge.insert("scores.bias".to_owned(), bias);
    let error = write(folder.path(), small.clone(), &huge, Precision::F16).unwrap_err();
    assert!(error.to_string().contains("scores.bias") && error.to_string().contains("--f32"));
    let unsound = Model { labels: vec!["only one".to_owned()], ..small.clone() };
    let numbers = numbers(&small);
    let unsound = write(folder.path(), unsound, &numbers, Precision::F16);
    assert!(matches!(unsound, Err(WriteError::Unsound(_))));
    assert_eq!(entries(), 0);

    std::fs::create_dir_all(folder.path().join("small/holiday photos")).unwrap();
    let occupied = write(folder.path(), small.clone(), &numbers, Precision::F16);
    assert!(matches!(occupied, Err(WriteError::Occupied(_))));
    assert!(folder.path().join("small/holiday photos").is_dir());
    assert_eq!(entries(), 1);
}

#[test]
fn the_zoo_is_in_the_catalog_with_a_manifest_that_is_sound() {
    let catalog = Catalog::zoo();
    assert!(catalog.ids().eq(["inceptionv3", "resnet34", "vgg16", "yolov2", "yolov2-chain"]));
    for model in catalog.models() {
        let text = catalog.manifest(&model.id).unwrap();
        assert_eq!(Model::parse(text.as_bytes()).unwrap(), **model);
        let error = catalog.file(&model.id, "piece-00.safetensors").unwrap_err();
        assert!(matches!(error, CatalogError::UnknownFile { .. }));
    }
}
