//! Two ends of a link in virtual time, with a channel that can die and a relay that cannot.

use super::*;

/// Two ends; what one sends arrives at the other in order, at once.
struct Pair {
    now: f64,
    ends: [Link; 2],
    /// Tensor frames that each end got.
    got: [Vec<Vec<u8>>; 2],
    /// Whether the channel carries anything.
    channel: bool,
}

impl Pair {
    fn new() -> Self {
        let ends = [Link::new(0.0, DeviceId(2), false), Link::new(0.0, DeviceId(1), false)];
        Self { now: 0.0, ends, got: [Vec::new(), Vec::new()], channel: true }
    }

    fn open(&mut self) {
        for end in &mut self.ends {
            end.opened(self.now);
        }
    }

    /// Carries everything that may be sent.
    fn carry(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            for from in 0..2 {
                while let Some(parcel) = self.ends[from].next(self.now) {
                    moved = true;
                    if parcel.via == Via::Direct && !self.channel {
                        continue;
                    }
                    self.now += 0.001 + parcel.bytes.len() as f64 / 1e7;
                    let to = 1 - from;
                    if self.ends[to].received(self.now, parcel.via, &parcel.bytes) {
                        self.got[to].push(parcel.bytes.to_vec());
                    }
                }
            }
        }
    }

    fn pass(&mut self, seconds: f64) {
        let end = self.now + seconds;
        while self.now < end {
            self.now += 0.25;
            for link in &mut self.ends {
                link.tick(self.now);
            }
            self.carry();
        }
    }
}

fn frame(number: u8) -> Vec<u8> {
    let mut bytes = b"CV".to_vec();
    bytes.resize(1000, number);
    bytes
}

#[test]
fn an_open_channel_is_measured_and_reported_once_by_both() {
    let mut pair = Pair::new();
    pair.open();
    pair.carry();
    for end in &mut pair.ends {
        let report = end.take_report().expect("a report");
        assert_eq!(report.via, Via::Direct);
        assert!(report.round_trip.is_some());
        let bandwidth = report.bandwidth.expect("a bandwidth");
        // Both ends measure at once over one medium of 1e7 bytes a second.
        assert!((0.4e7..1.05e7).contains(&bandwidth), "{bandwidth}");
        assert_eq!(end.take_report(), None);
    }
}

#[test]
fn a_channel_that_does_not_open_is_relayed_after_the_deadline() {
    let mut pair = Pair::new();
    pair.pass(OPENING - 0.5);
    assert!(pair.ends.iter_mut().all(|end| end.take_report().is_none()));
    pair.pass(1.0);
    for end in &mut pair.ends {
        assert_eq!(end.take_report().expect("a report").via, Via::Relayed);
        end.opened(pair.now);
        assert_eq!(end.via(), Via::Relayed, "a late channel changes nothing");
    }
}

#[test]
fn a_silent_relay_is_reported_unmeasured() {
    let mut link = Link::new(0.0, DeviceId(7), true);
    link.tick(10.0);
    let report = link.take_report().expect("a report");
    assert_eq!((report.via, report.round_trip, report.bandwidth), (Via::Relayed, None, None));
}

#[test]
fn every_frame_arrives_though_the_channel_dies_in_mid_run() {
    let mut pair = Pair::new();
    pair.open();
    for number in 0..20 {
        pair.ends[0].push(frame(number));
    }
    pair.carry();
    assert_eq!(pair.got[1].len(), 20);
    pair.channel = false;
    for number in 20..40 {
        pair.ends[0].push(frame(number));
    }
    pair.carry();
    assert_eq!(pair.got[1].len(), 20, "swallowed by the dead channel");
    pair.pass(DRAIN + 1.0);
    assert_eq!(pair.ends[0].via(), Via::Relayed);
    let mut got: Vec<u8> = pair.got[1].iter().map(|frame| frame[2]).collect();
    got.dedup();
    let fresh: Vec<u8> = got.split_off(got.len() - 20);
    assert_eq!(fresh, (20..40).collect::<Vec<u8>>(), "relayed in their order");
    assert_eq!(pair.ends[0].take_report().map(|report| report.via), Some(Via::Relayed));
}

#[test]
fn a_closed_channel_counts_what_it_resends_once() {
    let mut pair = Pair::new();
    pair.open();
    pair.carry();
    pair.channel = false;
    pair.ends[0].push(frame(1));
    pair.carry();
    pair.ends[0].failed(pair.now);
    pair.carry();
    assert_eq!(pair.got[1], vec![frame(1)]);
    assert_eq!(pair.ends[0].report().sent, 1000);
    assert_eq!(pair.ends[1].report().received, 1000);
}

#[test]
fn the_ends_may_differ_for_a_moment() {
    let mut pair = Pair::new();
    pair.open();
    pair.carry();
    pair.ends[0].failed(pair.now);
    pair.ends[0].push(frame(1));
    pair.ends[1].push(frame(2));
    pair.carry();
    assert_eq!(pair.got, [vec![frame(2)], vec![frame(1)]]);
}

#[test]
fn confirmations_are_few_and_free_the_window() {
    let mut pair = Pair::new();
    pair.open();
    pair.carry();
    let frames = 3 * WINDOW / 60_000;
    for _ in 0..frames {
        let mut bytes = b"CV".to_vec();
        bytes.resize(60_000, 0);
        pair.ends[0].push(bytes);
    }
    pair.carry();
    assert_eq!(pair.got[1].len(), frames);
    pair.pass(1.0);
    assert_eq!(pair.ends[0].unconfirmed_bytes, 0);
    assert!(pair.ends[0].unconfirmed.is_empty());
}

#[test]
fn an_unconfirmed_window_holds_frames_back() {
    let mut link = Link::new(0.0, DeviceId(2), false);
    link.opened(0.0);
    for _ in 0..200 {
        link.push(vec![b'C'; 60_000]);
    }
    let mut sent = 0;
    while let Some(parcel) = link.next(0.0) {
        sent += if parcel.bytes[0] == b'C' { parcel.bytes.len() } else { 0 };
    }
    assert!(sent <= WINDOW && sent > WINDOW - 60_000, "{sent}");
}

#[test]
fn a_false_confirmation_changes_nothing() {
    let mut link = Link::new(0.0, DeviceId(2), false);
    link.opened(0.0);
    while link.next(0.0).is_some() {}
    link.push(frame(1));
    link.next(0.0);
    for count in [2, 7, u32::MAX] {
        link.received(0.0, Via::Direct, &Note::Ack { count }.encode());
        assert_eq!(link.unconfirmed.len(), 1, "{count}");
    }
    link.received(0.0, Via::Direct, &Note::Ack { count: 1 }.encode());
    assert!(link.unconfirmed.is_empty());
}
