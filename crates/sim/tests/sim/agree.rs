//! The real coordinator and devices against the bare simulator: the same plan, the same pictures,
//! the same times.

use crate::common::{devices, divides_its_head, heavy, scarce, small};
use convoy_model::Model;
use convoy_plan::{Cluster, Device, Link, Network, Plan, SCHEMES, WireFormat};
use convoy_session::Limits;
use convoy_sim::{Arrivals, DeviceSpec, NetworkSpec, Play, Room, Sources, play};
use convoy_wire::{HEADER, PART};
use std::sync::Arc;

/// Seconds of work as a source.
const SOURCE: f64 = 0.001;

/// When the plan runs for certain.
const START: f64 = 10.0;

/// What things that happen at one instant may make differ: which of two slices goes first over a
/// line. So many of all frames may, and the mean of all differences, as a part of the mean latency,
/// may be so much.
const FRAMES_OFF: f64 = 0.06;
const MEAN_OFF: f64 = 0.002;

/// The cluster that the room's devices are; the coordinator counts from 1.
fn cluster(room: &Room, specs: &[DeviceSpec], network: NetworkSpec) -> Cluster {
    let device = |(index, spec): (usize, &DeviceSpec)| Device {
        link: spec.link,
        ..Device::new(room.id(index).unwrap(), &spec.name, spec.speed, spec.memory)
    };
    let NetworkSpec { bandwidth, shared, latency, .. } = network;
    let network = Network { bandwidth, shared, latency, wire: WireFormat::Compact };
    Cluster { devices: specs.iter().enumerate().map(device).collect(), network }
}

/// Plays the same pictures in a room and without one: for each frame, by how much its latency
/// differs, as a part of the mean latency; and the plan.
fn compare(
    (model, scheme): (&Arc<Model>, &str),
    specs: &[DeviceSpec],
    network: NetworkSpec,
    load: f64,
) -> (Vec<f64>, Plan) {
    const FRAMES: usize = 400;
    let mut room = Room::new(1, model, scheme, specs.to_vec(), network);
    room.set_limits(Limits { state_interval: 0.25, ..Limits::none() });
    room.run_until(START - 1.0);
    let plan = room.plans().last_key_value().unwrap().1.clone();
    let arrivals = Arrivals::poisson(load / plan.predicted.period, 5).unwrap().take(FRAMES);
    room.submit_all(START, arrivals.clone());
    assert!(room.settle(1000.0));
    let report = room.report();
    assert_eq!(report.violations, Vec::<String>::new());
    assert_eq!((report.epoch, report.answered), (1, FRAMES));

    let sources = Sources::Devices { seconds: SOURCE, header: HEADER as u64, part: PART as u64 };
    let how = Play { sources, credits: Some(plan.credits()), record: 0 };
    let cluster = cluster(&room, specs, network);
    let played = play(model, &cluster, &plan, arrivals, &how).unwrap();
    let mean = played.mean_latency().unwrap();
    let differs = report.asked.iter().zip(&played.frames).map(|(asked, frame)| {
        assert!((asked.time - START - frame.arrived).abs() < 1e-9);
        (asked.ended.unwrap() - asked.time - frame.latency()).abs() / mean
    });
    (differs.collect(), plan)
}

fn judge(case: &str, differs: &[f64], plan: &Plan) {
    let count = differs.len() as f64;
    let off = differs.iter().filter(|by| **by > 1e-6).count() as f64 / count;
    let mean = differs.iter().sum::<f64>() / count;
    assert!(off < FRAMES_OFF, "{case}: {off} of the frames");
    assert!(mean < MEAN_OFF, "{case}: {mean} {plan:?}");
}

#[test]
fn they_agree_on_a_plan_that_divides_the_head() {
    let model = heavy("heavy");
    let network = NetworkSpec { photograph: 0, ..NetworkSpec::default() };
    let specs = scarce(&model, 4);
    let (differs, plan) = compare((&model, "best"), &specs, network, 0.3);
    assert!(divides_its_head(&model, &plan), "{plan:?}");
    judge("divided head", &differs, &plan);
}

#[test]
fn the_room_and_the_bare_simulator_agree_frame_by_frame() {
    let network = NetworkSpec { photograph: 0, ..NetworkSpec::default() };
    let shared = NetworkSpec { shared: true, ..network };
    let mut lines = devices(4);
    lines[1].link = Some(Link { up: 3e6, down: 1e7 });
    lines[2].link = Some(Link { up: 2e7, down: 4e6 });
    // A room changes plans with the load where the scheme has several; the bare simulator plays
    // one.
    let many = ["exhaustive", "apico", "best"];
    let model = small("small");
    for scheme in SCHEMES.iter().filter(|scheme| !many.contains(scheme)) {
        for (name, specs, network) in [
            ("one", devices(1), network),
            ("four", devices(4), network),
            ("six", devices(6), network),
            ("lines of their own", lines.clone(), network),
            ("shared medium", devices(4), shared),
        ] {
            for load in [0.3, 0.8] {
                let (differs, plan) = compare((&model, scheme), &specs, network, load);
                judge(&format!("{scheme}, {name}, {load}"), &differs, &plan);
            }
        }
    }
}
