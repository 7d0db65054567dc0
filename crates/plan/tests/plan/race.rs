//! Plans that formulas cannot tell apart are told apart by playing them.

use convoy_model::{Model, zoo};
use convoy_plan::play::luck::{Servers, arrivals, without};
use convoy_plan::play::{Play, Stay, play};
use convoy_plan::{Cluster, Options, Plan, front};

fn cluster(gmacs: &[f64], mbit: f64) -> Cluster {
    let device = |gmacs: &f64| format!("[[device]]\nname = \"a\"\ngmacs = {gmacs}\n");
    let devices: String = gmacs.iter().map(device).collect();
    Cluster::from_toml(&format!("[network]\nmbit = {mbit}\nshared = true\n{devices}")).unwrap()
}

/// Mean seconds of many frames at random times, and how certain that is.
fn measured(model: &Model, cluster: &Cluster, plan: &Plan, rate: f64) -> (f64, f64) {
    let servers = Servers::of(plan);
    let times = arrivals(rate, 30_000, 99);
    let general = servers.wait(rate);
    let luck: Vec<f64> = servers.waits(&times).map(|wait| wait - general).collect();
    let played = play(model, cluster, plan, times, &Play::default()).unwrap();
    let latencies: Vec<f64> = played.frames.iter().map(Stay::latency).collect();
    without(&luck, &latencies, 20).unwrap()
}

/// Where few frames had said that a group of all devices answers sooner than whole frames on whole
/// devices do, by up to 5 % wrongly.
#[test]
fn contenders_at_high_load_are_told_apart() {
    for (network, gmacs, mbit, load) in [
        ("yolov2", &[3.0, 1.2, 2.4, 1.6, 3.0][..], 50.0, 0.8),
        ("vgg16", &[1.2; 8][..], 10.0, 0.8),
        ("vgg16", &[1.6; 3][..], 10.0, 0.7),
    ] {
        let (model, cluster) = (zoo::model(network).unwrap(), cluster(gmacs, mbit));
        let best = front("best", &model, &cluster, &Options::default()).unwrap();
        let rate = load / best.plans[0].predicted.period;
        let chosen = best.at_rate(rate);
        let (seconds, error) = measured(&model, &cluster, &best.plans[chosen], rate);
        let expected = best.expected(chosen, rate);
        assert!((expected / seconds - 1.0).abs() < 0.03, "{network}: {expected}, not {seconds}");
        for (other, plan) in best.plans.iter().enumerate() {
            if other == chosen || best.expected(other, rate) > 1.3 * expected {
                continue;
            }
            let (others, others_error) = measured(&model, &cluster, plan, rate);
            let most = 1.01 * others + 3.0 * error.hypot(others_error);
            assert!(seconds <= most, "{network}: {seconds}, plan {other} {others}");
        }
    }
}

/// A plan whose frames take turns on these devices.
fn dealt(gmacs: &[f64]) -> (Model, Cluster, Plan) {
    let (model, cluster) = (zoo::model("resnet34").unwrap(), cluster(gmacs, 50.0));
    let plan = convoy_plan::plan("replicated", &model, &cluster, None).unwrap();
    (model, cluster, plan)
}

#[test]
fn servers_wait_as_their_frames_do() {
    for gmacs in [&[2.0][..], &[2.0, 2.0, 2.0], &[3.0, 1.2, 2.4]] {
        let (model, cluster, plan) = dealt(gmacs);
        let servers = Servers::of(&plan);
        let rate = 0.8 / plan.predicted.period;
        let times = arrivals(rate, 2_000, 5);
        let waits: Vec<f64> = servers.waits(&times).collect();
        // Alone, each frame takes as long as its device; the rest is waiting.
        let far: Vec<f64> = (0..2_000).map(|frame| 100.0 * f64::from(frame)).collect();
        let play = |times| play(&model, &cluster, &plan, times, &Play::default()).unwrap();
        let (alone, played) = (play(far), play(times));
        for ((wait, alone), stay) in waits.iter().zip(&alone.frames).zip(&played.frames) {
            assert!((stay.latency() - alone.latency() - wait).abs() < 1e-6, "{gmacs:?}");
        }
    }
}

#[test]
fn the_long_run_is_known() {
    for gmacs in [&[2.0][..], &[2.0, 2.0, 2.0], &[3.0, 1.2, 2.4], &[3.0, 0.4]] {
        let (.., plan) = dealt(gmacs);
        let servers = Servers::of(&plan);
        assert_eq!(servers.wait(0.0), 0.0);
        for load in [0.4, 0.8] {
            let rate = load / plan.predicted.period;
            let times = arrivals(rate, 2_000_000, 3);
            let mean = servers.waits(&times).sum::<f64>() / 2e6;
            let known = servers.wait(rate);
            assert!((known / mean - 1.0).abs() < 0.04, "{gmacs:?} at {load}: {known}, not {mean}");
        }
    }
}

#[test]
fn what_chance_explains_is_taken_off() {
    let (.., plan) = dealt(&[2.0]);
    let servers = Servers::of(&plan);
    let rate = 0.9 / plan.predicted.period;
    let general = servers.wait(rate);
    let taken_off = |seed| {
        let times = arrivals(rate, 300, seed);
        let luck: Vec<f64> = servers.waits(&times).map(|wait| wait - general).collect();
        // Frames that wait 1.3 times as long, and 2 s besides.
        let measured: Vec<f64> = luck.iter().map(|luck| 2.0 + 1.3 * (luck + general)).collect();
        without(&luck, &measured, 10).unwrap()
    };
    for seed in 0..20 {
        let (mean, error) = taken_off(seed);
        assert!((mean / (2.0 + 1.3 * general) - 1.0).abs() < 1e-9 && error < 1e-6, "{mean}");
    }
    assert!(without(&[0.0; 2], &[1.0; 2], 2).is_none(), "two parts tell no error");
    let (mean, error) = without(&[0.0; 4], &[1.0, 2.0, 3.0, 2.0], 4).unwrap();
    assert!((mean - 2.0).abs() < 1e-12 && (error - 0.5).abs() < 1e-12, "{mean}, {error}");
}
