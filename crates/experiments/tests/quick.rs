//! The whole command on a few small cells.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

/// Runs the quick grid; its exit code, 0 or 1 by its checks.
fn run(out: &Path) -> i32 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoy-experiments"));
    command.arg("--quick").arg("--out").arg(out);
    command.status().unwrap().code().unwrap()
}

#[test]
fn a_quick_run_writes_all_of_it_and_a_rerun_the_same() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let code = run(first.path());
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let report = read(first.path(), "README.md");
    for section in [
        "# Experiments",
        "## The grid",
        "## Checks: `best` is never worse",
        "## Beside the paper",
        "## Where this disagrees with the paper",
        "## Every scheme on 3 devices",
        "## Plots",
    ] {
        assert!(report.contains(section), "the report lacks {section:?}:\n{report}");
    }
    assert_eq!(code, i32::from(!report.contains("None was lost.")), "{report}");
    // What the formula says does not hang on the length of a play.
    for kind in ["period at", "period under", "mean latency at each rate, by formula"] {
        let row = report.lines().find(|line| line.starts_with(&format!("| {kind}"))).unwrap();
        assert_eq!(row.split('|').nth(4).unwrap().trim(), "0", "{row}");
    }
    let planning = read(first.path(), "planning.md");
    assert!(planning.contains("## 3 unequal devices"), "{planning}");
    assert!(planning.contains("fc6"), "{planning}");

    let mut plots = 0;
    for entry in std::fs::read_dir(first.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = read(first.path(), &name);
        if name.ends_with(".svg") {
            let drawing = roxmltree::Document::parse(&text).unwrap();
            assert_eq!(drawing.root_element().tag_name().name(), "svg", "{name}");
            let labels: Vec<_> = drawing.descendants().filter_map(|node| node.text()).collect();
            let labels = labels.join(" ");
            for network in ["vgg16", "yolov2", "resnet34", "inceptionv3"] {
                assert!(labels.contains(network), "{name} lacks {network}: {labels}");
            }
            assert!(report.contains(&name) || planning.contains(&name), "{name} is not shown");
            plots += 1;
        }
    }
    assert_eq!(plots, 10);
    // 4 networks: 2 sizes, equal and mixed, and the largest twice with lines; 9 schemes each.
    assert_eq!(read(first.path(), "cells.csv").lines().count(), 1 + 4 * 6 * 9);
    assert_eq!(read(first.path(), "loads.csv").lines().count(), 1 + 4 * 2 * 9 * 9);

    assert_eq!(run(second.path()), code);
    for name in ["README.md", "cells.csv", "loads.csv", "latency-mixed.svg"] {
        assert_eq!(read(first.path(), name), read(second.path(), name), "{name} differs");
    }
}
