//! How many events a second both simulators play on one core:
//! `cargo run --release -p convoy-sim --example speed`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a command for people")]

use convoy_model::{GraphBuilder, Model, NodeId, Shape, pieces, zoo};
use convoy_plan::{Cluster, Device, DeviceId, Network, Plan, WireFormat, plan};
use convoy_sim::{Arrivals, DeviceSpec, NetworkSpec, Play, Room, play};
use std::sync::Arc;
use std::time::Instant;

/// Eight devices of unequal speed.
fn cluster() -> Cluster {
    let device = |index: u32| {
        let capacity = 2e9 / (1.0 + 0.25 * f64::from(index % 4));
        Device::new(DeviceId(index), &format!("device {index}"), capacity, 1 << 31)
    };
    let network =
        Network { bandwidth: 1.25e7, shared: false, latency: 0.001, wire: WireFormat::Compact };
    Cluster { devices: (0..8).map(device).collect(), network }
}

fn arrivals(plan: &Plan, frames: usize) -> impl Iterator<Item = f64> {
    Arrivals::poisson(0.7 / plan.predicted.period, 1).unwrap().take(frames)
}

fn bare(model: &Model, frames: usize) {
    let cluster = cluster();
    let plan = plan("pico", model, &cluster, None).unwrap();
    let start = Instant::now();
    let played = play(model, &cluster, &plan, arrivals(&plan, frames), &Play::default()).unwrap();
    line("bare", model, frames, played.events, start.elapsed().as_secs_f64());
}

fn room(model: &Arc<Model>, frames: usize, checks: bool) {
    let cluster = cluster();
    let plan = plan("pico", model, &cluster, None).unwrap();
    let specs = cluster.devices.iter().map(DeviceSpec::of);
    let mut room = Room::new(1, model, "pico", specs, NetworkSpec::of(&cluster.network));
    if !checks {
        room.measure();
    }
    room.run_until(20.0);
    room.submit_all(20.0, arrivals(&plan, frames));
    let (before, start) = (room.events(), Instant::now());
    assert!(room.settle(f64::INFINITY));
    let seconds = start.elapsed().as_secs_f64();
    let name = if checks { "room, with checks" } else { "room" };
    line(name, model, frames, room.events() - before, seconds);
    assert_eq!(room.report().answered, frames);
}

fn line(name: &str, model: &Model, frames: usize, events: u64, seconds: f64) {
    let rate = events as f64 / seconds;
    println!(
        "{name}, {}: {frames} frames, {events} events in {seconds:.2} s: {rate:.0} a second",
        model.id
    );
}

/// Six convolutions whose slices are short, as far as the wire goes.
fn small() -> Arc<Model> {
    let mut model = zoo::model("vgg16").unwrap();
    let mut graph = GraphBuilder::new(Shape::new(3, 64, 64));
    let mut at = NodeId::INPUT;
    for index in 0..6 {
        at = graph.conv(&format!("conv{index}"), at, 16, 3, 1);
    }
    model.graph = graph.finish(&[at]);
    model.pieces = pieces(&model.graph);
    model.id = "six layers".into();
    Arc::new(model)
}

fn main() {
    let (vgg, small) = (Arc::new(zoo::model("vgg16").unwrap()), small());
    bare(&vgg, 300_000);
    bare(&small, 300_000);
    room(&small, 5_000, false);
    room(&small, 5_000, true);
    room(&vgg, 300, false);
}
