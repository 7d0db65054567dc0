//! How long a room takes over each kind of loss: `cargo run --release -p convoy-sim --example recovery`.
//! A steady room of four unequal devices, asked for two fifths of what its plan can bear; the trouble comes
//! at thirty different moments of its frames. What is told: seconds until the room knows, seconds from there to the first answer under a
//! plan for who is left (or for who came), how long nobody was answered, and the same in periods. With the
//! argument `weights` it is told instead what it saves that weights are fetched before a plan needs them.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a command for people")]

use convoy_model::zoo;
use convoy_sim::{DeviceSpec, NetworkSpec, Room, in_files};
use std::sync::Arc;

/// Moments at which the trouble comes, a tenth of a period and more apart.
const MOMENTS: u32 = 30;
/// How much of what the plan can bear is asked of it.
const LOAD: f64 = 0.4;
/// When the room is steady.
const STEADY: f64 = 40.0;
/// Most seconds between two looks at the room.
const LOOK: f64 = 0.01;

/// A trouble, told to the room for this device at this time.
type Trouble = fn(&mut Room, f64, usize);

const TROUBLES: [(&str, Trouble); 8] = [
    ("page closed", |room, time, device| room.leave_at(time, device)),
    ("tab killed", |room, time, device| room.kill_at(time, device)),
    ("silence", |room, time, device| room.vanish_at(time, device)),
    ("frozen for 9 s", |room, time, device| room.freeze_at(time, device, 9.0)),
    ("page reloaded, 1 s", |room, time, device| room.reload_at(time, device, 1.0)),
    ("source killed", |room, time, _| room.kill_source_at(time)),
    ("server restarted, 2 s", |room, time, _| room.restart_at(time, 2.0)),
    ("join in mid-run", |room, time, _| {
        room.join_at(time, DeviceSpec::new("late", 8e9));
    }),
];

/// Bytes a second at which a device gets weight files, where they are files: 100 Mbit/s.
const WEIGHTS: f64 = 12.5e6;

/// A room of this network and scheme. Where `files` says so its weights are files, which devices fetch when a
/// plan needs them, or before too.
fn room((network, scheme): (&str, &str), seed: u64, files: Option<bool>) -> Room {
    let model = zoo::model(network).unwrap();
    let model = Arc::new(if files.is_some() { in_files(&model) } else { model });
    let devices = [8e9, 6e9, 4e9, 3e9].into_iter().enumerate();
    let metered = files == Some(false);
    let devices = devices.map(|(index, speed)| DeviceSpec {
        metered,
        ..DeviceSpec::new(&format!("device {index}"), speed)
    });
    let wires = NetworkSpec { weights: files.map(|_| WEIGHTS), ..NetworkSpec::default() };
    Room::new(seed, &model, scheme, devices, wires)
}

/// What became of one trouble.
struct Recovery {
    /// Of the plan before.
    period: f64,
    /// From picture to answer, once the room is steady again.
    latency: f64,
    noticed: f64,
    recovered: f64,
    /// Longest time without an answer, beyond what lies between two pictures.
    silent: f64,
}

/// The devices that the room counts on, and its newest plan.
fn seen(room: &Room) -> (Vec<String>, u32) {
    let state = room.state();
    let devices = state["devices"].as_array().cloned().unwrap_or_default();
    let sound = devices.iter().filter(|device| device["state"] != "silent");
    let names = sound.map(|device| device["id"].to_string()).collect();
    (names, room.report().epoch)
}

fn suffer(
    network: &str,
    files: Option<bool>,
    (trouble, anew): (Trouble, bool),
    moment: u32,
) -> Recovery {
    let mut room = room((network, "pico"), u64::from(moment), files);
    // A network of many weights takes its time at first.
    room.run_until(if files.is_some() { 30.0 } else { 10.0 });
    let before = room.plans().values().next_back().unwrap().predicted;
    let between = before.period / LOAD;
    let count = (90.0 / between) as u32;
    room.submit_all(room.now(), (0..count).map(|frame| f64::from(frame) * between));
    let steady = if files.is_some() { 2.0 * STEADY } else { STEADY };
    let time = steady + before.period * f64::from(moment) * 0.13;
    room.run_until(time - LOOK);
    let (steady, epoch) = seen(&room);
    // The device with the first tile, which is at work in every frame.
    let plan = room.plans().values().next_back().unwrap();
    let id = plan.stages[0].tiles[0].device;
    let device = (0..4).find(|device| room.id(*device) == Some(id)).unwrap();
    trouble(&mut room, time, device);
    let noticed = loop {
        room.run_until(room.now() + LOOK);
        assert!(room.now() < time + 60.0, "nobody notices");
        if seen(&room) != (steady.clone(), epoch) {
            break room.now();
        }
    };
    assert!(room.settle(400.0), "frames are lost");
    let report = room.report();
    assert_eq!(report.failed + report.lost, 0, "{:?}", report.violations);
    let answers = report.asked.iter().filter_map(|asked| {
        let answer = asked.outcome.as_ref()?.as_ref().ok()?;
        Some((asked.ended?, answer.epoch.0, asked.time))
    });
    let mut answers: Vec<(f64, u32, f64)> = answers.collect();
    answers.sort_by(|one, other| one.0.total_cmp(&other.0));
    let newer = |answer: &&(f64, u32, f64)| answer.0 > noticed && (anew || answer.1 != epoch);
    let (first, ..) = answers.iter().find(newer).copied().unwrap();
    let gaps = answers.windows(2).filter(|pair| pair[1].0 > time && pair[0].0 < time + 40.0);
    let gap = gaps.map(|pair| pair[1].0 - pair[0].0).fold(0.0, f64::max);
    let last: Vec<f64> = answers.iter().rev().take(10).map(|answer| answer.0 - answer.2).collect();
    Recovery {
        period: before.period,
        latency: last.iter().sum::<f64>() / last.len() as f64,
        noticed: noticed - time,
        recovered: first - noticed,
        silent: (gap - between).max(0.0),
    }
}

/// The middle and the greatest.
fn spread(all: &[Recovery], value: impl Fn(&Recovery) -> f64) -> [f64; 2] {
    let mut values: Vec<f64> = all.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    [values[values.len() / 2], values[values.len() - 1]]
}

fn table(network: &str) {
    println!("\n{network}: median (greatest) of {MOMENTS} moments");
    println!(
        "| trouble | noticed after, s | an answer after that, s | less one latency, s | no answer for, s | in periods |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, trouble) in TROUBLES {
        // Another server numbers its plans anew.
        let anew = name.starts_with("server");
        let all: Vec<Recovery> =
            (0..MOMENTS).map(|moment| suffer(network, None, (trouble, anew), moment)).collect();
        let noticed = spread(&all, |one| one.noticed);
        let recovered = spread(&all, |one| one.recovered);
        let beyond = spread(&all, |one| one.recovered - one.latency);
        let silent = spread(&all, |one| one.silent);
        let periods = spread(&all, |one| one.silent / one.period);
        let cell = |[middle, greatest]: [f64; 2]| format!("{middle:.2} ({greatest:.2})");
        let cells = [noticed, recovered, beyond, silent].map(cell).join(" | ");
        println!("| {name} | {cells} | {:.1} ({:.1}) |", periods[0], periods[1]);
    }
}

/// Seconds from the moment that the load wants another plan to the first answer under it.
fn switch(network: &str, files: bool, seed: u64) -> f64 {
    let mut room = room((network, "apico"), seed, Some(files));
    room.run_until(30.0);
    let period = room.plans().values().next_back().unwrap().predicted.period;
    let calm = 3.0 + seed as f64 * 0.1;
    room.submit_all(
        30.0,
        (0..(60.0 / (calm * period)) as u32).map(|at| f64::from(at) * calm * period),
    );
    room.run_until(90.0);
    let epoch = room.report().epoch;
    let count = (60.0 / period) as u32;
    room.submit_all(90.0, (0..count).map(|at| f64::from(at) * 1.02 * period));
    while room.report().epoch == epoch {
        room.run_until(room.now() + LOOK);
        assert!(room.now() < 200.0, "no other plan is wanted");
    }
    let wanted = room.now();
    assert!(room.settle(600.0), "frames are lost");
    let report = room.report();
    let answers = report.asked.iter().filter_map(|asked| {
        let answer = asked.outcome.as_ref()?.as_ref().ok()?;
        asked.ended.filter(|_| answer.epoch.0 > epoch)
    });
    answers.fold(f64::INFINITY, f64::min) - wanted
}

/// What fetching weights before a plan needs them saves.
fn weights(network: &str) {
    println!("\n{network}, weights from the server at 100 Mbit/s: median (greatest)");
    println!(
        "| weights | tab killed: an answer, less one latency, s | load rises: an answer by the other plan, s |"
    );
    println!("|---|---|---|");
    for (name, ahead) in [("when a plan needs them", false), ("before", true)] {
        let killed: Vec<Recovery> = (0..MOMENTS)
            .map(|moment| suffer(network, Some(ahead), (TROUBLES[1].1, false), moment))
            .collect();
        let [middle, greatest] = spread(&killed, |one| one.recovered - one.latency);
        let mut switches: Vec<f64> = (0..10).map(|seed| switch(network, ahead, seed)).collect();
        switches.sort_by(f64::total_cmp);
        let [half, most] = [switches[5], switches[9]];
        println!("| {name} | {middle:.2} ({greatest:.2}) | {half:.2} ({most:.2}) |");
    }
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("weights") {
        weights("resnet34");
        weights("vgg16");
        return;
    }
    table("resnet34");
    table("vgg16");
}
