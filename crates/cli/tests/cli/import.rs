//! `convoy import` and `convoy models` as a user calls them: files, exit codes, stdout.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn convoy(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoy")).args(args).output().unwrap()
}

fn onnx(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/models").join(name);
    path.display().to_string()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The call fails with `code`, says `part` on stderr, and nothing on stdout.
fn refused(args: &[&str], code: i32, part: &str) {
    let output = convoy(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(said.contains(part), "{args:?}: {said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_imported_network_is_listed_beside_those_that_come_with_convoy() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let labels = folder.path().join("digits.txt");
    std::fs::write(&labels, "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n")
        .unwrap();
    let labels = labels.to_str().unwrap();
    let output = convoy(&[
        "import",
        &onnx("mnist.onnx"),
        "--name",
        "my-digits",
        "--out",
        out,
        "--labels",
        labels,
        "--mean",
        "33.3",
        "--std",
        "78.6",
        "--resize",
        "letterbox",
        "--fill",
        "0",
        "--f32",
        "--json",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let written = json(&output);
    assert_eq!(written["id"], "my-digits");
    assert_eq!(written["kind"], "labels");
    assert_eq!(written["input"], serde_json::json!([1, 28, 28]));
    let manifest = folder.path().join("my-digits/model.json");
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    assert_eq!(manifest["labels"][7], "seven");
    assert_eq!(manifest["preprocess"]["channels"], "gray");

    let listed = json(&convoy(&["models", "--models", out, "--json"]));
    let ids: Vec<&str> = listed["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    for id in ["my-digits", "mnist", "squeezenet1.1", "yolov3-tiny", "hed-vgg16", "vgg16"] {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let mnist = onnx("mnist.onnx");
    let import = |more: &[&str], part: &str| {
        let mut args = vec!["import", mnist.as_str(), "--out", out];
        args.extend(more);
        refused(&args, 2, part);
    };
    import(&["--name", "../up"], "../up");
    import(&["--name", "a/b"], "a/b");
    import(&["--name", ""], "id");
    import(&[], "--name");
    import(&["--name", "x", "--mean", "1,2"], "R,G,B");
    import(&["--name", "x", "--std", "0"], "std");
    import(&["--name", "x", "--channels", "rgb"], "channels");
    import(&["--name", "x", "--kind", "boxes"], "--anchors");
    import(&["--name", "x", "--kind", "map"], "map");
    import(&["--name", "x", "--anchors", "1,2"], "head");
    import(&["--name", "x", "--crop-fraction", "2"], "fraction");
    import(&["--name", "x", "--labels", "/no/such/file"], "/no/such/file");
    let two = folder.path().join("two.txt");
    std::fs::write(&two, "a\nb\n").unwrap();
    import(&["--name", "x", "--labels", two.to_str().unwrap()], "2 labels for 10 classes");
    refused(&["import", "/no/such.onnx", "--name", "x", "--out", out], 2, "/no/such.onnx");
    let photo = onnx("../../www/samples/coffee.jpg");
    refused(&["import", &photo, "--name", "x", "--out", out], 2, "no ONNX file");
    assert!(!folder.path().join("x").exists());
}

#[test]
fn an_operator_that_cannot_be_run_is_named_with_its_node() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(onnx("mnist.onnx")).unwrap();
    // Another operator of as many letters, in every node that pools.
    while let Some(at) = bytes.windows(7).position(|word| word == b"MaxPool") {
        bytes[at..at + 7].copy_from_slice(b"MinPool");
    }
    let file = folder.path().join("odd.onnx");
    std::fs::write(&file, bytes).unwrap();
    let out = folder.path().to_str().unwrap();
    let args = ["import", file.to_str().unwrap(), "--name", "odd", "--out", out];
    refused(&args, 2, "3 of the network's layers cannot be run");
    refused(&args, 2, "MinPool '");
    refused(&args, 2, "this operator is not supported");
    assert!(!folder.path().join("odd").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_the_environments_fault() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let out = file.to_str().unwrap();
    refused(&["import", &onnx("mnist.onnx"), "--name", "x", "--out", out], 3, out);
    let missing = folder.path().join("missing");
    refused(&["models", "--models", missing.to_str().unwrap()], 3, "missing");
}
