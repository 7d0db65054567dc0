//! Another plan of the front takes over as the load changes: nothing is lost, nothing done twice.

use crate::common::{Hall, link};
use convoy_plan::{DeviceId, Front, PlanError, Prediction, plan};
use convoy_session::PlanRequest;
use convoy_wire::{Epoch, FrameId, ToServer};
use std::collections::{BTreeMap, VecDeque};

/// A pipeline that answers every second after four, and one device that answers in two: as good as
/// each other at about 0.3 frames a second.
fn two_plans(request: &PlanRequest) -> Result<Front, PlanError> {
    let mut front = PlanRequest { scheme: "pico".into(), ..request.clone() }.run(&|| 0.0)?;
    let single = plan("single", &request.model, &request.cluster, None)?;
    front.plans.push(single);
    let predicted =
        [(1.0, 4.0), (2.0, 2.0)].map(|(period, latency)| Prediction::new(period, latency));
    for (plan, predicted) in front.plans.iter_mut().zip(predicted) {
        plan.predicted = predicted;
    }
    Ok(front)
}

/// A hall of so many devices that carry out one of two plans.
struct Play {
    hall: Hall,
    ids: Vec<DeviceId>,
    /// Frames under way: when they will be answered, by whom, under which plan.
    under_way: VecDeque<(f64, DeviceId, FrameId, Epoch)>,
    /// How many images were handed out before.
    handed: usize,
    submitted: usize,
    owed: f64,
}

impl Play {
    fn new(count: u32) -> Self {
        Self::under("best", count)
    }

    fn under(scheme: &str, count: u32) -> Self {
        let mut hall = Hall { planner: two_plans, ..Hall::new() };
        hall.coordinator.set_scheme(0.0, scheme.into(), None);
        let (hall, ids) = hall.started(count);
        Self { hall, ids, under_way: VecDeque::new(), handed: 0, submitted: 0, owed: 0.0 }
    }

    fn counter(&self, name: &str) -> u64 {
        self.hall.state()["counters"][name].as_u64().unwrap()
    }

    fn scheme(&self) -> String {
        self.hall.plan().1.scheme
    }

    /// Frames come at `rate` a second; each is answered as its plan predicts.
    fn run(&mut self, rate: f64, seconds: f64) {
        let end = self.hall.now + seconds;
        while self.hall.now < end {
            self.step(rate);
        }
    }

    fn step(&mut self, rate: f64) {
        self.owed += rate * 0.5;
        while self.owed >= 1.0 {
            self.owed -= 1.0;
            self.hall.submit().unwrap();
            self.submitted += 1;
        }
        let alive = self.ids.clone();
        self.hall.wait(0.5, &alive);
        let (epoch, plan) = self.hall.plan();
        for (source, frame) in self.hall.images[self.handed..].iter().copied() {
            let at = self.hall.now + plan.predicted.latency;
            self.under_way.push_back((at, source, frame, epoch));
        }
        self.handed = self.hall.images.len();
        while self.under_way.front().is_some_and(|(at, ..)| *at <= self.hall.now) {
            let (_, source, frame, epoch) = self.under_way.pop_front().unwrap();
            self.hall.answer(source, frame, epoch);
        }
        self.hall.all_ready();
    }

    /// Lets what is under way be answered, and checks that every frame was, once.
    fn check(&mut self) {
        self.run(0.0, 30.0);
        let mut ends: BTreeMap<FrameId, usize> = BTreeMap::new();
        for (frame, outcome) in &self.hall.done {
            assert!(outcome.is_ok(), "{outcome:?}");
            *ends.entry(*frame).or_default() += 1;
        }
        assert_eq!(ends.len(), self.submitted);
        assert!(ends.values().all(|ends| *ends == 1));
    }
}

#[test]
fn the_plan_follows_the_load_and_no_frame_is_lost_or_done_twice() {
    let mut play = Play::new(3);
    assert_eq!(play.scheme(), "single", "nothing comes: least latency");
    play.run(0.1, 300.0);
    assert_eq!((play.scheme().as_str(), play.counter("switches")), ("single", 0));
    play.run(0.8, 150.0);
    assert_eq!((play.scheme().as_str(), play.counter("switches")), ("pico", 1));
    play.run(0.8, 300.0);
    play.run(0.05, 150.0);
    assert_eq!((play.scheme().as_str(), play.counter("switches")), ("single", 2));
    play.check();
    assert_eq!(play.hall.images.len(), play.submitted, "each was handed out once");
    assert_eq!(
        (play.counter("replayed"), play.counter("late"), play.counter("replans")),
        (0, 0, 0)
    );
    assert_eq!(play.hall.plan().0, Epoch(3));
}

/// A play under the paper's adaptive scheme that is about to switch, with frames in flight.
fn draining() -> Play {
    let mut play = Play::under("apico", 3);
    for _ in 0..1000 {
        play.step(0.9);
        if !play.hall.state()["front"]["next"].is_null() {
            return play;
        }
    }
    panic!("it never switches: {:#}", play.hall.state());
}

#[test]
fn while_frames_are_answered_others_are_taken_in_but_not_begun() {
    let mut play = draining();
    let in_flight = play.counter("in_flight");
    assert!(in_flight > 0);
    let waiting = play.counter("waiting");
    play.hall.submit().unwrap();
    play.submitted += 1;
    assert_eq!(play.counter("waiting"), waiting + 1);
    assert_eq!(play.counter("in_flight"), in_flight);
    assert_eq!(play.hall.plan().0, Epoch(1));
    // The last one to be abandoned makes way as one that is answered does.
    let left: Vec<FrameId> = play.under_way.drain(..).map(|(_, _, frame, _)| frame).collect();
    for frame in &left {
        assert_eq!(play.hall.plan().0, Epoch(1));
        play.hall.coordinator.abandon(play.hall.now, *frame);
        play.hall.drain();
    }
    play.submitted -= left.len();
    assert_eq!((play.hall.plan().0, play.scheme().as_str()), (Epoch(2), "pico"));
    assert_eq!(play.counter("in_flight"), 0, "not before everybody is ready");
    play.hall.all_ready();
    assert!(play.counter("in_flight") > 0);
    play.check();
}

#[test]
fn a_page_that_leaves_before_all_are_answered_makes_a_new_plan_of_the_rest() {
    let mut play = draining();
    let gone = *play.ids.iter().find(|id| play.under_way.iter().all(|it| it.1 != **id)).unwrap();
    play.ids.retain(|id| *id != gone);
    play.hall.leave(gone);
    assert!(play.hall.state()["front"]["next"].is_null());
    // It has no tile of the plan that runs: what is under way goes on.
    assert_eq!((play.counter("switches"), play.counter("replayed")), (0, 0));
    assert_eq!(play.hall.told_to_prepare(Epoch(2)), play.ids);
    play.check();
    assert_eq!(play.counter("replans"), 1);
}

#[test]
fn a_page_that_joins_meanwhile_is_planned_for_instead() {
    let mut play = draining();
    let newcomer = play.hall.join(crate::common::hello(), "another");
    play.hall.say(newcomer, ToServer::Benchmarked(crate::common::benchmark()));
    play.ids.clone().into_iter().for_each(|id| play.hall.say(id, ToServer::Link(link(newcomer))));
    play.ids.push(newcomer);
    assert_eq!(play.hall.told_to_prepare(Epoch(2)), play.ids);
    assert_eq!(play.scheme(), "pico", "the new plan is chosen by the load too");
    assert_eq!(play.counter("switches"), 0);
    play.check();
}

#[test]
fn a_front_of_one_plan_never_switches() {
    let (mut hall, ids) = Hall::running(2);
    let epoch = hall.plan().0;
    for _ in 0..300 {
        let _ = hall.submit();
        hall.wait(1.0, &ids);
        for (source, frame) in hall.images.clone() {
            hall.answer(source, frame, epoch);
        }
    }
    assert_eq!(hall.state()["counters"]["switches"], 0);
    assert_eq!(hall.plan().0, epoch);
}

#[test]
fn the_state_shows_what_there_is_to_choose_from() {
    let mut play = Play::new(3);
    // A picture each 2.5 s is answered before the next comes: none waits for another.
    play.run(0.4, 200.0);
    assert_eq!(play.hall.state()["front"]["plans"][0]["expected_latency"], 4.0);
    play.run(0.7, 200.0);
    let state = play.hall.state();
    let front = &state["front"];
    let rate = state["arrival_rate"].as_f64().unwrap();
    assert!((0.6..0.8).contains(&rate), "{rate}");
    assert_eq!((&front["cost"], &front["exact"]), (&"overlap".into(), &false.into()));
    assert_eq!(front["plans"][0]["period"], 1.0);
    assert_eq!(front["plans"][1]["latency"], 2.0);
    let expected = front["plans"][0]["expected_latency"].as_f64().unwrap();
    assert!((expected - (4.0 + rate / (2.0 - 2.0 * rate))).abs() < 1e-9);
    assert!(front["bound"]["period"].as_f64().unwrap() > 0.0);
    let chosen = front["chosen"].as_u64().unwrap() as usize;
    assert_eq!(front["plans"][chosen]["period"], state["plan"]["period"]);
}
