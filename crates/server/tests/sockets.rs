//! Pages on WebSockets: they join, answer, are relayed, leave; garbage disturbs nobody.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as the tests do")]

mod common;

use common::device::{Device, Heard, connect, hello};
use common::{Running, photograph};
use convoy_model::{Answer, LabelScore};
use convoy_plan::DeviceId;
use convoy_server::Limits;
use convoy_wire::{Envelope, Epoch, FrameId, Role, Stats, ToDevice, ToServer};
use serde_json::json;
use std::time::Duration;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Error, Message};

fn espresso() -> Vec<u8> {
    let label = LabelScore { label: "espresso".into(), index: 967, score: 0.96 };
    serde_json::to_vec(&Answer::Labels { labels: vec![label] }).unwrap()
}

#[test]
fn a_page_joins_and_leaves() {
    let server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code.to_lowercase(), "anna\u{202e}");
    let state = server.state(&code);
    assert_eq!(state["devices"][0]["name"], "anna");
    assert_eq!(state["devices"][0]["id"], device.id.0);
    // The page itself is told the same.
    let told = device.until(|_, heard| match heard {
        Heard::Control(message) => match *message {
            ToDevice::Room { state } => Some(state),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(told["url"], state["url"]);

    device.say(&ToServer::Leaving);
    assert_eq!(device.closed(), Some(1000));
    server.wait(&code, |state| state["devices"] == json!([]));

    drop(Device::join(&server, &code, "bert"));
    server.wait(&code, |state| state["devices"] == json!([]));
}

#[test]
fn a_photograph_goes_to_a_page_and_its_answer_to_the_caller() {
    let server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    std::thread::scope(|scope| {
        // Asked before there is a plan: it waits for one.
        let asked = scope.spawn(|| server.post(&format!("/api/rooms/{code}/infer"), &photograph()));
        let epoch = device.get_ready();
        let (frame, bytes) = device.image();
        assert_eq!(bytes, photograph());
        device.send(&Envelope::Answer { frame, epoch, json: &espresso() });
        let reply = asked.join().unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        let answer = reply.json();
        assert_eq!(answer["frame"], frame.0);
        assert_eq!(answer["model"], "squeezenet1.1");
        assert_eq!(answer["epoch"], epoch.0);
        assert_eq!(answer["source"], device.id.0);
        assert_eq!(answer["kind"], "labels");
        assert_eq!(answer["labels"][0]["label"], "espresso");
        assert!(answer["latency_ms"].as_f64().unwrap() > 0.0);

        // Nobody waits for it any more.
        device.send(&Envelope::Answer { frame, epoch, json: &espresso() });
        server.wait(&code, |state| state["counters"]["late"] == 1);
        assert_eq!(server.state(&code)["counters"]["answered"], 1);
    });
}

#[test]
fn an_image_that_the_page_cannot_read_is_no_image() {
    let server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    device.get_ready();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.post(&format!("/api/rooms/{code}/infer"), &photograph()));
        let (frame, _) = device.image();
        device.say(&ToServer::FrameFailed { frame, message: "it ends too early".into() });
        let reply = asked.join().unwrap();
        assert_eq!(reply.refusal(415), "no_image");
        assert!(reply.text().contains("it ends too early"));
    });
}

#[test]
fn a_caller_that_hangs_up_abandons_its_photograph() {
    use std::io::Write as _;
    let server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    device.get_ready();
    let image = photograph();
    let mut caller = std::net::TcpStream::connect(server.host()).unwrap();
    let length = image.len();
    write!(
        caller,
        "POST /api/rooms/{code}/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    caller.write_all(&image).unwrap();
    let (frame, _) = device.image();
    drop(caller);
    let cancelled = device.until(|_, heard| match heard {
        Heard::Control(message) => match *message {
            ToDevice::Cancel { frame } => Some(frame),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(cancelled, frame);
    assert_eq!(server.state(&code)["counters"]["in_flight"], 0);
}

#[test]
fn pages_of_a_room_are_relayed_and_the_sender_is_stamped() {
    let server = Running::start();
    let code = server.room();
    let [mut anna, mut bert] = ["anna", "bert"].map(|name| Device::join(&server, &code, name));
    let other_room = server.room();
    let stranger = Device::join(&server, &other_room, "mallory");
    let mut watcher = hello("carl");
    watcher.role = Role::Watch;
    let mut watcher = Device::join_as(&server, &code, watcher);

    // Neither who only watches, nor to oneself, nor to a page that is not in the room.
    watcher.send(&Envelope::Relay { peer: bert.id, bytes: b"spy" });
    anna.send(&Envelope::Relay { peer: anna.id, bytes: b"echo" });
    anna.send(&Envelope::Relay { peer: DeviceId(999), bytes: b"nobody" });
    anna.send(&Envelope::Relay { peer: bert.id, bytes: b"first" });
    for index in 0..500_u32 {
        let mut slice = vec![7; 60 * 1024];
        slice[..4].copy_from_slice(&index.to_le_bytes());
        anna.send(&Envelope::Relay { peer: bert.id, bytes: &slice });
        if index == 0 {
            assert_eq!(bert.relayed(), (anna.id, b"first".to_vec()));
        }
        let (from, bytes) = bert.relayed();
        assert_eq!((from, bytes), (anna.id, slice));
    }
    drop(stranger);
}

#[test]
fn garbage_ends_only_its_own_connection() {
    let server = Running::start();
    let code = server.room();
    let mut good = Device::join(&server, &code, "anna");
    let epoch = good.get_ready();

    // First words that are no hello.
    for first in [
        Message::text("hello"),
        Message::text(r#"{"type":"leaving"}"#),
        Message::text("{}"),
        Message::binary(vec![0; 100]),
        Message::binary(Vec::new()),
    ] {
        let mut socket = connect(&server, &code);
        socket.send(first).unwrap();
        let mut bad = Device { socket, id: DeviceId(0) };
        assert_eq!(bad.closed(), Some(1008));
    }

    // Later ones are counted, until there are too many.
    let mut bad = Device::join(&server, &code, "mallory");
    let image = Envelope::Image { frame: FrameId(1), bytes: b"x" }.encode();
    let answer = Envelope::Answer { frame: FrameId(1), epoch, json: b"{" }.encode();
    let long = Envelope::Relay { peer: good.id, bytes: &vec![0; 100_000] }.encode();
    for garbage in [
        Message::text("\u{0}"),
        Message::text(r#"{"type":"benchmarked","capacity":-1,"kinds":{},"memory":1}"#),
        Message::binary(vec![9, 0, 0, 0, 0]),
        Message::binary(vec![1]),
        Message::binary(image),
        Message::binary(answer),
        Message::binary(long),
    ] {
        bad.socket.send(garbage).unwrap();
    }
    let state = server.wait(&code, |state| state["counters"]["malformed"] == 7);
    assert_eq!(state["devices"].as_array().unwrap().len(), 2);
    // Sound messages that mean nothing are no reason to end anybody.
    bad.say(&ToServer::Ready { epoch: Epoch(77) });
    bad.send(&Envelope::Answer { frame: FrameId(77), epoch, json: &espresso() });
    for _ in 0..25 {
        bad.socket.send(Message::text("?")).unwrap();
    }
    assert_eq!(bad.closed(), Some(1008));
    let state = server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 1);
    assert_eq!(state["counters"]["late"], 1);

    // Too long in either way.
    for long in [Message::text("x".repeat(70_000)), Message::binary(vec![1; 2 << 20])] {
        let mut bad = Device::join(&server, &code, "mallory");
        // The server may have gone before all of it was sent.
        let _ = bad.socket.send(long);
        let code = bad.closed();
        assert!(matches!(code, Some(1009) | None), "{code:?}");
    }

    good.say(&ToServer::Stats(Stats::default()));
    let state = server.state(&code);
    assert_eq!(state["devices"][0]["name"], "anna");
}

#[test]
fn a_page_that_may_not_be_in_the_room_is_told_why() {
    let server = Running::start();
    let code = server.room();
    let mut old = hello("old");
    old.version = 0;
    let mut weak = hello("weak");
    weak.features.simd = false;
    for (hello, wanted) in [(old, "version"), (weak, "unsupported")] {
        let mut device = Device { socket: connect(&server, &code), id: DeviceId(0) };
        device.say(&ToServer::Hello(hello));
        match device.hear() {
            Heard::Control(message) => match *message {
                ToDevice::Refused { code, message } => {
                    assert_eq!(code, wanted);
                    assert!(!message.is_empty());
                }
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
        assert_eq!(device.closed(), Some(1000));
    }
    assert_eq!(server.state(&code)["devices"], json!([]));
}

#[test]
fn a_page_that_says_nothing_or_reads_nothing_is_ended() {
    let limits = Limits {
        hello: Duration::from_millis(300),
        unread: Duration::from_millis(1000),
        ..Limits::default()
    };
    let server = Running::with(limits, None);
    let code = server.room();
    let mut silent = Device { socket: connect(&server, &code), id: DeviceId(0) };
    assert_eq!(silent.closed(), Some(1008));

    let mut anna = Device::join(&server, &code, "anna");
    let deaf = Device::join(&server, &code, "deaf");
    // More than the buffers of both ends hold.
    for _ in 0..2000 {
        anna.send(&Envelope::Relay { peer: deaf.id, bytes: &[7; 60 * 1024] });
    }
    let state = server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 1);
    assert_eq!(state["devices"][0]["name"], "anna");
    anna.say(&ToServer::Stats(Stats::default()));
    anna.until(|_, heard| matches!(heard, Heard::Control(_)).then_some(()));
}

fn refused(server: &Running, path: &str, origin: Option<&str>) -> u16 {
    let mut request = format!("ws://{}{path}", server.host()).into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match tungstenite::connect(request) {
        Ok(_) => 101,
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn sockets_are_for_the_servers_own_pages_and_for_rooms_that_there_are() {
    let server = Running::with(Limits { sockets_per_address: 3, ..Limits::default() }, None);
    let code = server.room();
    let path = format!("/ws/{code}");
    assert_eq!(refused(&server, "/ws/ZZZZZZ", None), 404);
    assert_eq!(refused(&server, &path, Some("http://evil.example")), 403);
    assert_eq!(refused(&server, &path, Some("null")), 403);
    assert_eq!(refused(&server, &path, Some(&server.url)), 101);
    assert_eq!(server.get(&path).refusal(426), "no_websocket");
    let open: Vec<Device> =
        (0..2).map(|index| Device::join(&server, &code, &format!("page {index}"))).collect();
    // The one that was let in above has only just gone.
    let mut third = Vec::new();
    for _ in 0..50 {
        if refused(&server, &path, None) == 429 {
            return;
        }
        third.push(connect(&server, &code));
    }
    panic!("{} pages of one address are connected", open.len() + third.len());
}

#[test]
fn stopping_ends_every_page_and_every_request() {
    let mut server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    let url = format!("{}/api/rooms/{code}/infer", server.url);
    let asked = std::thread::spawn(move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.post(url).send(&photograph()).unwrap().status().as_u16()
    });
    server.wait(&code, |state| state["counters"]["submitted"] == 1);
    let start = std::time::Instant::now();
    server.stop();
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(asked.join().unwrap(), 503);
    assert!(device.closed().is_some_and(|code| code == 1000 || code == 1001));
}
