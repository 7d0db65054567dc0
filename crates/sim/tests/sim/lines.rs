//! Lines that become slow while a room works: noticed, confirmed, planned around within a stated time, and taken
//! back when they are themselves again; and none is ever blamed that is not slow, nor is a medium taken for lines.
#![allow(clippy::print_stdout, reason = "it tells how long it took")]

use crate::common::{devices, small, when};
use convoy_plan::{DeviceId, Link, Plan};
use convoy_sim::{NetworkSpec, Rng, Room};

/// Bytes a second of every line.
const LINE: f64 = 1e6;

/// A room whose callers wait for as long as it takes. What it computes is looked at elsewhere.
fn patient(mut room: Room) -> Room {
    room.measure();
    room
}

/// A room of equal lines, but for one that may carry such a part.
fn room(seed: u64, count: usize, slow: Option<(usize, f64)>) -> Room {
    let mut devices = devices(count);
    if let Some((slow, part)) = slow {
        devices[slow].link = Some(Link { up: part * LINE, down: part * LINE });
    }
    // No plan counts photographs.
    let network = NetworkSpec { bandwidth: LINE, photograph: 2000, ..NetworkSpec::default() };
    let mut room = patient(Room::new(seed, &small("small"), "best", devices, network));
    room.set_look(0.05);
    room
}

/// So many pictures a second.
fn ask(room: &mut Room, rate: f64, from: f64, to: f64) {
    for picture in 0..(rate * (to - from)) as u32 {
        room.submit_at(from + f64::from(picture) / rate);
    }
}

fn newest(room: &Room) -> &Plan {
    room.plans().values().next_back().unwrap()
}

fn period(room: &Room) -> f64 {
    newest(room).predicted.period
}

fn counter(room: &Room, name: &str) -> u64 {
    room.state()["counters"][name].as_u64().unwrap()
}

fn line(room: &Room, index: usize) -> serde_json::Value {
    let (id, state) = (room.id(index).unwrap(), room.state());
    let devices = state["devices"].as_array().unwrap();
    devices.iter().find(|device| device["id"] == id.0).unwrap()["line"].clone()
}

/// What the room says of its lines, to be told where a test fails.
fn told(room: &Room) -> String {
    let state = room.state();
    let devices = state["devices"].as_array().unwrap();
    let lines: Vec<String> =
        devices.iter().map(|it| format!("{} {}", it["name"], it["line"])).collect();
    let plan = &state["plan"]["epoch"];
    format!("{:.2} s, plan {plan}, {lines:?}, {}", room.now(), state["counters"])
}

fn is_slow(room: &Room, index: usize) -> bool {
    line(room, index)["slow"].as_bool().unwrap()
}

/// Answers between two times.
fn answers(room: &Room, from: f64, to: f64) -> usize {
    let ended = room.report().asked.into_iter().filter_map(|asked| asked.ended);
    ended.filter(|ended| (from..to).contains(ended)).count()
}

/// Bytes that a picture has cross a device's line under a plan, the busier direction.
fn crossing(plan: &Plan, id: DeviceId) -> u64 {
    let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
    let own = tiles.filter(|tile| tile.device == id);
    let (into, out) =
        own.fold((0, 0), |sum, tile| (sum.0 + tile.input_bytes, sum.1 + tile.output_bytes));
    into.max(out)
}

/// Which device of a room has most on its line under the first plan.
fn busiest(room: &Room, count: usize) -> usize {
    let bytes = |index: &usize| crossing(newest(room), room.id(*index).unwrap());
    (0..count).max_by_key(bytes).unwrap()
}

/// A room under a steady stream, whose busiest line falls to a part of it.
struct Fallen {
    room: Room,
    count: usize,
    /// Which page's line, when, and to which part.
    slow: usize,
    at: f64,
    part: f64,
    /// Pictures a second, and the period before.
    rate: f64,
    before: f64,
}

/// Such a room under such a part of what its plan bears, with pictures up to `until`.
fn fallen(seed: u64, [least, most]: [f64; 2], until: f64) -> Fallen {
    let mut rng = Rng::new(seed ^ 0x0000_6661_6c6c_656e);
    let count = 3 + rng.below(4);
    let mut trial = room(seed, count, None);
    trial.run_until(5.0);
    let (before, slow) = (period(&trial), busiest(&trial, count));
    let (rate, at) = (rng.between(least, most) / before, rng.between(10.0, 16.0));
    let part = rng.between(0.05, 0.15);
    let mut room = room(seed, count, None);
    ask(&mut room, rate, 5.0, until);
    room.line_at(at, slow, part);
    Fallen { room, count, slow, at, part, rate, before }
}

fn print(what: &str, mut values: Vec<f64>, unit: &str) {
    values.sort_by(f64::total_cmp);
    let (count, median) = (values.len(), values[values.len() / 2]);
    let most = values[count - 1];
    println!("{what} after {median:.1} {unit}, at most {most:.1}, in {count} rooms");
}

#[test]
fn a_line_that_falls_to_about_a_tenth_is_found_and_planned_around() {
    const MOST: [f64; 3] = [5.0, 10.0, 12.0];
    let mut times: [Vec<f64>; 3] = Default::default();
    let (mut periods, mut parts): ([Vec<f64>; 3], Vec<f64>) = Default::default();
    for seed in 0..12 {
        let Fallen { mut room, count, slow, at, part, rate, before } =
            fallen(seed, [0.7, 0.95], 60.0);
        room.run_until(at);
        assert_eq!(counter(&room, "looks"), 0, "seed {seed}: before anything is slow");
        let epoch = room.state()["plan"]["epoch"].as_u64().unwrap();
        let wanted: [&dyn Fn(&Room) -> bool; 3] =
            [&|room| counter(room, "looks") > 0, &|room| is_slow(room, slow), &|room| {
                let plan = &room.state()["plan"];
                plan["running"] == true && plan["epoch"].as_u64().unwrap() > epoch
            }];
        for (place, is_so) in wanted.into_iter().enumerate() {
            let seconds = when(&mut room, at + MOST[place], is_so);
            // Unless no other plan is clearly better.
            let Some(seconds) = seconds else {
                assert!(place == 2, "seed {seed}, {place}: {}", told(&room));
                continue;
            };
            times[place].push(seconds - at);
            periods[place].push((seconds - at) / before);
        }
        for other in (0..count).filter(|other| *other != slow) {
            assert!(!is_slow(&room, other), "seed {seed}: {other} is blamed");
        }
        let bytes = line(&room, slow)["up_mbit"].as_f64().unwrap() * 1e6 / 8.0;
        assert!((0.5..1.5).contains(&(bytes / (part * LINE))), "seed {seed}: {}", told(&room));
        room.run_until(60.0);
        // As many as where it is known from the start.
        let mut known = self::room(seed, count, Some((slow, part)));
        ask(&mut known, rate, 5.0, 60.0);
        known.run_until(60.0);
        let share = answers(&room, 35.0, 60.0) as f64 / answers(&known, 35.0, 60.0) as f64;
        assert!(share > 0.8, "seed {seed}: {share}");
        parts.push(share);
        assert_eq!(room.report().violations, Vec::<String>::new());
    }
    // In the others no plan is better by so much that it would take over: their answers say so.
    assert!(times[2].len() >= 4, "{times:?}");
    for (place, what) in ["suspected", "confirmed", "planned around"].into_iter().enumerate() {
        print(what, times[place].clone(), "s");
        print(what, periods[place].clone(), "periods");
    }
    parts.sort_by(f64::total_cmp);
    println!("answers beside a room that knew it from the start: {parts:.2?}");
}

#[test]
fn a_line_that_is_itself_again_is_taken_back() {
    let mut back = Vec::new();
    for seed in 0..8 {
        let Fallen { mut room, slow, before, .. } = fallen(seed, [0.7, 0.9], 110.0);
        room.line_at(40.0, slow, 1.0);
        room.run_until(39.9);
        assert!(is_slow(&room, slow), "seed {seed}: {}", told(&room));
        let time = when(&mut room, 120.0, |room| !is_slow(room, slow));
        let time = time.unwrap_or_else(|| panic!("seed {seed}: {}", told(&room)));
        // It is tried again 10 s after it was found, after 20 more and 40 more, and 10 after it is better.
        assert!(time - 40.0 < 60.0, "seed {seed}: {time}");
        back.push(time - 40.0);
        room.run_until(110.0);
        assert!(period(&room) < 1.1 * before, "seed {seed}: {} of {before}", period(&room));
    }
    print("taken back", back, "s");
}

/// A room of which no line ever falls, under whatever else may keep bytes waiting; and whether all share a medium, where
/// probes are not so far under way that they pass each other.
fn sound(seed: u64) -> (Room, Option<bool>) {
    let mut rng = Rng::new(seed ^ 0x6c69_6e65);
    let count = 2 + rng.below(6);
    let network = NetworkSpec {
        bandwidth: [1e5, 3e5, 1e6, 1e7][rng.below(4)],
        shared: rng.chance(0.4),
        latency: [0.001, 0.01, 0.05][rng.below(3)],
        photograph: [5000, 50_000][rng.below(2)],
        ..NetworkSpec::default()
    };
    let scheme = ["pico", "best", "layer-wise", "apico"][rng.below(4)];
    let mut devices = devices(count);
    for device in &mut devices {
        if rng.chance(0.3) {
            let line = network.bandwidth * rng.between(0.2, 1.0);
            device.link = Some(Link { up: line, down: line });
        }
        device.relay_only = rng.chance(0.1);
    }
    let mut room = patient(Room::new(seed, &small("small"), scheme, devices, network));
    room.set_look(0.05);
    // Load that rises until it is far more than the room bears.
    let mut rate = rng.between(0.5, 4.0);
    for step in 0..5 {
        let from = 5.0 + 8.0 * f64::from(step);
        ask(&mut room, rate, from, from + 8.0);
        rate *= rng.between(1.0, 2.0);
    }
    for _ in 0..rng.below(5) {
        room.slow_down_at(rng.between(6.0, 40.0), rng.below(count), rng.between(0.8, 8.0));
    }
    (room, (network.latency < 0.01).then_some(network.shared))
}

#[test]
fn where_no_line_is_slow_none_is_ever_blamed() {
    let (mut looks, mut rooms) = (0, 0);
    for seed in 0..100 {
        let (mut room, shared) = sound(seed);
        room.run_until(50.0);
        let medium = &room.state()["medium"];
        assert!(
            shared.is_none_or(|shared| medium["shared"] == shared),
            "seed {seed}: {}",
            told(&room)
        );
        assert_eq!(counter(&room, "slow_lines"), 0, "seed {seed}: {}", told(&room));
        let looked = counter(&room, "looks");
        // After 5, 10, 20 and 40 s.
        assert!(looked <= 4, "seed {seed}: {looked} looks");
        looks += looked;
        rooms += u64::from(looked > 0);
    }
    println!("{looks} looks in {rooms} of 100 rooms");
}
