//! Scenarios from seeds and from files, judged by the oracle. `cargo xtask soak` plays many more.

use convoy_sim::{Coverage, Scenario, shrink};

/// Seeds that are played here, where overflows and debug assertions are looked at too.
const SEEDS: u64 = 150;

#[test]
fn nothing_is_wrong_whatever_goes_wrong() {
    let mut coverage = Coverage::default();
    for seed in 0..SEEDS {
        let verdict = Scenario::draw(seed).play();
        assert!(verdict.complaints.is_empty(), "seed {seed}: {:#?}", verdict.complaints);
        coverage.add(&verdict.coverage);
    }
    // A scenario in which nothing happens proves nothing.
    for name in ["frame answered", "page dies", "page freezes", "server restarts", "doubled slice"]
    {
        assert!(coverage.happened.contains_key(name), "no {name}: {coverage}");
    }
    assert!(coverage.replayed > 0);
}

#[test]
fn what_failed_once_does_not_fail_again() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let mut played = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let complaints = Scenario::from_json(&text).unwrap().play().complaints;
        assert!(complaints.is_empty(), "{}: {complaints:#?}", path.display());
        played += 1;
    }
    assert!(played > 0);
}

#[test]
fn a_scenario_is_its_seeds_and_its_texts_and_is_played_the_same_each_time() {
    for seed in 1000..1020 {
        let scenario = Scenario::draw(seed);
        assert_eq!(scenario, Scenario::draw(seed));
        let read = Scenario::from_json(&scenario.to_json()).unwrap();
        assert_eq!(read, scenario);
        let (once, again) = (scenario.play(), read.play());
        assert_eq!(once.coverage, again.coverage);
        assert_eq!(once.complaints, again.complaints);
    }
}

#[test]
fn a_text_that_names_what_is_not_there_is_refused() {
    let scenario = Scenario::draw(0);
    let text = scenario.to_json();
    let beyond = scenario.pages.len();
    let dies = format!("{{\"at\":1.0,\"what\":{{\"dies\":{{\"page\":{beyond}}}}}}}");
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["troubles"] = serde_json::from_str(&format!("[{dies}]")).unwrap();
    let error = Scenario::from_json(&value.to_string()).unwrap_err();
    assert!(error.contains("not there"), "{error}");
    assert!(Scenario::from_json("{}").is_err());
}

#[test]
fn shrinking_leaves_what_matters() {
    // Fails where some page is loaded anew while pictures come in.
    let fails = |scenario: &Scenario| {
        let text = scenario.to_json();
        text.contains("reloads") && !scenario.frames.is_empty()
    };
    let scenario = (0..).map(Scenario::draw).find(|scenario| {
        fails(scenario) && scenario.troubles.len() > 4 && scenario.pages.len() > 3
    });
    let short = shrink(&scenario.unwrap(), 2000, &fails);
    assert!(fails(&short));
    assert_eq!((short.troubles.len(), short.frames.len(), short.pages.len()), (1, 1, 1));
    assert_eq!((short.networks.len(), short.networks[0].blocks.len()), (1, 0));
}
