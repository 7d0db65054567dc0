//! Cluster files, which users write.

use crate::json::same;
use crate::memory::within;
use crate::network::small;
use convoy_plan::{Cluster, Options, PlanError, edges, front};

/// What files are made of.
pub(crate) const WORDS: &[&str] = &[
    "[network]\n",
    "mbit = ",
    "shared = true\n",
    "latency_ms = ",
    "[[device]]\n",
    "name = \"",
    "gmacs = ",
    "memory_mb = ",
    "count = ",
    "up_mbit = ",
    "down_mbit = ",
    "inf",
    "nan",
    "-0.0",
    "1e308",
    "1e-308",
    "0xffffffffffffffff",
    "9223372036854775807",
    "256",
    "\"\"\"",
    "'''",
    "{",
    "}",
    "1979-05-27",
];

/// Devices of a cluster that is planned for here: planning takes long for many.
const PLANNED: usize = 4;

/// The bytes as a file: a cluster that plans can be made for, or an error.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // 256 devices of one name, which may be as long as the file.
    let most = (256 << 10) + 1024 * text.len();
    let Ok(cluster) = within(most, || Cluster::from_toml(text)) else { return };
    let count = cluster.devices.len();
    assert!((1..=256).contains(&count));
    let Ok(value) = serde_json::to_value(&cluster) else { panic!("{cluster:?}") };
    let again: Result<Cluster, _> = serde_json::from_str(&value.to_string());
    let again = again.map(serde_json::to_value);
    assert!(matches!(&again, Ok(Ok(again)) if same(again, &value)), "{again:?}, not {value}");
    let (scheme, model) = (if count <= PLANNED { "pico" } else { "single" }, small("first"));
    match front(scheme, &model, &cluster, &Options::default()) {
        Ok(front) => {
            assert!(!front.plans.is_empty());
            for plan in &front.plans {
                let seconds =
                    [plan.period, plan.latency, plan.predicted.period, plan.predicted.latency];
                assert!(
                    seconds.iter().all(|seconds| seconds.is_finite() && *seconds > 0.0),
                    "{plan:?}"
                );
                let edges = edges(&model, plan);
                assert!(edges.is_ok(), "{edges:?} of {plan:?}");
            }
        }
        Err(PlanError::Infeasible(_)) => {}
        Err(error) => panic!("{error} of {cluster:?}"),
    }
}
