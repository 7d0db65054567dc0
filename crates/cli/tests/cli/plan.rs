//! `convoy plan` as a user calls it: reference values, names, errors and exit codes.

use crate::common::{Subcommand, testbed, text};
use serde_json::Value;
use std::path::Path;

const PLAN: Subcommand = Subcommand("plan");

#[track_caller]
fn near(value: &Value, wanted: f64) {
    let value = value.as_f64().unwrap();
    assert!((value / wanted - 1.0).abs() < 0.005, "{value} is not {wanted}");
}

#[test]
fn the_papers_testbed_is_planned_as_known() {
    let plan = PLAN.json(&["--model", "vgg16", "--cluster", &testbed(), "--scheme", "pico"]);
    assert_eq!(plan["model"], "vgg16");
    assert_eq!(plan["scheme"], "pico");
    near(&plan["period"], 1.558);
    near(&plan["latency"], 5.073);
    assert_eq!(plan["idle"], serde_json::json!([]));
    let stages = plan["stages"].as_array().unwrap();
    let cuts: Vec<_> = stages.iter().map(|stage| stage["pieces"].to_string()).collect();
    assert_eq!(cuts, ["[0,6]", "[6,10]", "[10,14]", "[14,18]", "[18,21]"]);
    for (stage, seconds) in stages.iter().zip([1.558, 1.299, 1.442, 0.774]) {
        near(&stage["seconds"], seconds);
    }
    let mut names: Vec<&str> = Vec::new();
    for stage in &stages[..4] {
        let outputs = stage["outputs"].as_array().unwrap();
        let inputs = stage["inputs"].as_array().unwrap();
        assert!(stage["layers"].as_array().unwrap().contains(&outputs[0]["name"]));
        for tile in stage["tiles"].as_array().unwrap() {
            names.push(tile["name"].as_str().unwrap());
            assert!(tile["macs"].as_u64().unwrap() > 0 && tile["device"].is_u64());
            assert_eq!(tile["regions"].as_array().unwrap().len(), outputs.len());
            assert_eq!(tile["input_regions"].as_array().unwrap().len(), inputs.len());
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["pi-1", "pi-2", "pi-3", "pi-4", "pi-5", "pi-6", "pi-7", "pi-8"]);
}

#[test]
fn schemes_and_limits_are_heard() {
    let cluster = testbed();
    let alone = PLAN.json(&["--model", "vgg16", "--cluster", &cluster, "--scheme", "single"]);
    near(&alone["period"], 7.67);
    assert_eq!(alone["idle"].as_array().unwrap().len(), 7);
    let pico = ["--model", "vgg16", "--cluster", &cluster, "--scheme", "pico"];
    let quick = PLAN.json(&[&pico[..], &["--latency-limit", "3.9"]].concat());
    near(&quick["period"], 1.649);
    near(&quick["latency"], 3.865);
    let best = PLAN.json(&["--model", "squeezenet1.1", "--cluster", &cluster, "--budget", "1"]);
    assert_eq!(best["scheme"], "best");
    assert!(best["predicted"]["period"].as_f64().unwrap() > 0.0);
}

#[test]
fn people_get_an_aligned_table() {
    let output = PLAN.run(&["--model", "vgg16", "--cluster", &testbed(), "--scheme", "pico"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let said = text(&output.stdout);
    assert!(said.contains("stage 1: pieces 0-5") && said.contains("period 1.55"), "{said}");
    let tiles: Vec<&str> = said.lines().filter(|line| line.starts_with("  pi-")).collect();
    assert_eq!(tiles.len(), 9);
    assert!(tiles.iter().all(|line| line.len() == tiles[0].len()), "{said}");
    // Below, the first frames on all devices, in lines that fit a terminal.
    let mut timeline = said.lines().skip_while(|line| !line.starts_with("the first 5 frames"));
    assert!(timeline.next().is_some(), "{said}");
    let timeline: Vec<&str> = timeline.collect();
    assert_eq!(timeline.iter().filter(|line| line.starts_with("pi-")).count(), 8);
    assert!(timeline.iter().all(|line| line.chars().count() <= 100), "{said}");
}

#[test]
fn groups_gathers_cells_and_lines_are_shown() {
    let said = |scheme: &str, cluster: &str| {
        let output = PLAN.run(&["--model", "vgg16", "--cluster", cluster, "--scheme", scheme]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let cluster = testbed();
    assert!(said("replicated", &cluster).contains("group 2 of 8, 1 of 8 frames"));
    assert!(said("layer-wise", &cluster).contains("stage 2: gathers at pi-1, before piece 1\n"));
    assert!(said("early-fused", &cluster).contains(", columns 0.."));
    let plan = PLAN.json(&["--model", "vgg16", "--cluster", &cluster, "--scheme", "replicated"]);
    assert_eq!(plan["stages"][0]["turns"], serde_json::json!([1, 1, 1, 1, 1, 1, 1, 1]));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.toml");
    let far = "[[device]]\nname = \"far\"\ngmacs = 3\nmbit = 20\nup_mbit = 5\n";
    let near = "[[device]]\nname = \"near\"\ngmacs = 1\n";
    std::fs::write(&path, format!("[network]\nmbit = 50\n{far}{near}")).unwrap();
    let said = said("single", path.to_str().unwrap());
    assert!(said.contains("  far: 5.0 Mbit/s up, 20.0 Mbit/s down\n"), "{said}");
    assert!(!said.contains("near: "), "{said}");
}

#[test]
fn the_front_stands_beside_the_plan() {
    let plan = PLAN.json(&["--model", "resnet34", "--cluster", &testbed(), "--scheme", "best"]);
    let front = &plan["front"];
    let plans = front["plans"].as_array().unwrap();
    assert_eq!(plans[0], plan["predicted"]);
    assert!(plans.len() > 1 && front["exact"].as_bool() == Some(true), "{front}");
    assert!(front["bound"]["period"].as_f64() <= plans[0]["period"].as_f64(), "{front}");
    let said = PLAN.run(&["--model", "resnet34", "--cluster", &testbed(), "--scheme", "best"]);
    let said = text(&said.stdout);
    assert!(said.contains(&format!("{} plans to choose from", plans.len())), "{said}");
}

#[test]
fn a_package_folder_is_a_model_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/models/mnist");
    let plan = PLAN.json(&["--model", folder.to_str().unwrap(), "--cluster", &testbed()]);
    assert_eq!(plan["model"], "mnist");
}

#[test]
fn what_makes_no_sense_is_named() {
    let cluster = testbed();
    let at = |model| ["--model", model, "--cluster", &cluster];
    PLAN.refused(&at("vgg61"), 2, &["'vgg61'", "vgg16", "squeezenet1.1"]);
    let vgg = at("vgg16");
    PLAN.refused(
        &[&vgg[..], &["--scheme", "best-guess"]].concat(),
        2,
        &["best-guess", "single, replicated"],
    );
    PLAN.refused(&[&vgg[..], &["--latency-limit=-1"]].concat(), 2, &["above 0"]);
    PLAN.refused(&[&vgg[..], &["--latency-limit=nan"]].concat(), 2, &["above 0"]);
    PLAN.refused(&[&vgg[..], &["--budget", "0"]].concat(), 2, &["above 0"]);
    let single = ["--scheme", "single", "--latency-limit", "1"];
    PLAN.refused(&[&vgg[..], &single].concat(), 2, &["within 1 s"]);
    PLAN.refused(&vgg[..2], 2, &["--cluster"]);
    PLAN.refused(&["--model", "vgg16", "--cluster", "/no/such.toml"], 3, &["/no/such.toml"]);
    PLAN.refused(&["--model", "vgg16", "--cluster", "/"], 3, &["cannot read the cluster file /"]);
    let slip = testbed().replace("cluster.toml", "clusters.toml");
    PLAN.refused(
        &["--model", "vgg16", "--cluster", &slip],
        3,
        &["there are: ", "docs/cluster.toml"],
    );
}

#[test]
fn cluster_files_that_make_no_sense_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.toml");
    let network = "[network]\nmbit = 50\n";
    for (content, part) in [
        (String::new(), "network"),
        (network.to_owned(), "[[device]]"),
        (format!("{network}[[device]]\nname = \"slow pi\"\ngmacs = 0\n"), "slow pi"),
        (format!("{network}[[device]]\nname = \"a\"\ngmacs = 1\ncount = 999\n"), "count"),
        (
            format!("{network}[[device]]\nname = \"a\"\ngmacs = 1\nmemory_mb = 1\n"),
            "the 553 MB of weights of vgg16",
        ),
        ("#".repeat(2_000_000), "longer"),
    ] {
        std::fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap();
        PLAN.refused(&["--model", "vgg16", "--cluster", path], 2, &[part]);
    }
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    PLAN.refused(&["--model", "vgg16", "--cluster", path.to_str().unwrap()], 2, &["not text"]);
}

#[test]
fn a_head_that_no_device_can_hold_is_shown_by_its_features() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.toml");
    let devices = "[[device]]\nname = \"phone\"\ngmacs = 2\nmemory_mb = 250\ncount = 4\n";
    std::fs::write(&path, format!("[network]\nmbit = 100\n{devices}")).unwrap();
    let output = PLAN.run(&["--model", "vgg16", "--cluster", &path.display().to_string()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let line = said.lines().find(|line| line.contains("features 0..")).unwrap();
    assert!(line.contains(" of 4096") && line.contains("reads 0..7"), "{line}");
    assert!(said.contains("(flatten .. fc6)"), "{said}");
}
