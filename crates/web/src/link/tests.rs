//! Two ends of a link in virtual time, with a channel that can die, stall and come back, and a relay
//! that cannot.

mod confirming;

use super::path::{CONNECT, GRACE, RESTART};
use super::*;

/// A message that a channel has not carried yet: to whom, by which attempt, what.
type Held = (usize, u32, Rc<Vec<u8>>);

/// Two ends; what one sends arrives at the other in order, at once, or when the channel wakes.
struct Pair {
    now: f64,
    ends: [Link; 2],
    /// Tensor frames that each end got.
    got: [Vec<Vec<u8>>; 2],
    /// Whether the channel carries anything.
    channel: bool,
    /// What waits in a channel that stalls: the end it is for, the attempt, the message.
    stalled: Option<Vec<Held>>,
    /// The attempt whose channel is open at each end.
    open: [Option<u32>; 2],
    /// Whether the network lets connections be made.
    reachable: bool,
}

impl Pair {
    fn new() -> Self {
        let ends = [Link::direct(0.0, DeviceId(2), true), Link::direct(0.0, DeviceId(1), false)];
        let mut pair = Self {
            now: 0.0,
            ends,
            got: [Vec::new(), Vec::new()],
            channel: true,
            stalled: None,
            open: [None, None],
            reachable: true,
        };
        pair.steps();
        pair
    }

    /// A pair that is connected and measured, one direction after the other.
    fn measured() -> Self {
        let mut pair = Self::new();
        pair.carry();
        for end in 0..2 {
            assert_eq!(pair.ends[end].take_report().map(|report| report.via), Some(Via::Direct));
        }
        for end in 0..2 {
            assert!(pair.measure(end).bandwidth.is_some());
        }
        pair
    }

    /// One end measures; what it reports.
    fn measure(&mut self, end: usize) -> LinkReport {
        self.ends[end].measure(self.now);
        self.carry();
        self.ends[end].take_report().expect("a report")
    }

    /// What the two browsers do: an offer reaches the other end, and both channels open.
    fn steps(&mut self) {
        for end in 0..2 {
            while let Some(step) = self.ends[end].step() {
                match step {
                    Step::Connect { attempt } => {
                        self.open[end] = self.reachable.then_some(attempt);
                        if end == 0 {
                            self.ends[1].heard(self.now, attempt);
                        }
                    }
                    Step::Close => self.open[end] = None,
                    Step::Restart if self.reachable => {
                        assert_eq!(end, 0, "the lower id restarts");
                        for link in &mut self.ends {
                            link.connected(self.now);
                        }
                    }
                    Step::Restart => {}
                }
            }
        }
        if self.open[0].is_some() && self.open[0] == self.open[1] {
            for link in &mut self.ends {
                link.opened(self.now);
            }
        }
    }

    /// Carries everything that may be sent.
    fn carry(&mut self) {
        for from in 0..2 {
            if let Some(bytes) = self.ends[from].take_trial() {
                match (&mut self.stalled, self.open[from]) {
                    (Some(stalled), Some(attempt)) => {
                        stalled.push((1 - from, attempt, Rc::new(bytes)));
                    }
                    (_, channel) => self.arrive(1 - from, channel, &bytes),
                }
            }
        }
        let mut moved = true;
        while moved {
            moved = false;
            for from in 0..2 {
                while let Some(parcel) = self.ends[from].next(self.now) {
                    moved = true;
                    let channel = self.open[from].filter(|_| parcel.via == Via::Direct);
                    match (&mut self.stalled, channel) {
                        (Some(stalled), Some(attempt)) => {
                            stalled.push((1 - from, attempt, parcel.bytes));
                        }
                        (_, Some(_)) if !self.channel => {}
                        (_, channel) => self.arrive(1 - from, channel, &parcel.bytes),
                    }
                }
            }
        }
    }

    fn arrive(&mut self, to: usize, channel: Option<u32>, bytes: &[u8]) {
        self.now += 0.001 + bytes.len() as f64 / 1e7;
        if self.ends[to].received(self.now, channel, bytes) {
            self.got[to].push(bytes.to_vec());
        }
    }

    /// The channel delivers what it has held back.
    fn wake(&mut self) {
        for (to, attempt, bytes) in self.stalled.take().expect("a stalled channel") {
            self.arrive(to, Some(attempt), &bytes);
        }
    }

    fn pass(&mut self, seconds: f64) {
        let end = self.now + seconds;
        while self.now < end {
            self.now += 0.25;
            for link in &mut self.ends {
                link.tick(self.now);
            }
            self.steps();
            self.carry();
        }
    }

    fn push(&mut self, numbers: std::ops::Range<u8>) {
        numbers.for_each(|number| self.ends[0].push(frame(number)));
    }

    /// The numbers of the frames that the second end got, and how many copies came besides.
    fn numbers(&self) -> (Vec<u8>, usize) {
        let mut numbers: Vec<u8> = self.got[1].iter().map(|frame| frame[2]).collect();
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        let copies = all - numbers.len();
        (numbers, copies)
    }

    fn vias(&self) -> [Via; 2] {
        [self.ends[0].via(), self.ends[1].via()]
    }
}

fn frame(number: u8) -> Vec<u8> {
    let mut bytes = b"CV".to_vec();
    bytes.resize(1000, number);
    bytes
}

#[test]
fn an_open_channel_is_told_of_once_by_both_and_measured_when_it_has_its_turn() {
    let mut pair = Pair::new();
    pair.carry();
    for end in &mut pair.ends {
        let report = end.take_report().expect("a report");
        assert_eq!((report.via, report.bandwidth), (Via::Direct, None));
        assert_eq!(end.take_report(), None);
    }
    for end in [0, 1, 0] {
        let report = pair.measure(end);
        assert!(report.round_trip.is_some());
        let bandwidth = report.bandwidth.expect("a bandwidth");
        // 1e7 bytes a second, and a millisecond for each part.
        assert!((0.8e7..1.0e7).contains(&bandwidth), "{bandwidth}");
        assert!(pair.ends.iter_mut().all(|end| end.take_report().is_none()));
    }
}

#[test]
fn a_way_that_changes_in_the_middle_of_a_measurement_ends_it() {
    let mut pair = Pair::measured();
    pair.channel = false;
    pair.ends[0].measure(pair.now);
    pair.carry();
    pair.ends.iter_mut().for_each(|end| end.failed(pair.now));
    let report = pair.ends[0].take_report().expect("a report");
    assert_eq!((report.via, report.round_trip, report.bandwidth), (Via::Relayed, None, None));
    pair.carry();
    assert!(pair.measure(0).bandwidth.is_some(), "and by the relay it can be measured");
}

#[test]
fn a_link_that_does_not_stand_is_not_measured() {
    let mut link = Link::direct(0.0, DeviceId(2), true);
    link.measure(0.0);
    assert!(!link.stands() && link.next(0.0).is_none());
}

#[test]
fn a_channel_that_takes_long_is_relayed_meanwhile_and_used_once_it_is_there() {
    let mut pair = Pair::new();
    pair = Pair { open: [None, None], reachable: false, ..pair };
    pair.ends = [Link::direct(0.0, DeviceId(2), true), Link::direct(0.0, DeviceId(1), false)];
    pair.pass(HURRY - 0.5);
    assert!(pair.ends.iter_mut().all(|end| end.take_report().is_none()));
    pair.pass(1.0);
    for end in &mut pair.ends {
        assert_eq!(end.take_report().expect("a report").via, Via::Relayed);
        end.opened(pair.now);
        assert_eq!(end.via(), Via::Direct);
    }
    pair.open = [Some(0), Some(0)];
    pair.carry();
    for end in &mut pair.ends {
        assert_eq!(end.take_report().expect("a report").via, Via::Direct);
    }
}

#[test]
fn a_silent_relay_is_reported_unmeasured() {
    let mut link = Link::relayed(0.0, DeviceId(7));
    assert_eq!(link.take_report().map(|report| report.via), Some(Via::Relayed));
    link.measure(0.0);
    while link.next(0.0).is_some() {}
    link.tick(1.9);
    assert_eq!(link.take_report(), None);
    link.tick(2.0);
    let report = link.take_report().expect("a report");
    assert_eq!((report.via, report.round_trip, report.bandwidth), (Via::Relayed, None, None));
    assert_eq!(link.step(), None);
}

#[test]
fn every_frame_arrives_though_the_channel_dies_in_mid_run() {
    let mut pair = Pair::measured();
    pair.push(0..20);
    pair.carry();
    assert_eq!(pair.numbers(), ((0..20).collect(), 0));
    (pair.channel, pair.reachable) = (false, false);
    pair.push(20..40);
    pair.carry();
    assert_eq!(pair.got[1].len(), 20, "swallowed by the dead channel");
    // The other end has not noticed, and echoes into the dead channel: the measurement ends by time.
    pair.pass(DRAIN + 6.0);
    assert_eq!(pair.vias()[0], Via::Relayed);
    let fresh: Vec<u8> = pair.got[1][20..].iter().map(|frame| frame[2]).collect();
    assert!(fresh.ends_with(&(20..40).collect::<Vec<u8>>()), "relayed in their order: {fresh:?}");
    assert_eq!(pair.ends[0].take_report().map(|report| report.via), Some(Via::Relayed));
}

#[test]
fn a_closed_channel_counts_what_it_resends_once() {
    let mut pair = Pair::measured();
    pair.channel = false;
    pair.push(1..2);
    pair.carry();
    pair.ends[0].failed(pair.now);
    pair.carry();
    assert_eq!(pair.got[1], vec![frame(1)]);
    assert_eq!(pair.ends[0].report().sent, 1000);
    assert_eq!(pair.ends[1].report().received, 1000);
}

#[test]
fn the_ends_may_differ_for_a_moment() {
    let mut pair = Pair::measured();
    pair.ends[0].failed(pair.now);
    pair.ends[0].push(frame(1));
    pair.ends[1].push(frame(2));
    pair.carry();
    assert_eq!(pair.got, [vec![frame(2)], vec![frame(1)]]);
}

#[test]
fn a_link_goes_back_to_direct_when_that_becomes_possible() {
    let mut pair = Pair::measured();
    (pair.channel, pair.reachable) = (false, false);
    pair.ends.iter_mut().for_each(|end| end.failed(pair.now));
    for number in 0..100 {
        pair.push(number..number + 1);
        pair.pass(1.0);
        assert_eq!(pair.vias(), [Via::Relayed; 2]);
    }
    assert_eq!(pair.numbers(), ((0..100).collect(), 0));
    (pair.channel, pair.reachable) = (true, true);
    for number in 100..200 {
        pair.push(number..number + 1);
        pair.pass(1.0);
    }
    assert_eq!(pair.vias(), [Via::Direct; 2]);
    assert_eq!(pair.numbers(), ((0..200).collect(), 0), "neither lost nor doubled");
    let report = pair.ends[0].take_report().expect("a report");
    assert_eq!((report.via, report.sent), (Via::Direct, 200_000));
    assert_eq!(pair.ends[0].carried.unconfirmed.len(), 0);
}

#[test]
fn a_channel_that_comes_back_by_a_restart_is_used_again() {
    let mut pair = Pair::measured();
    (pair.stalled, pair.reachable) = (Some(Vec::new()), false);
    pair.ends.iter_mut().for_each(|end| end.disconnected(pair.now));
    pair.push(0..30);
    pair.pass(GRACE - 0.5);
    assert_eq!(pair.numbers().0, Vec::<u8>::new(), "the grace is the channel's");
    pair.pass(1.0);
    assert_eq!(pair.numbers(), ((0..30).collect(), 0), "then the server carries them");
    pair.push(30..40);
    pair.pass(1.0);
    // The same channel again: what it held is delivered after all, and its counts still fit.
    pair.reachable = true;
    pair.ends.iter_mut().for_each(|end| end.connected(pair.now));
    pair.push(40..50);
    pair.pass(1.0);
    assert_eq!(pair.vias(), [Via::Relayed; 2], "nothing has come through the channel");
    assert_eq!(pair.numbers(), ((0..50).collect(), 0));
    pair.wake();
    pair.push(50..60);
    pair.pass(30.0);
    assert_eq!(pair.numbers(), ((0..60).collect(), 30));
    assert_eq!(pair.vias(), [Via::Direct; 2]);
    assert!(pair.ends[0].carried.unconfirmed.is_empty());
    assert_eq!(pair.ends[0].carried.unconfirmed_bytes, 0);
    assert_eq!(pair.ends[0].report().sent, 60_000);
}

#[test]
fn a_restart_that_does_not_help_ends_at_the_relay_and_then_in_another_attempt() {
    let mut pair = Pair::measured();
    (pair.channel, pair.reachable) = (false, false);
    pair.ends.iter_mut().for_each(|end| end.disconnected(pair.now));
    pair.push(0..5);
    pair.pass(GRACE + RESTART + 1.0);
    assert_eq!(pair.open, [None, None], "both have closed");
    assert_eq!(pair.numbers(), ((0..5).collect(), 0));
    (pair.channel, pair.reachable) = (true, true);
    pair.pass(2.0 * CONNECT);
    assert_eq!(pair.vias(), [Via::Direct; 2]);
    assert_eq!(pair.open, [Some(1), Some(1)]);
    pair.push(5..50);
    pair.pass(1.0);
    assert_eq!(pair.numbers(), ((0..50).collect(), 0));
}

#[test]
fn what_an_earlier_channel_says_counts_for_nothing() {
    let mut pair = Pair::measured();
    pair.channel = false;
    pair.push(0..3);
    pair.carry();
    pair.ends.iter_mut().for_each(|end| end.failed(pair.now));
    pair.channel = true;
    pair.pass(30.0);
    assert_eq!(pair.open, [Some(1), Some(1)]);
    pair.channel = false;
    pair.push(3..6);
    pair.carry();
    pair.ends[0].received(pair.now, Some(0), &Note::Ack { attempt: 0, count: 3 }.encode());
    assert_eq!(pair.ends[0].carried.unconfirmed.len(), 3);
    pair.ends[1].received(pair.now, Some(0), &frame(9));
    assert_eq!(pair.ends[1].carried.arrived, 0);
}

#[test]
fn frames_of_a_link_that_is_made_anew_are_sent_by_the_new_one() {
    let mut earlier = Link::relayed(0.0, DeviceId(2));
    (0..3).for_each(|number| earlier.push(frame(number)));
    while earlier.notes.front().is_some() {
        earlier.next(0.0);
    }
    let mut link = Link::direct(1.0, DeviceId(2), true);
    link.inherit(earlier);
    let sent: Vec<u8> =
        std::iter::from_fn(|| link.next(1.0)).map(|parcel| parcel.bytes[2]).collect();
    assert_eq!(sent, [0, 1, 2]);
}

#[test]
fn what_was_given_has_left_once_the_buffer_holds_no_more_than_what_came_after() {
    let mut link = Link::relayed(0.0, DeviceId(2));
    while !link.notes.is_empty() {
        link.next(0.0);
    }
    let length = frame(0).len();
    link.push(frame(0));
    link.push(frame(1));
    link.mark(Sending(7));
    link.push(frame(2));
    link.mark(Sending(8));
    assert!(!link.drains() && link.left(0).is_none(), "nothing was sent yet");
    link.next(0.0);
    assert_eq!(link.left(0), None, "half of it");
    link.next(0.0);
    link.next(0.0);
    assert!(link.drains());
    assert_eq!(link.left(2 * length), None);
    assert_eq!((link.left(length), link.left(length)), (Some(Sending(7)), None));
    assert_eq!(link.left(0), Some(Sending(8)));
    assert!(!link.drains() && link.left(0).is_none());
}

#[test]
fn what_a_channel_lost_has_not_left() {
    let mut pair = Pair::measured();
    pair.stalled = Some(Vec::new());
    pair.ends[0].push(frame(1));
    pair.ends[0].mark(Sending(7));
    pair.carry();
    pair.ends[0].failed(pair.now);
    assert_eq!(pair.ends[0].left(0), None, "it is to be sent again");
    while pair.ends[0].next(pair.now).is_some() {}
    assert_eq!(pair.ends[0].left(0), Some(Sending(7)));
}
