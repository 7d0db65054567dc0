//! The yardstick: every plan of small cases, and words for those that are not small.

use convoy_model::zoo;
use convoy_plan::{Cluster, Front, Options, PlanError, Stage, front};
use std::cell::Cell;

fn planned(model: &str, devices: u32, options: &Options) -> Result<Front, PlanError> {
    let device = |k: u32| format!("[[device]]\nname = \"a\"\ngmacs = {}\n", 2 + k);
    let devices: String = (0..devices).map(device).collect();
    let cluster = Cluster::from_toml(&format!("[network]\nmbit = 100\n{devices}")).unwrap();
    front("exhaustive", &zoo::model(model).unwrap(), &cluster, options)
}

#[test]
fn every_network_is_tried_whole_on_three_devices() {
    for network in zoo::IDS {
        let front = planned(network, 3, &Options::default()).unwrap();
        assert!(front.exact);
        assert!(front.plans.iter().all(|plan| plan.predicted.period >= front.bound.period));
        let shared = |stage: &Stage| stage.group(0).count() > 1;
        assert!(front.plans.iter().any(|plan| plan.stages.iter().any(shared)), "{network}");
    }
}

#[test]
fn a_latency_limit_leaves_the_part_of_the_front_that_keeps_it() {
    let all = planned("vgg16", 3, &Options::default()).unwrap();
    let limit = all.plans[0].predicted.latency * 0.9;
    let limited = Options { latency_limit: Some(limit), ..Options::default() };
    let within = planned("vgg16", 3, &limited).unwrap();
    assert!(within.plans.iter().all(|plan| plan.predicted.latency <= limit));
    assert_eq!(all.within(Some(limit)), within.plans.first());
    let soon = Options { latency_limit: Some(0.001), ..Options::default() };
    let error = planned("vgg16", 3, &soon).unwrap_err().to_string();
    assert!(error.contains("not within 0.001 s"), "{error}");
}

#[test]
fn too_many_plans_are_refused_with_what_would_do() {
    for (devices, most) in [(5, "at most 4 devices"), (64, "at most 4 devices")] {
        let error = planned("vgg16", devices, &Options::default()).unwrap_err().to_string();
        assert!(error.contains(most) && error.contains("use best"), "{error}");
    }
}

#[test]
fn where_the_budget_ends_first_the_front_so_far_is_called_inexact() {
    let looks = Cell::new(0.0);
    let clock = || {
        looks.set(looks.get() + 1.0);
        looks.get()
    };
    let options = Options { budget: 3.0, clock: &clock, ..Options::default() };
    let front = planned("resnet34", 4, &options).unwrap();
    assert!(!front.exact && !front.plans.is_empty());
}
