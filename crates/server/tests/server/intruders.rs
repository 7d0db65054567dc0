//! Garbage, silence, strangers on WebSockets: each ends its own connection and disturbs nobody.

use crate::common::Running;
use crate::common::device::{Device, Heard, connect, espresso, hello};
use convoy_server::Limits;
use convoy_wire::{Envelope, Epoch, FrameId, Stats, ToDevice, ToServer};
use serde_json::json;
use std::io::Write as _;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Error, Message};

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
        let mut bad = Device::on(socket);
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
        let mut device = Device::on(connect(&server, &code));
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
    let mut silent = Device::on(connect(&server, &code));
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
    assert_eq!(server.get(&path).refusal(426), "no_websocket");
    let mut open: Vec<Device> =
        (0..3).map(|index| Device::join(&server, &code, &format!("page {index}"))).collect();
    assert_eq!(refused(&server, &path, Some(&server.url)), 429);
    // One that goes makes room, as soon as the server has noticed.
    open.pop();
    let start = Instant::now();
    while refused(&server, &path, Some(&server.url)) != 101 {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the place of a closed socket stays taken"
        );
    }
}

#[test]
fn who_pings_without_end_is_ended() {
    let server = Running::start();
    let code = server.room();
    let mut good = Device::join(&server, &code, "anna");
    let mut patient = Device::join(&server, &code, "bert");
    patient.socket.send(Message::Ping(Vec::new().into())).unwrap();
    let mut mallory = Device::join(&server, &code, "mallory");
    for _ in 0..20 {
        // Their answers may stay unread: each would be kept.
        if mallory.socket.send(Message::Ping(vec![7; 100].into())).is_err() {
            break;
        }
    }
    assert_eq!(mallory.closed(), Some(1008));
    for device in [&mut good, &mut patient] {
        device.say(&ToServer::Stats(Stats::default()));
    }
    server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 2);
}

#[test]
fn a_text_that_ends_within_a_letter_is_malformed() {
    let server = Running::start();
    let code = server.room();
    let mut mallory = Device::join(&server, &code, "mallory");
    let MaybeTlsStream::Plain(stream) = mallory.socket.get_mut() else { panic!("no plain stream") };
    // The first two bytes of a letter of three, masked by nothing; then an empty end.
    stream.write_all(&[0x01, 0x82, 0, 0, 0, 0, 0xe2, 0x82]).unwrap();
    stream.write_all(&[0x80, 0x80, 0, 0, 0, 0]).unwrap();
    server.wait(&code, |state| state["counters"]["malformed"] == 1);
}

#[test]
fn who_breaks_the_protocol_before_it_says_hello_is_told() {
    let server = Running::start();
    let code = server.room();
    let mut socket = connect(&server, &code);
    let MaybeTlsStream::Plain(stream) = socket.get_mut() else { panic!("no plain stream") };
    // A frame of a kind that there is not.
    stream.write_all(&[0x83, 0x80, 0, 0, 0, 0]).unwrap();
    assert_eq!(Device::on(socket).closed(), Some(1002));
}
