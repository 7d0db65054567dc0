//! What a peer confirms, and a channel of which nobody confirms anything.

use super::*;

#[test]
fn a_slow_channel_from_which_bytes_leave_is_not_dead_until_they_stay() {
    let mut pair = Pair::measured();
    pair.stalled = Some(Vec::new());
    pair.push(0..20);
    pair.carry();
    let [link, _] = &mut pair.ends;
    let mut buffered = 1 << 20;
    link.leave(buffered);
    // For three times as long as a silent channel may take, nothing is confirmed, but the buffer empties slowly.
    let until = pair.now + 3.0 * DRAIN;
    while pair.now < until {
        pair.now += 0.25;
        buffered -= 1000;
        link.look(pair.now, buffered);
        link.leave(buffered);
        link.tick(pair.now);
    }
    assert_eq!(link.via(), Via::Direct);
    let until = pair.now + DRAIN + 0.5;
    while pair.now < until {
        pair.now += 0.25;
        link.look(pair.now, buffered);
        link.leave(buffered);
        link.tick(pair.now);
    }
    assert_eq!(link.via(), Via::Relayed);
}

#[test]
fn confirmations_are_few_and_free_the_window() {
    let mut pair = Pair::measured();
    let frames = 3 * WINDOW / 60_000;
    for _ in 0..frames {
        let mut bytes = b"CV".to_vec();
        bytes.resize(60_000, 0);
        pair.ends[0].push(bytes);
    }
    pair.carry();
    assert_eq!(pair.got[1].len(), frames);
    pair.pass(1.0);
    assert_eq!(pair.ends[0].carried.unconfirmed_bytes, 0);
    assert!(pair.ends[0].carried.unconfirmed.is_empty());
}

/// One end whose channel is open; what it sends goes nowhere.
fn alone() -> Link {
    let mut link = Link::direct(0.0, DeviceId(2), true);
    link.step();
    link.opened(0.0);
    while link.next(0.0).is_some() {}
    link
}

#[test]
fn an_unconfirmed_window_holds_frames_back() {
    let mut link = alone();
    for _ in 0..200 {
        link.push(vec![b'C'; 60_000]);
    }
    let mut sent = 0;
    while let Some(parcel) = link.next(0.0) {
        sent += parcel.bytes.len();
    }
    assert!(sent <= WINDOW && sent > WINDOW - 60_000, "{sent}");
}

#[test]
fn a_peer_that_probes_and_does_not_read_makes_nothing_pile_up() {
    let mut link = alone();
    for number in 0..10_000 {
        let probe = Note::Probe { number, end: true, filler: 0 };
        link.received(0.0, Some(1), &probe.encode());
    }
    assert!(link.notes.len() <= ECHOES, "{}", link.notes.len());
    // The newest is answered first.
    let parcel = link.next(0.0).unwrap();
    assert_eq!(Note::decode(&parcel.bytes), Some(Note::Echo { number: 9_999 }));
}

#[test]
fn a_false_confirmation_changes_nothing() {
    let mut link = alone();
    link.push(frame(1));
    link.next(0.0);
    for count in [2, 7, u32::MAX] {
        link.received(0.0, Some(0), &Note::Ack { attempt: 0, count }.encode());
        assert_eq!(link.carried.unconfirmed.len(), 1, "{count}");
    }
    link.received(0.0, None, &Note::Ack { attempt: 0, count: 1 }.encode());
    assert!(link.carried.unconfirmed.is_empty());
}
