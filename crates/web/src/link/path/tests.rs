//! The direct way's life, told in seconds.

use super::*;

fn steps(path: &mut Path) -> Vec<Step> {
    std::iter::from_fn(|| path.step()).collect()
}

/// Lets time pass in the edge's beats, and collects what is to be done.
fn pass(path: &mut Path, from: f64, to: f64) -> Vec<Step> {
    let mut done = Vec::new();
    let mut now = from;
    while now < to {
        now += 0.25;
        path.tick(now);
        done.extend(steps(path));
    }
    done
}

fn open(offers: bool) -> Path {
    let mut path = Path::new(0.0, offers);
    if !offers {
        assert_eq!(path.heard(0.0, 0), Heard::Current);
    }
    assert_eq!(steps(&mut path), [Step::Connect { attempt: 0 }]);
    path.opened(1.0);
    assert!(path.carries());
    path
}

#[test]
fn the_lower_id_offers_at_once_and_the_other_waits_for_it() {
    assert_eq!(steps(&mut Path::new(0.0, true)), [Step::Connect { attempt: 0 }]);
    let mut other = Path::new(0.0, false);
    assert_eq!(steps(&mut other), []);
    // A candidate may come before the offer it belongs to.
    assert_eq!(other.heard(0.1, 0), Heard::Current);
    assert_eq!(other.heard(0.2, 0), Heard::Current);
    assert_eq!(steps(&mut other), [Step::Connect { attempt: 0 }]);
}

#[test]
fn an_attempt_has_fifteen_seconds() {
    let mut path = Path::new(0.0, true);
    steps(&mut path);
    assert_eq!(pass(&mut path, 0.0, CONNECT - 0.5), []);
    assert_eq!(pass(&mut path, CONNECT - 0.5, CONNECT + 0.5), [Step::Close]);
    assert!(!path.carries() && !path.has_channel());
    path.opened(CONNECT + 0.5);
    assert!(!path.carries(), "what opens after its deadline has been closed");
}

#[test]
fn the_lower_id_tries_again_with_longer_and_longer_pauses() {
    let mut path = Path::new(0.0, true);
    let mut begun = Vec::new();
    let mut now = 0.0;
    while now < 600.0 {
        now += 0.25;
        path.tick(now);
        for step in steps(&mut path) {
            if let Step::Connect { attempt } = step {
                assert_eq!(attempt as usize, begun.len());
                begun.push(now);
            }
        }
    }
    let apart: Vec<f64> = begun.windows(2).map(|pair| pair[1] - pair[0] - CONNECT).collect();
    for (pause, wanted) in apart.iter().zip([5.0, 10.0, 20.0, 40.0, 80.0, 80.0]) {
        assert!((pause - wanted).abs() <= 1.0, "{apart:?}");
    }
    assert!(apart.len() >= 6, "{apart:?}");
}

#[test]
fn the_higher_id_rests_until_it_hears_of_a_newer_attempt() {
    let mut path = open(false);
    path.failed(2.0);
    assert_eq!(steps(&mut path), [Step::Close]);
    assert_eq!(pass(&mut path, 2.0, 300.0), []);
    assert_eq!(path.heard(300.0, 0), Heard::Stale);
    assert_eq!(path.heard(300.0, 1), Heard::Current);
    assert_eq!(steps(&mut path), [Step::Connect { attempt: 1 }]);
    path.opened(301.0);
    assert!(path.carries());
}

#[test]
fn a_newer_attempt_replaces_the_connection_that_the_peer_has_given_up() {
    let mut path = open(false);
    assert_eq!(path.heard(9.0, 1), Heard::Current);
    assert_eq!(steps(&mut path), [Step::Connect { attempt: 1 }]);
    assert!(!path.carries());
    assert_eq!(path.heard(9.1, 0), Heard::Stale);
}

#[test]
fn attempts_come_no_faster_than_one_a_second() {
    let mut path = Path::new(0.0, false);
    let begun = (0..10_000).filter(|number| {
        path.heard(f64::from(*number) * 0.001, *number);
        path.step().is_some()
    });
    assert_eq!(begun.count(), 10);
}

#[test]
fn nobody_makes_the_lower_id_answer() {
    let mut path = Path::new(0.0, true);
    steps(&mut path);
    assert_eq!(path.heard(1.0, 7), Heard::Stale);
    assert_eq!(path.heard(1.0, 0), Heard::Current);
    assert_eq!(steps(&mut path), []);
}

#[test]
fn a_short_interruption_changes_nothing() {
    let mut path = open(true);
    path.disconnected(10.0);
    assert!(path.carries(), "the channel keeps what is sent");
    assert_eq!(pass(&mut path, 10.0, 10.0 + GRACE - 0.5), []);
    path.connected();
    assert_eq!(pass(&mut path, 14.5, 100.0), []);
    assert!(path.carries());
}

#[test]
fn after_the_grace_comes_a_restart_by_the_lower_id_and_after_that_the_relay() {
    for offers in [true, false] {
        let restart = if offers { vec![Step::Restart] } else { Vec::new() };
        let mut path = open(offers);
        path.disconnected(10.0);
        assert_eq!(pass(&mut path, 10.0, 10.0 + GRACE), restart);
        assert!(!path.carries() && path.has_channel());
        assert_eq!(path.heard(15.5, 0), Heard::Current, "the restart's signals");
        assert_eq!(pass(&mut path, 15.0, 15.0 + RESTART - 0.25), []);
        assert_eq!(pass(&mut path, 24.75, 25.5), [Step::Close]);
        assert!(!path.has_channel());
    }
}

#[test]
fn a_restart_that_helps_takes_the_messages_back() {
    let mut path = open(true);
    // Chromium gives up on its addresses before the grace is over where there are none.
    path.unreachable(10.0);
    assert_eq!(steps(&mut path), [Step::Restart]);
    assert!(!path.carries());
    path.unreachable(10.1);
    assert!(path.has_channel(), "the same news again");
    path.proven();
    assert!(path.carries());
    path.unreachable(10.2);
    assert_eq!(steps(&mut path), [Step::Restart]);
    path.connected();
    assert!(path.is_on_trial() && !path.carries(), "packets are not yet messages");
    path.proven();
    assert!(path.carries());
    assert_eq!(pass(&mut path, 10.1, 100.0), []);
}

#[test]
fn a_channel_that_is_not_proven_in_time_is_closed() {
    let mut path = open(true);
    path.unreachable(10.0);
    path.connected();
    assert_eq!(pass(&mut path, 10.0, 10.0 + RESTART + 0.5), [Step::Restart, Step::Close]);
}

#[test]
fn a_connection_that_held_makes_the_pauses_short_again() {
    let mut path = open(true);
    let mut now = 1.0;
    for _ in 0..8 {
        path.failed(now);
        now += 200.0;
        assert!(pass(&mut path, now - 200.0, now).contains(&Step::Close));
    }
    // It is connecting, or rests after it; let it begin anew and hold.
    while !steps(&mut path).iter().any(|step| matches!(step, Step::Connect { .. })) {
        now += 0.25;
        path.tick(now);
    }
    path.opened(now);
    path.failed(now + HELD);
    assert_eq!(steps(&mut path), [Step::Close]);
    let next = pass(&mut path, now + HELD, now + HELD + PAUSE + 0.5);
    assert!(matches!(next[..], [Step::Connect { .. }]), "{next:?}");
}

#[test]
fn a_way_that_nobody_tries_stays_so() {
    let mut path = Path::never();
    path.opened(1.0);
    path.failed(2.0);
    path.disconnected(2.0);
    path.unreachable(2.0);
    assert_eq!(path.heard(3.0, 0), Heard::Stale);
    assert_eq!(pass(&mut path, 3.0, 100.0), []);
    assert!(!path.carries());
}
