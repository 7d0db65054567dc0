//! `convoy simulate` as a user calls it: numbers that hang together, arguments that are refused.

use crate::common::{Subcommand, testbed, text};
use serde_json::Value;

const SIMULATE: Subcommand = Subcommand("simulate");

#[track_caller]
fn near(value: &Value, wanted: &Value, tolerance: f64) {
    let (value, wanted) = (value.as_f64().unwrap(), wanted.as_f64().unwrap());
    assert!((value / wanted - 1.0).abs() <= tolerance, "{value} is not {wanted}");
}

#[test]
fn a_scheme_does_what_the_queue_formula_expects() {
    let cluster = testbed();
    let args = ["--model", "vgg16", "--cluster", &cluster, "--scheme", "single"];
    let run = SIMULATE.json(&[&args[..], &["--rate", "0.08", "--frames", "200000"]].concat());
    let row = &run["schemes"][0];
    assert_eq!((&run["model"], &run["frames"]), (&"vgg16".into(), &200_000.into()));
    assert_eq!((&row["scheme"], &row["answered"]), (&"single".into(), &200_000.into()));
    near(&row["mean"], &row["expected"], 0.02);
    near(&row["throughput"], &0.08.into(), 0.02);
    near(&row["saturated"], &(1.0 / row["period"].as_f64().unwrap()).into(), 0.01);
    // One of eight computes.
    near(&row["utilisation"], &(0.08 * row["period"].as_f64().unwrap() / 8.0).into(), 0.02);
    assert!(row["p95"].as_f64() > row["mean"].as_f64());
    assert_eq!(row["recomputed"], 0.0);
}

#[test]
fn all_schemes_have_a_row_and_one_without_a_plan_says_why() {
    let cluster = testbed();
    let args = ["--model", "vgg16", "--cluster", &cluster, "--rate", "0.1", "--frames", "500"];
    let args = [&args[..], &["--scheme", "all", "--budget", "1"]].concat();
    let run = SIMULATE.json(&args);
    let rows = run["schemes"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["scheme"].as_str().unwrap()).collect();
    assert!(names.contains(&"single") && names.contains(&"pico"), "{names:?}");
    for row in rows.iter().filter(|row| row["problem"].is_null()) {
        assert_eq!(row["answered"], 500);
        assert!(row["mean"].as_f64().unwrap() >= 0.5 * row["latency"].as_f64().unwrap());
    }
    let pico = rows.iter().find(|row| row["scheme"] == "pico").unwrap();
    assert!(pico["recomputed"].as_f64().unwrap() > 0.0);
    // Nobody answers VGG-16 alone within five seconds here.
    let run = SIMULATE.json(&[&args[..], &["--latency-limit", "5"]].concat());
    let rows = run["schemes"].as_array().unwrap();
    let single = rows.iter().find(|row| row["scheme"] == "single").unwrap();
    assert!(single["problem"].as_str().unwrap().contains("within 5 s"), "{single}");
    assert!(single["mean"].is_null());
}

#[test]
fn where_no_scheme_has_a_plan_the_call_fails_and_the_row_says_why() {
    let cluster = testbed();
    let args = ["--model", "vgg16", "--cluster", &cluster, "--scheme", "single", "--rate", "1"];
    let output = SIMULATE.run(&[&args[..], &["--latency-limit", "0.01"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("within 0.01 s"));
}

#[test]
fn a_plan_that_does_not_keep_up_has_no_expected_latency() {
    let cluster = testbed();
    let args = ["--model", "vgg16", "--cluster", &cluster, "--scheme", "single"];
    let run = SIMULATE.json(&[&args[..], &["--rate", "1", "--frames", "300"]].concat());
    let row = &run["schemes"][0];
    assert!(row["expected"].is_null());
    near(&row["throughput"], &row["saturated"], 0.01);
    let output = SIMULATE.run(&[&args[..], &["--rate", "1", "--frames", "300"]].concat());
    assert!(
        text(&output.stdout).lines().any(|line| line.starts_with("single") && line.contains(" - "))
    );
}

#[test]
fn the_real_coordinator_does_about_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cluster.toml");
    let devices = ["a", "b", "c"].map(|name| format!("[[device]]\nname = \"{name}\"\ngmacs = 2\n"));
    std::fs::write(&path, format!("[network]\nmbit = 1000\n{}", devices.concat())).unwrap();
    let path = path.to_str().unwrap();
    let args = ["--model", "mnist", "--cluster", path, "--scheme", "single"];
    let args = [&args[..], &["--rate", "50", "--frames", "500", "--arrivals", "constant"]].concat();
    let (bare, room) = (SIMULATE.json(&args), SIMULATE.json(&[&args[..], &["--room"]].concat()));
    let (bare, room) = (&bare["schemes"][0], &room["schemes"][0]);
    assert_eq!(room["answered"], 500);
    near(&room["throughput"], &bare["throughput"], 0.02);
    assert!(room["mean"].as_f64().unwrap() >= bare["mean"].as_f64().unwrap());
    near(&room["utilisation"], &bare["utilisation"], 0.05);
}

#[test]
fn recorded_times_are_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("times");
    std::fs::write(&path, "# two at once\n10\n10\n90\n").unwrap();
    let (cluster, times) = (testbed(), path.to_str().unwrap());
    let args = ["--model", "vgg16", "--cluster", &cluster, "--scheme", "single"];
    let run = SIMULATE.json(&[&args[..], &["--arrivals", times]].concat());
    assert_eq!((&run["frames"], &run["rate"]), (&3.into(), &0.025.into()));
    // The second waits for the first.
    let row = &run["schemes"][0];
    near(&row["mean"], &(row["latency"].as_f64().unwrap() * 4.0 / 3.0).into(), 1e-6);
    std::fs::write(&path, "10\nsoon\n").unwrap();
    SIMULATE.refused(&[&args[..], &["--arrivals", times]].concat(), 2, &["line 2", "soon", times]);
    std::fs::write(&path, "10\n10\n").unwrap();
    SIMULATE.refused(&[&args[..], &["--arrivals", times]].concat(), 2, &["no rate"]);
}

#[test]
fn people_get_aligned_rows() {
    let cluster = testbed();
    let args = [
        "--model",
        "vgg16",
        "--cluster",
        &cluster,
        "--scheme",
        "all",
        "--rate",
        "0.1",
        "--frames",
        "100",
    ];
    let output = SIMULATE.run(&[&args[..], &["--budget", "1"]].concat());
    assert!(output.status.success() && output.stderr.is_empty());
    let said = text(&output.stdout);
    let title = said.lines().find(|line| line.starts_with("scheme")).unwrap();
    for scheme in ["single", "pico"] {
        let row = said.lines().find(|line| line.starts_with(scheme)).unwrap();
        assert_eq!(row.len(), title.len(), "{said}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    let cluster = testbed();
    let at = ["--model", "vgg16", "--cluster", &cluster];
    let with = |more: &[&'static str]| {
        [&at[..], more].concat().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    for (more, code, part) in [
        (&[][..], 2, "--rate"),
        (&["--rate", "0"], 2, "above 0"),
        (&["--rate", "nan"], 2, "above 0"),
        (&["--rate", "1", "--frames", "0"], 2, "--frames"),
        (&["--rate", "1", "--scheme", "best-guess"], 2, "single, replicated"),
        (&["--rate", "1", "--latency-limit=-1"], 2, "above 0"),
        (&["--rate", "1", "--seed", "x"], 2, "--seed"),
        (&["--rate", "1", "--room", "--latency-limit", "3"], 2, "--latency-limit"),
        (&["--arrivals", "/no/such/times"], 3, "/no/such/times"),
    ] {
        let args = with(more);
        SIMULATE.refused(&args.iter().map(String::as_str).collect::<Vec<&str>>(), code, &[part]);
    }
    SIMULATE.refused(
        &["--model", "vgg61", "--cluster", &cluster, "--rate", "1"],
        2,
        &["vgg61", "vgg16"],
    );
    SIMULATE.refused(
        &["--model", "vgg16", "--cluster", "/no/such.toml", "--rate", "1"],
        3,
        &["/no/such.toml"],
    );
}
