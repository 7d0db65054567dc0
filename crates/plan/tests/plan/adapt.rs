//! Which plan runs as the rate of arrivals changes: followed, and never back and forth.

use crate::common::{Random, front};
use convoy_plan::{Chooser, DeviceId, Front, Stage, Tile};
use proptest::prelude::*;

/// The paper's adaptive scheme for VGG-16: the pipeline and the fused blocks.
const APICO: [(f64, f64); 2] = [(1.558, 5.073), (2.60, 2.60)];
/// The paper's planner's whole front for the same.
const PICO: [(f64, f64); 5] =
    [(1.558, 5.073), (1.602, 5.024), (1.649, 3.865), (1.800, 3.779), (2.860, 3.634)];

/// A room that runs the plans of a front as its chooser says.
struct Room {
    front: Front,
    chooser: Chooser,
    random: Random,
    now: f64,
    next: f64,
    look: f64,
    current: usize,
    /// When frames that came in by now are answered, and the last of them was begun.
    ends: Vec<f64>,
    begun: f64,
    /// When which plan began.
    switches: Vec<(f64, usize)>,
}

impl Room {
    fn new(front: Front, seed: u64) -> Self {
        let mut chooser = Chooser::default();
        let current = chooser.begin(0.0, &front);
        chooser.started(0.0);
        let (random, switches) = (Random(seed), Vec::new());
        let (look, begun) = (0.5 * front.plans[0].period, f64::NEG_INFINITY);
        let (now, next, ends) = (0.0, 0.0, Vec::new());
        Self { front, chooser, random, now, next, look, current, ends, begun, switches }
    }

    /// A frame comes in: when it is answered, if it does as forecast.
    fn comes(&mut self, at: f64) -> f64 {
        self.ends.retain(|end| *end > at);
        self.chooser.arrived(at, self.ends.len());
        let plan = &self.front.plans[self.current].predicted;
        self.begun = at.max(self.begun + plan.period);
        self.ends.push(self.begun + plan.latency);
        self.begun + plan.latency
    }

    /// Whether another plan takes over now.
    fn look(&mut self) {
        if let Some(better) = self.chooser.better(self.now, &self.front, self.current) {
            self.current = better;
            self.chooser.started(self.now);
            self.switches.push((self.now, better));
        }
    }

    /// Somebody sends a picture a moment after each answer.
    fn run_alone(&mut self, seconds: f64) {
        let end = self.now + seconds;
        self.next = self.now;
        while self.now < end {
            self.now += self.look;
            while self.next < self.now {
                self.next = self.comes(self.next) + 0.02;
            }
            self.look();
        }
    }

    /// Frames come at random times, at `rate` a second; two looks a shortest period.
    fn run(&mut self, rate: f64, seconds: f64) {
        self.run_with(seconds, |random| random.exponential(rate));
    }

    /// Frames come at even distances, `rate` a second.
    fn run_evenly(&mut self, rate: f64, seconds: f64) {
        self.run_with(seconds, |_| 1.0 / rate);
    }

    fn run_with(&mut self, seconds: f64, pause: impl Fn(&mut Random) -> f64) {
        let end = self.now + seconds;
        self.next = self.now + pause(&mut self.random);
        while self.now < end {
            self.now += self.look;
            while self.next < self.now {
                self.comes(self.next);
                self.next += pause(&mut self.random);
            }
            self.look();
        }
    }
}

/// Most switches in so many frames of steady arrivals, beside the first few that find the plan.
fn most_switches(frames: f64) -> usize {
    4 + (frames / 150.0) as usize
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn steady_arrivals_do_not_make_it_flap(
        load in 0.02f64..1.2,
        seed in any::<u64>(),
        fast in any::<bool>(),
        whole in any::<bool>(),
    ) {
        let plans: &[(f64, f64)] = if whole { &PICO } else { &APICO };
        let scale = if fast { 0.02 } else { 1.0 };
        let plans: Vec<_> = plans.iter().map(|(p, l)| (p * scale, l * scale)).collect();
        let rate = load / plans[0].0;
        let mut room = Room::new(front(&plans), seed);
        room.run(rate, 3000.0 / rate);
        let count = room.switches.len();
        prop_assert!(count <= most_switches(3000.0), "{count} switches at {load}");
    }

    #[test]
    fn steps_are_followed_in_the_time_that_is_said(
        low in 0.02f64..0.1,
        high in 0.7f64..0.95,
    ) {
        let front = front(&APICO);
        let time = Chooser::follows_within(&front);
        let mut room = Room::new(front, 0);
        let capacity = 1.0 / APICO[0].0;
        room.run_evenly(low * capacity, 1000.0);
        prop_assert_eq!(room.current, 1);
        room.run_evenly(high * capacity, time);
        prop_assert_eq!(room.current, 0, "it goes for throughput");
        room.run_evenly(high * capacity, 1000.0);
        prop_assert_eq!(room.current, 0);
        room.run_evenly(low * capacity, time);
        prop_assert_eq!(room.current, 1, "it goes for latency again");
    }
}

#[test]
fn steps_among_random_arrivals_are_followed_too() {
    for seed in 0..50 {
        let front = front(&APICO);
        let time = 2.0 * Chooser::follows_within(&front);
        let mut room = Room::new(front, seed);
        let capacity = 1.0 / APICO[0].0;
        room.run(0.05 * capacity, 1000.0);
        room.run(0.85 * capacity, time);
        assert_eq!(room.current, 0, "seed {seed}: it goes for throughput");
        room.run(0.05 * capacity, time);
        assert_eq!(room.current, 1, "seed {seed}: it goes for latency again");
    }
}

/// Groups of six at a picture, and all eight devices at each: no more than a seventh apart where few pictures come.
const NEAR: [(f64, f64); 2] = [(0.78, 1.82), (1.048, 1.393)];

#[test]
fn a_light_load_that_stays_is_known_well_enough_to_go_for_latency() {
    let front = front(&NEAR);
    let rate = 0.3 / 0.78;
    assert!(front.expected(1, rate) < 0.9 * front.expected(0, rate));
    let mut found = 0;
    for seed in 0..40 {
        let mut room = Room::new(front.clone(), seed);
        room.run(0.9 / 0.78, 200.0);
        assert_eq!(room.current, 0, "seed {seed}");
        room.run(rate, 300.0);
        found += usize::from(room.current == 1);
    }
    assert!(found >= 32, "{found} of 40 rooms");
}

#[test]
fn the_worst_rate_for_each_front_switches_seldom() {
    let mut most = (0, 0.0);
    for plans in [&APICO[..], &PICO] {
        for step in 0..20_u32 {
            let rate = (0.2 + 0.0375 * f64::from(step)) / plans[0].0;
            let mut room = Room::new(front(plans), u64::from(step));
            room.run(rate, 5000.0 / rate);
            if room.switches.len() >= most.0 {
                most = (room.switches.len(), rate);
            }
        }
    }
    println!("at most {} switches in 5000 frames, at {:.3}/s", most.0, most.1);
    assert!(most.0 <= most_switches(5000.0), "{most:?}");
}

#[test]
fn the_rate_falls_when_nothing_comes_any_more() {
    let mut room = Room::new(front(&APICO), 1);
    room.run(0.5, 500.0);
    assert!((room.chooser.rate(room.now) / 0.5 - 1.0).abs() < 0.4);
    let (mut last, now) = (f64::INFINITY, room.now);
    for second in [0.0, 10.0, 60.0, 600.0] {
        let rate = room.chooser.rate(now + second);
        assert!(rate < last);
        last = rate;
    }
    assert!(last < 1e-3);
}

#[test]
fn a_plan_that_cannot_keep_up_is_left_for_one_that_can_but_not_before_its_time() {
    let front = front(&APICO);
    let mut chooser = Chooser::default();
    assert_eq!(chooser.begin(0.0, &front), 1, "nothing comes: least latency");
    chooser.started(0.0);
    (0..30).for_each(|there| chooser.arrived(50.0, there));
    assert_eq!(chooser.better(51.0, &front, 1), None, "it has only just begun");
    assert_eq!(chooser.better(53.0, &front, 1), Some(0));
    // Where no plan keeps up, the one of the shortest period does best.
    (0..300).for_each(|there| chooser.arrived(53.0, there));
    assert_eq!(chooser.better(53.0, &front, 1), Some(0));
    assert_eq!(chooser.better(53.0, &front, 0), None);
}

#[test]
fn where_there_is_one_plan_it_stays() {
    let front = front(&APICO[..1]);
    let mut chooser = Chooser::default();
    assert_eq!(chooser.begin(0.0, &front), 0);
    chooser.started(0.0);
    (0..1000).for_each(|there| chooser.arrived(50.0, there));
    assert_eq!(chooser.better(100.0, &front, 0), None);
}

#[test]
fn what_waits_all_the_time_wants_throughput_though_no_more_comes_than_is_answered() {
    let front = front(&APICO);
    let mut chooser = Chooser::default();
    chooser.begin(0.0, &front);
    chooser.started(0.0);
    // Callers who wait for answers come as fast as a room answers that is slower than its forecast.
    const EVERY: f64 = 4.0;
    let better = |chooser: &mut Chooser, from: f64, seconds: f64, waiting: usize| {
        let mut found = None;
        let steps = (seconds / EVERY) as u32;
        for step in 0..steps {
            let now = from + f64::from(step) * EVERY;
            chooser.arrived(now, waiting + 1);
            chooser.wait(now, waiting, 1);
            found = found.or(chooser.better(now, &front, 1));
        }
        found
    };
    assert_eq!(better(&mut chooser, 0.0, 300.0, 0), None, "nobody waits");
    assert_eq!(better(&mut chooser, 300.0, 48.0, 4), None, "not for long yet");
    assert_eq!(better(&mut chooser, 348.0, 4.0, 0), None, "for a moment nobody waits");
    assert_eq!(better(&mut chooser, 352.0, 48.0, 4), None, "nor since then");
    assert_eq!(better(&mut chooser, 400.0, 20.0, 4), Some(0));
    // Two, of which one waits, are there for 5.2 s each under the plan that runs, and 5.1 s under the other.
    chooser.started(420.0);
    assert_eq!(better(&mut chooser, 420.0, 300.0, 1), None);
}

/// Which plan a room is at after so many seconds in which so many frames wait at each second.
fn after(front: &Front, mut current: usize, seconds: u32, waiting: impl Fn(u32) -> usize) -> usize {
    let mut chooser = Chooser::default();
    chooser.begin(0.0, front);
    chooser.started(0.0);
    for second in 0..seconds {
        let now = f64::from(second);
        let plan = &front.plans[current];
        let under_way = (plan.predicted.latency / plan.predicted.period) as usize;
        chooser.wait(now, waiting(second), under_way);
        if let Some(better) = chooser.better(now, front, current) {
            current = better;
            chooser.started(now);
        }
    }
    current
}

/// VGG-16 on eight devices of 1 GMAC/s: whole pictures in turn, and all devices at each picture.
const TURNS: [(f64, f64); 2] = [(1.934, 15.47), (2.05, 2.75)];

#[test]
fn callers_who_always_wait_get_the_shortest_period_and_keep_it() {
    let front = front(&TURNS);
    // Nine of them: with all devices at each picture seven wait, in turn one does.
    assert_eq!(after(&front, 1, 300, |_| 8), 0);
    assert_eq!(after(&front, 0, 300, |_| 1), 0);
    // Five stay for 10.3 s with all devices, and for 15.5 s in turn.
    assert_eq!(after(&front, 1, 300, |_| 4), 1);
}

/// Stages of one tile each, all of one device.
fn stages(count: usize) -> Vec<Stage> {
    let tile = Tile {
        device: DeviceId(0),
        group: 0,
        regions: Vec::new(),
        macs: 0,
        input_bytes: 0,
        output_bytes: 0,
        compute: 0.0,
    };
    let stage = |index| Stage {
        pieces: [index, index + 1],
        turns: vec![1],
        tiles: vec![tile.clone()],
        compute: 0.0,
        transfer: 0.0,
    };
    (0..count).map(stage).collect()
}

#[test]
fn of_plans_that_are_nearly_alike_callers_who_always_wait_get_the_one_of_clearly_fewer_tiles() {
    // Whole pictures in turn, and 15 stages of all devices that are forecast to be 0.2 % slower.
    for (tiles, wanted) in [([1, 15], 0), ([1, 1], 1), ([10, 15], 1)] {
        let mut front = front(&[(0.967, 7.73), (0.969, 1.4)]);
        front.plans.iter_mut().zip(tiles).for_each(|(plan, tiles)| plan.stages = stages(tiles));
        assert_eq!(after(&front, 1, 300, |_| 12), wanted, "{tiles:?}");
        assert_eq!(after(&front, 0, 300, |_| 5), 0, "{tiles:?}");
    }
}

/// ResNet34 on four devices of 3 GMAC/s: whole pictures in turn, and two plans of many stages, which on a machine that is full of messages
/// answer half as often as forecast.
const FULL: [(f64, f64, f64); 3] = [(0.305, 1.22, 0.31), (0.313, 0.96, 0.47), (0.331, 0.71, 0.47)];

#[test]
fn callers_who_always_wait_and_plans_that_are_slower_than_forecast_end_in_the_shortest_period() {
    let forecast = FULL.map(|(period, latency, _)| (period, latency));
    for callers in [7_usize, 9] {
        let front = front(&forecast);
        let mut room = Room::new(front, 0);
        let (mut answered, mut looks) = (0.0, 0);
        while room.now < 200.0 {
            room.now += 0.05;
            // Each answer brings the next picture.
            answered += 0.05 / FULL[room.current].2;
            while answered >= 1.0 {
                answered -= 1.0;
                room.chooser.arrived(room.now, callers - 1);
            }
            let credits = room.front.plans[room.current].credits();
            let under_way = callers.min(credits);
            room.chooser.wait(room.now, callers - under_way, under_way);
            // Between an answer and the next picture one fewer is there, which is seen now and then.
            looks += 1;
            if looks % 301 == 0 {
                room.chooser.wait(room.now, (callers - 1).saturating_sub(credits), under_way);
            }
            room.look();
        }
        assert_eq!(room.current, 0, "{callers} callers: {:?}", room.switches);
        assert!(room.switches.len() <= 3, "{callers} callers: {:?}", room.switches);
    }
}

#[test]
fn a_burst_that_is_being_answered_is_not_taken_for_callers_who_always_wait() {
    let front = front(&TURNS);
    // Of 40, 20 are left once the plan has been there long enough: answered 44 s later, in turn 54 s. Callers who
    // always wait would stay for 41 s in turn.
    let burst = |second: u32| 40 - (second as usize / 2).min(40);
    assert_eq!(after(&front, 1, 60, burst), 1);
}

/// ResNet34 on two devices of 2 GMAC/s: whole pictures in turn, and both at each picture.
const TWO: [(f64, f64); 2] = [(0.922, 1.843), (1.156, 1.156)];

#[test]
fn whoever_waits_for_each_answer_has_them_as_soon_as_they_can_be() {
    let front = front(&TWO);
    // Pictures that came as often by chance would wait for each other, and longest where both are at each.
    assert_eq!(front.at_rate(1.0 / 1.176), 0);
    let mut room = Room::new(front, 0);
    room.run(1.0 / 1.3, 300.0);
    assert_eq!(room.current, 0);
    let (began, before) = (room.now, room.switches.len());
    room.run_alone(600.0);
    let switches = &room.switches[before..];
    assert!(matches!(switches, [(at, 1)] if at - began < 40.0), "once, and soon: {switches:?}");
    // A second caller is seen at once.
    room.run(1.0 / 1.3, 60.0);
    assert_eq!(room.current, 0);
}

#[test]
fn pictures_that_meet_now_and_then_do_not_count_as_such_that_never_do() {
    let front = front(&TWO);
    for seed in 0..20 {
        let mut room = Room::new(front.clone(), seed);
        room.run(0.8 / 0.922, 2000.0);
        let early = room.switches.len();
        room.run(0.8 / 0.922, 5000.0);
        assert_eq!(room.current, 0, "seed {seed}");
        assert_eq!(room.switches.len(), early, "seed {seed}: {:?}", room.switches);
    }
}
