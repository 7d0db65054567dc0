//! The paper's adaptive scheme: VGG-16 on eight devices of 2 GMAC/s, 50 Mbit/s shared.

use convoy_model::zoo;
use convoy_plan::{Cluster, Cost, Front, Options, front};

fn planned(count: usize, latency_limit: Option<f64>) -> Front {
    let text = format!(
        "[network]\nmbit = 50\nshared = true\n[[device]]\nname = \"pi\"\ngmacs = 2\ncount = {count}\n"
    );
    let (model, cluster) = (zoo::model("vgg16").unwrap(), Cluster::from_toml(&text).unwrap());
    let options = Options { latency_limit, ..Options::default() };
    front("apico", &model, &cluster, &options).unwrap()
}

#[track_caller]
fn near(value: f64, wanted: f64, tolerance: f64) {
    assert!((value / wanted - 1.0).abs() < tolerance, "{value} is not {wanted}");
}

#[test]
fn pipeline_and_fused_blocks_have_their_known_latencies_and_cross_where_known() {
    let front = planned(8, None);
    assert_eq!((front.plans.len(), front.cost), (2, Cost::Paper));
    let capacity = 1.0 / front.plans[0].period;
    near(front.expected(0, 0.1 * capacity), 5.16, 0.005);
    near(front.expected(0, 0.5 * capacity), 5.85, 0.005);
    near(front.expected(1, 0.1 * capacity), 2.86, 0.005);
    near(front.expected(1, 0.5 * capacity), 9.15, 0.005);
    let (mut low, mut high) = (0.0, capacity);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        let end = if front.at_rate(middle) == 1 { &mut low } else { &mut high };
        *end = middle;
    }
    near(low, 0.2693, 0.005);
}

#[test]
fn what_is_beaten_or_too_slow_is_no_choice() {
    assert_eq!(planned(1, None).plans.len(), 1, "one device is one way to do it");
    let limited = planned(8, Some(3.0));
    assert_eq!(limited.plans.len(), 1);
    near(limited.plans[0].latency, 2.60, 0.005);
    assert_eq!(limited.within(Some(3.0)), Some(&limited.plans[0]));
    assert_eq!(limited.within(Some(1.0)), None);
}
