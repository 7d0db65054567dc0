//! What whoever runs the server can see of it, and who can.

use crate::common::device::{Device, espresso};
use crate::common::{Running, photograph};
use convoy_plan::DeviceId;
use convoy_server::{Limits, Place};
use convoy_wire::{Envelope, Signal, ToServer};
use std::time::Duration;

/// The value of a line that begins so; what is not there is 0.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

/// Waits until the metric has the value.
fn wait(server: &Running, name: &str, wanted: f64) {
    for _ in 0..200 {
        if value(&server.get("/metrics").text(), name) == wanted {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{name} is not {wanted}: {}", server.get("/metrics").text());
}

#[test]
fn what_happens_in_rooms_is_counted_and_nobody_is_named() {
    let server = Running::start();
    let code = server.room();
    let mut anna = Device::join(&server, &code, "anna");
    let epoch = anna.get_ready();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.post(&format!("/api/rooms/{code}/infer"), &photograph()));
        let (frame, _) = anna.image();
        wait(&server, "convoy_frames_now{place=\"in_flight\"}", 1.0);
        anna.send(&Envelope::Answer { frame, epoch, json: &espresso() });
        assert_eq!(asked.join().unwrap().status, 200);
    });
    wait(&server, "convoy_frames_total{outcome=\"answered\"}", 1.0);
    wait(&server, "convoy_frames_now{place=\"in_flight\"}", 0.0);

    let mut bert = Device::join(&server, &code, "bert");
    anna.send(&Envelope::Relay { peer: bert.id, bytes: &[7; 1000] });
    assert_eq!(bert.relayed().1.len(), 1000);
    anna.say(&ToServer::Signal {
        to: bert.id,
        signal: Signal::Offer { attempt: 0, sdp: "v=0".into() },
    });
    anna.send(&Envelope::Relay { peer: DeviceId(99), bytes: b"nobody" });
    server.get("/api/rooms/ZZZZZZ");
    wait(&server, "convoy_signal_seconds_count", 1.0);
    let text = server.get("/metrics").text();
    for (name, wanted) in [
        ("convoy_rooms", 1.0),
        ("convoy_websockets", 2.0),
        ("convoy_relayed_bytes_total", 1000.0),
        ("convoy_relayed_messages_total", 1.0),
        ("convoy_refused_total{code=\"no_room\"}", 1.0),
        ("convoy_planning_waiting", 0.0),
    ] {
        assert_eq!(value(&text, name), wanted, "{name} in {text}");
    }
    assert!(value(&text, "convoy_planning_seconds_count") >= 1.0, "{text}");
    assert!(text.ends_with("# EOF\n"));
    for secret in [code.as_str(), "anna", "bert", "127.0.0"] {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{secret} in {text}");
    }

    drop((anna, bert));
    wait(&server, "convoy_websockets", 0.0);
    // Whether reading or writing notices first is a matter of chance.
    let text = server.get("/metrics").text();
    let closes = ["gone", "protocol"]
        .map(|why| value(&text, &format!("convoy_websocket_closes_total{{reason=\"{why}\"}}")));
    assert_eq!(closes[0] + closes[1], 2.0, "{text}");
}

#[test]
fn a_room_that_ends_leaves_nothing_behind() {
    let limits = Limits { empty_room: Duration::from_millis(300), ..Limits::default() };
    let server = Running::with(limits, None);
    for _ in 0..20 {
        let code = server.room();
        drop(Device::join(&server, &code, "anna"));
    }
    wait(&server, "convoy_rooms", 0.0);
    let text = server.get("/metrics").text();
    let devices = text.lines().filter(|line| line.starts_with("convoy_devices{"));
    for line in devices {
        assert!(line.ends_with(" 0"), "{line}");
    }
    for name in ["convoy_unsent_bytes", "convoy_commands_waiting", "convoy_planning_waiting"] {
        assert_eq!(value(&text, name), 0.0, "{text}");
    }
}

#[test]
fn only_this_machine_reads_them_or_who_has_the_token() {
    let server = Running::start();
    let form = server.get("/metrics").header("content-type").to_owned();
    assert!(form.starts_with("application/openmetrics-text; version=1.0.0"), "{form}");
    let ask = |server: &Running, name: &str, value: &str| {
        server.ask("GET", "/metrics", &[(name, value)], b"")
    };
    for passed_on in ["x-forwarded-for", "forwarded"] {
        assert_eq!(ask(&server, passed_on, "for=127.0.0.1").refusal(403), "metrics_elsewhere");
    }

    let metrics_token = Some("a secret".to_owned());
    let server = Running::placed(Place { metrics_token, ..Place::default() });
    assert_eq!(server.get("/metrics").refusal(401), "metrics_token");
    assert_eq!(ask(&server, "authorization", "Bearer another").refusal(401), "metrics_token");
    assert_eq!(ask(&server, "authorization", "Bearer a secret").status, 200);
}
