//! The bare simulator against the queue formula, the cost model and hand-made plans.

use crate::common::{chain, small};
use convoy_model::zoo;
use convoy_plan::{
    Cluster, Device, DeviceId, Link, Network, Options, Plan, Tile, WireFormat, queue,
};
use convoy_sim::{Arrivals, Doing, Play, Sources, play, saturate, timeline};
use std::collections::BTreeSet;

/// Devices with these capacities on a network of this bandwidth.
fn cluster(capacities: &[f64], bandwidth: f64) -> Cluster {
    let device = |(index, capacity): (usize, &f64)| {
        Device::new(DeviceId(index as u32), &format!("device {index}"), *capacity, 1 << 30)
    };
    let devices = capacities.iter().enumerate().map(device).collect();
    let network = Network { bandwidth, shared: false, latency: 0.001, wire: WireFormat::Compact };
    Cluster { devices, network }
}

fn four() -> Cluster {
    cluster(&[4e7, 3e7, 2e7, 3e7], 1e7)
}

/// One stage a device, in order: an equal share of the six layers for each.
fn pipeline(cluster: &Cluster) -> Plan {
    chain(&small("small"), cluster, &[2, 4, 5], &[vec![0], vec![1], vec![2], vec![3]])
}

#[track_caller]
fn near(value: f64, wanted: f64, tolerance: f64) {
    assert!((value / wanted - 1.0).abs() <= tolerance, "{value} is not {wanted}");
}

/// Mean latency of `count` frames at `load` times the most that the plan can do, and the formula's.
fn queued(load: f64, count: usize) -> (f64, f64) {
    let (model, cluster) = (small("small"), four());
    let plan = pipeline(&cluster);
    let rate = load / plan.predicted.period;
    let arrivals = Arrivals::poisson(rate, 7).unwrap().take(count);
    let played = play(&model, &cluster, &plan, arrivals, &Play::default()).unwrap();
    assert_eq!(played.frames.len(), count);
    let (period, latency) = (plan.predicted.period, plan.predicted.latency);
    let expected = latency + rate * period * period / (2.0 * (1.0 - rate * period));
    near(queue::latency(&plan, rate), expected, 1e-9);
    (played.mean_latency().unwrap(), expected)
}

#[test]
fn a_million_frames_wait_as_the_queue_formula_says() {
    let (mean, expected) = queued(0.9, 1_000_000);
    near(mean, expected, 0.02);
}

#[test]
fn frames_wait_as_the_queue_formula_says_at_every_load() {
    for tenths in 1..9 {
        let (mean, expected) = queued(f64::from(tenths) / 10.0, 200_000);
        near(mean, expected, 0.02);
    }
}

#[test]
fn a_frame_alone_takes_the_predicted_latency_and_many_the_predicted_period() {
    let model = small("small");
    for shared in [false, true] {
        let mut cluster = four();
        cluster.network.shared = shared;
        // A line of its own, half as fast up as down.
        cluster.devices[1].link = Some(Link { up: 5e6, down: 1e7 });
        for scheme in ["single", "pico"] {
            let plan = convoy_plan::plan(scheme, &model, &cluster, None).unwrap();
            let alone = play(&model, &cluster, &plan, [3.0], &Play::default()).unwrap();
            near(alone.mean_latency().unwrap(), plan.predicted.latency, 0.05);
            let many = saturate(&model, &cluster, &plan, 400).unwrap();
            near(many.period().unwrap(), plan.predicted.period, 0.05);
        }
    }
}

#[test]
fn groups_take_frames_in_turn() {
    let (model, cluster) = (small("small"), cluster(&[2e7, 4e7], 1e9));
    let alone = chain(&model, &cluster, &[], &[vec![0]]);
    // The second device is twice as fast and takes two of three frames.
    let mut plan = alone.clone();
    for stage in &mut plan.stages {
        stage.turns = vec![1, 2];
        let second = Tile { device: DeviceId(1), group: 1, ..stage.tiles[0].clone() };
        stage.tiles.push(second);
    }
    let how = Play { record: 30, ..Play::default() };
    let played = play(&model, &cluster, &plan, (0..300).map(|_| 0.0), &how).unwrap();
    let of = |device: u32| {
        let own = played.intervals.iter().filter(|of| of.device == Some(DeviceId(device)));
        own.map(|of| of.frame).collect::<BTreeSet<u32>>().len()
    };
    assert_eq!((of(0), of(1)), (10, 20));
    // One hundred frames on the one, two hundred on the other, in the same time.
    for of in &played.uses[..2] {
        near(of.busy, 100.0 * alone.predicted.latency, 1e-9);
    }
    near(played.seconds(), played.uses[0].busy, 1e-9);
    // Nothing travels: whoever computes a frame is its source.
    assert!(played.uses.iter().all(|of| of.sent == 0.0 && of.received == 0.0));
}

#[test]
fn what_one_sends_another_receives_and_a_worker_does_one_thing_at_a_time() {
    let (model, cluster) = (small("small"), four());
    let plan = convoy_plan::plan("pico", &model, &cluster, None).unwrap();
    for sources in [Sources::Apart, Sources::Devices { seconds: 0.001, header: 24, part: 61_440 }] {
        let how = Play { sources, credits: Some(plan.credits()), record: 50 };
        let played = play(&model, &cluster, &plan, (0..50).map(|_| 0.0), &how).unwrap();
        let sent: f64 = played.uses.iter().map(|of| of.sent).sum();
        let received: f64 = played.uses.iter().map(|of| of.received).sum();
        near(sent, received, 1e-12);
        for of in &played.uses {
            let mut own: Vec<_> = played
                .intervals
                .iter()
                .filter(|at| at.device == of.device && at.doing == Doing::Computing)
                .collect();
            own.sort_by(|a, b| a.start.total_cmp(&b.start));
            assert!(own.windows(2).all(|pair| pair[0].end <= pair[1].start + 1e-9));
            let busy: f64 = own.iter().map(|at| at.end - at.start).sum();
            assert!((busy - of.busy).abs() < 1e-6, "{busy} {}", of.busy);
        }
    }
}

#[test]
fn credits_bound_the_frames_in_flight_and_lose_none() {
    let (model, cluster) = (small("small"), four());
    let plan = pipeline(&cluster);
    let how = Play { credits: Some(1), ..Play::default() };
    let played = play(&model, &cluster, &plan, (0..20).map(|_| 0.0), &how).unwrap();
    // One after another: each takes a whole latency.
    near(played.seconds(), 20.0 * plan.predicted.latency, 0.02);
}

#[test]
fn a_plan_of_another_cluster_or_model_is_refused() {
    let (model, cluster) = (small("small"), four());
    let plan = pipeline(&cluster);
    let mut fewer = cluster.clone();
    fewer.devices.pop();
    let error = play(&model, &fewer, &plan, [0.0], &Play::default()).unwrap_err();
    assert!(error.to_string().contains("device 3 is not in the cluster"), "{error}");
    let mut odd = plan;
    odd.stages.pop();
    assert!(play(&model, &cluster, &odd, [0.0], &Play::default()).is_err());
}

#[test]
fn nothing_comes_of_no_pictures() {
    let (model, cluster) = (small("small"), four());
    let played = play(&model, &cluster, &pipeline(&cluster), [], &Play::default()).unwrap();
    assert_eq!((played.mean_latency(), played.percentile(0.95)), (None, None));
    assert_eq!((played.throughput(), played.period(), played.seconds()), (None, None, 0.0));
    assert!(timeline(&cluster, &played.intervals).is_empty());
}

#[test]
fn a_timeline_shows_who_does_what_when() {
    let (model, cluster) = (small("small"), four());
    let plan = pipeline(&cluster);
    let arrivals = Arrivals::constant(1.0 / plan.predicted.period).unwrap().take(4);
    let how = Play { record: 4, ..Play::default() };
    let played = play(&model, &cluster, &plan, arrivals, &how).unwrap();
    let lines = timeline(&cluster, &played.intervals);
    println!("{}", lines.join("\n"));
    assert!(lines.iter().all(|line| line.chars().count() <= 100));
    assert!(lines[0].starts_with("source") && lines[1].starts_with("device 0"), "{lines:#?}");
    assert_eq!(lines.len(), 7);
    for line in &lines[1..5] {
        let places = ['1', '2', '3', '4'].map(|digit| line.rfind(digit).unwrap());
        assert!(places.is_sorted(), "{line}");
    }
    // The second device begins a frame when the first has done it.
    assert!(lines[2][10..].find('1') >= lines[1][10..].rfind('1'));
    assert!(lines[5].contains("|0") && lines[5].ends_with('s'));
}

#[test]
fn the_plans_of_best_answer_as_soon_as_expected_and_no_rival_sooner() {
    let mut text = "[network]\nmbit = 50\nshared = true\n".to_owned();
    for (index, gmacs) in [3.0, 2.6, 2.0, 1.2].iter().enumerate() {
        text += &format!("[[device]]\nname = \"d{index}\"\ngmacs = {gmacs}\n");
    }
    let cluster = Cluster::from_toml(&text).unwrap();
    let model = zoo::model("resnet34").unwrap();
    let front = |scheme| convoy_plan::front(scheme, &model, &cluster, &Options::default()).unwrap();
    let best = front("best");
    let mean = |plan: &Plan, rate| {
        let times = Arrivals::poisson(rate, 5).unwrap().take(20_000);
        play(&model, &cluster, plan, times, &Play::default()).unwrap().mean_latency().unwrap()
    };
    for load in [0.1, 0.4, 0.7] {
        let rate = load / best.plans[0].predicted.period;
        let chosen = &best.plans[best.at_rate(rate)];
        let measured = mean(chosen, rate);
        // Tried with few frames, at other loads.
        near(queue::latency(chosen, rate), measured, 0.1);
        for scheme in ["single", "replicated", "coedge", "optimal-fused", "pico"] {
            let rival = &front(scheme).plans[0];
            let soonest = queue::latency(rival, rate).is_finite().then(|| mean(rival, rate));
            assert!(soonest.is_none_or(|other| measured < 1.02 * other), "{scheme} at {load}");
        }
    }
}
