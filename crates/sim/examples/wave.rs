//! A load that rises and falls, in whole rooms: `cargo run --release -p convoy-sim --example wave -- [PICTURES] [ROOMS]`.
//! ResNet34 on the unequal cluster of the testbed's wave (2 x 1.2, 2 x 0.8, 4 x 0.6 GMAC/s, lines of 25 Mbit/s, headers and
//! 12 ms a tile for passing it on not forgotten), pictures at random at 0.3, 0.6, 0.9, 0.6 and 0.3 of what `pico` can do, 48 of
//! each step in 12 rooms unless said otherwise. What is told: mean seconds from picture to answer at each step, and `best`'s
//! over the best fixed scheme's.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a command for people")]

use convoy_model::zoo;
use convoy_plan::{Cluster, Device, DeviceId, Network, WireFormat, plan};
use convoy_session::Limits;
use convoy_sim::{Arrivals, DeviceSpec, NetworkSpec, Room};
use std::sync::Arc;

const SPEEDS: [f64; 8] = [1.2e9, 1.2e9, 0.8e9, 0.8e9, 0.6e9, 0.6e9, 0.6e9, 0.6e9];
/// Bytes a second that a line carries beside headers.
const LINE: f64 = 0.9 * 25e6 / 8.0;
const PASSING: f64 = 0.012;
const LOADS: [f64; 5] = [0.3, 0.6, 0.9, 0.6, 0.3];
/// The first is what the room learns with what passing on costs.
const SCHEMES: [&str; 3] = ["coedge", "pico", "best"];

/// Pictures that wait and then such as come one after another, before the wave.
const BEFORE: [u32; 2] = [60, 30];
/// Seconds at which these begin, the other scheme is asked for, and the wave begins.
const WAITING: f64 = 20.0;
const ASKED: f64 = 145.0;
const ALONE: f64 = 150.0;
const WAVE: f64 = 280.0;
/// Seconds between two pictures that come one after another.
const APART: f64 = 4.0;

/// Pictures a second that `pico` can answer.
fn capacity() -> f64 {
    let device =
        |(index, speed): (u32, f64)| Device::new(DeviceId(index), "device", speed, 2 << 30);
    let devices = (0..).zip(SPEEDS).map(device).collect();
    let network =
        Network { bandwidth: LINE, shared: false, latency: 0.001, wire: WireFormat::Compact };
    let model = zoo::model("resnet34").unwrap();
    1.0 / plan("pico", &model, &Cluster { devices, network }, None).unwrap().predicted.period
}

/// Pictures of each step and the sum of their seconds, in one room.
fn steps(scheme: &str, seed: u64, pictures: usize, capacity: f64) -> Vec<(f64, f64)> {
    let spec = |(index, speed): (usize, f64)| DeviceSpec {
        passing: PASSING,
        ..DeviceSpec::new(&format!("device {index}"), speed)
    };
    let network = NetworkSpec { bandwidth: LINE, ..NetworkSpec::default() };
    let model = Arc::new(zoo::model("resnet34").unwrap());
    let devices: Vec<_> = SPEEDS.into_iter().enumerate().map(spec).collect();
    let mut room = Room::new(seed, &model, SCHEMES[0], devices, network);
    room.set_limits(Limits { waiting: 1000, ..Limits::default() });
    if scheme != SCHEMES[0] {
        room.set_scheme_at(ASKED, scheme);
    }
    let waiting = (0..BEFORE[0]).map(|_| WAITING);
    let alone = (0..BEFORE[1]).map(|picture| ALONE + APART * f64::from(picture));
    for time in waiting.chain(alone) {
        room.submit_at(time);
    }
    let (mut begins, mut counts) = (WAVE, Vec::new());
    for (step, load) in (0..).zip(LOADS) {
        let rate = load * capacity;
        let times = Arrivals::poisson(rate, 100 * seed + step).unwrap();
        let seconds = pictures as f64 / rate;
        let times: Vec<f64> = times.take_while(|time| *time < seconds).collect();
        for time in &times {
            room.submit_at(begins + time);
        }
        counts.push(times.len());
        begins += seconds;
    }
    assert!(room.settle(begins + 1000.0), "{:#}", room.state());
    let report = room.report();
    let mut wave = report.asked.iter().filter(|asked| asked.time >= WAVE);
    let step = |count: usize| {
        let seconds = wave.by_ref().take(count).map(|asked| asked.ended.unwrap() - asked.time);
        (count as f64, seconds.sum())
    };
    counts.into_iter().map(step).collect()
}

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse().unwrap());
    let (pictures, rooms) = (args.next().unwrap_or(48), args.next().unwrap_or(12));
    let capacity = capacity();
    let means = SCHEMES.map(|scheme| {
        let all: Vec<_> =
            (0..rooms).map(|seed| steps(scheme, seed as u64, pictures, capacity)).collect();
        let mean = |step: usize| {
            let (count, seconds) = all
                .iter()
                .fold((0.0, 0.0), |sum, steps| (sum.0 + steps[step].0, sum.1 + steps[step].1));
            seconds / count
        };
        [0, 1, 2, 3, 4].map(mean)
    });
    println!("{pictures} pictures a step, {rooms} rooms: mean seconds from picture to answer\n");
    println!(
        "load  {}  best over the best fixed",
        SCHEMES.map(|name| format!("{name:>7}")).join(" ")
    );
    for (step, load) in LOADS.into_iter().enumerate() {
        let row = means.map(|of| format!("{:>7.2}", of[step])).join(" ");
        let fixed = f64::min(means[0][step], means[1][step]);
        println!("{load:<5} {row}  {:.2}", means[2][step] / fixed);
    }
}
