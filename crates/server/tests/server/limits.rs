//! How much anybody gets: connections, memory, requests, time. Whoever wants more is ended or told so,
//! and nobody else notices.

use crate::common::device::{Device, Heard, connect, espresso};
use crate::common::{Running, photograph};
use convoy_server::Limits;
use convoy_wire::{Envelope, FrameId, Signal, Stats, ToDevice, ToServer, answer};
use serde_json::json;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::Message;

/// A connection that sends what a test writes.
fn raw(server: &Running) -> TcpStream {
    let stream = TcpStream::connect(server.host()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// What comes until the server closes the connection; `None` where it does not.
fn until_closed(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut came = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return Some(came),
            Ok(length) => came.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Some(came),
            Err(_) => return None,
        }
    }
}

#[test]
fn a_caller_who_is_slow_to_say_what_it_wants_is_cut_off() {
    let limits = Limits { head: Duration::from_millis(500), ..Limits::default() };
    let server = Running::with(limits, None);
    // Nothing at all; a head without an end; one drop after another.
    let mut silent = raw(&server);
    let mut half = raw(&server);
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut slow = raw(&server);
    let dripping = thread::spawn(move || {
        let head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ".iter();
        for byte in head.chain(std::iter::repeat(&b'x')).take(400) {
            if slow.write_all(&[*byte]).is_err() {
                return true;
            }
            thread::sleep(Duration::from_millis(25));
        }
        false
    });
    for stream in [&mut silent, &mut half] {
        let said = until_closed(stream).expect("the server waits for ever");
        assert!(!String::from_utf8_lossy(&said).contains("200 OK"));
    }
    assert!(dripping.join().unwrap(), "a slow head is taken in for 10 s");
    // One that has been answered and asks for nothing more goes, too.
    let mut idle = raw(&server);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let said = String::from_utf8(until_closed(&mut idle).unwrap()).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
}

#[test]
fn a_head_without_end_is_refused() {
    let server = Running::start();
    let mut stream = raw(&server);
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n");
    let line = format!("X-Long: {}\r\n", "x".repeat(1000));
    for _ in 0..200 {
        if stream.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    let said = until_closed(&mut stream).expect("200 KB of headers are taken in");
    let said = String::from_utf8_lossy(&said);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
}

#[test]
fn connections_of_an_address_are_bounded_and_come_back() {
    let limits = Limits { connections_per_address: 8, ..Limits::default() };
    let server = Running::with(limits, None);
    let held: Vec<TcpStream> = (0..8).map(|_| raw(&server)).collect();
    // Those that were taken in are served; one more is not.
    let ask = |stream: &mut TcpStream| {
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        until_closed(stream).is_some_and(|said| said.starts_with(b"HTTP/1.1 200"))
    };
    assert!(!ask(&mut raw(&server)));
    let [mut first, ..] = <[TcpStream; 8]>::try_from(held).unwrap();
    assert!(ask(&mut first));
    let start = Instant::now();
    while !ask(&mut raw(&server)) {
        assert!(start.elapsed() < Duration::from_secs(20), "a place never comes back");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_caller_who_does_not_read_its_answer_is_cut_off() {
    let limits = Limits {
        unread: Duration::from_millis(400),
        connections_per_address: 2,
        ..Limits::default()
    };
    let server = Running::with(limits, None);
    let model = server.get("/models/squeezenet1.1/model.json").json();
    let files = model["weights"]["files"].as_array().unwrap();
    let largest = files.iter().max_by_key(|file| file["bytes"].as_u64()).unwrap();
    assert!(largest["bytes"].as_u64() > Some(500_000));
    let file = largest["file"].as_str().unwrap();
    let mut deaf = [raw(&server), raw(&server)];
    for stream in &mut deaf {
        // Enough of them for the buffers of both ends.
        for _ in 0..40 {
            let request = format!("GET /models/squeezenet1.1/{file} HTTP/1.1\r\nHost: x\r\n\r\n");
            // One that is turned away, since the model's own connection is not over yet, takes no place.
            if stream.write_all(request.as_bytes()).is_err() {
                break;
            }
        }
    }
    // Their places come back, though they never read nor close.
    let start = Instant::now();
    loop {
        let mut stream = raw(&server);
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        if until_closed(&mut stream).is_some_and(|said| said.starts_with(b"HTTP/1.1 200")) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the deaf keep their places");
        thread::sleep(Duration::from_millis(50));
    }
    drop(deaf);
}

#[test]
fn requests_of_an_address_are_bounded_a_second() {
    let limits = Limits { requests_per_address: 2, ..Limits::default() };
    let server = Running::with(limits, None);
    let statuses: Vec<u16> = (0..40).map(|_| server.get("/healthz").status).collect();
    assert_eq!(statuses[0], 200);
    let reply = server.get("/nothing");
    if reply.status == 429 {
        assert_eq!(
            (reply.refusal(429).as_str(), reply.header("retry-after")),
            ("too_many_requests", "1")
        );
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    // A little later there is one again.
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(server.get("/healthz").status, 200);
}

/// The head of an upload of which `length` bytes are said to come.
fn upload(server: &Running, code: &str, length: usize) -> TcpStream {
    let mut stream = raw(server);
    let head = format!(
        "POST /api/rooms/{code}/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn what_an_upload_says_it_will_send_takes_nothing_from_others() {
    let limits =
        Limits { photographs: 2 << 20, photographs_per_address: 2 << 20, ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    let mut page = Device::join(&server, &code, "anna");
    let epoch = page.get_ready();
    // Three hundred megabytes, promised by fifteen callers who send one byte each.
    let mut liars: Vec<TcpStream> = (0..15).map(|_| upload(&server, &code, 19_999_999)).collect();
    for liar in &mut liars {
        liar.write_all(b"x").unwrap();
    }
    let reply = thread::scope(|scope| {
        let asked = scope.spawn(|| server.post(&format!("/api/rooms/{code}/infer"), &photograph()));
        let (frame, _) = page.image();
        page.send(&Envelope::Answer { frame, epoch, json: &espresso() });
        asked.join().unwrap()
    });
    assert_eq!(reply.status, 200, "{}", reply.text());
    // What has come in counts, until its caller goes. Where another's bytes were there first, it is the
    // liar that is refused, and the next one tries.
    let small = vec![0; 200_000];
    let path = format!("/api/rooms/{code}/infer");
    let is_refused = || {
        thread::sleep(Duration::from_millis(50));
        server.post(&path, &small).status == 503
    };
    let counted = liars.iter_mut().any(|liar| {
        liar.write_all(&vec![b'x'; (2 << 20) - 100_000]).unwrap();
        (0..20).any(|_| is_refused() && is_refused())
    });
    assert!(counted, "uploads are never counted");
    assert_eq!(server.post(&path, &small).refusal(503), "busy");
    let start = Instant::now();
    drop(liars);
    while server.post(&path, &small).status != 415 {
        assert!(start.elapsed() < Duration::from_secs(20), "what was held is never free again");
    }
}

#[test]
fn an_upload_that_never_ends_is_given_up() {
    let limits = Limits { upload: Duration::from_millis(700), ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    let mut stream = upload(&server, &code, 100_000);
    stream.write_all(&[0; 1000]).unwrap();
    let mut said = [0; 400];
    let length = stream.read(&mut said).unwrap();
    let said = String::from_utf8_lossy(&said[..length]).into_owned();
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
}

#[test]
fn an_answer_of_many_megabytes_comes_through_and_a_longer_one_is_refused_in_words() {
    // Made before anybody is there: a page that is busy with that for long counts as silent.
    let answers =
        [(1_500_000, 200), (20_000_000, 200), (30_000_000, 502)].map(|(length, status)| {
            let png = "A".repeat(length);
            let map =
                json!({ "kind": "map", "map": { "width": 4096, "height": 4096, "png": png } });
            (length, status, serde_json::to_vec(&map).unwrap())
        });
    let server = Running::start();
    let code = server.room();
    let mut page = Device::join(&server, &code, "anna");
    let epoch = page.get_ready();
    let path = format!("/api/rooms/{code}/infer");
    for (length, status, map) in answers {
        page.say(&ToServer::Stats(Stats::default()));
        let reply = thread::scope(|scope| {
            let asked = scope.spawn(|| server.post(&path, &photograph()));
            let (frame, _) = page.image();
            for part in answer(frame, epoch, &map) {
                page.send(&part);
            }
            asked.join().unwrap()
        });
        if status == 200 {
            assert_eq!(reply.json()["map"]["png"].as_str().unwrap().len(), length);
        } else {
            assert_eq!(reply.refusal(status), "answer_refused");
            assert!(reply.text().contains("24 MiB"), "{}", reply.text());
        }
    }
    // The page is in the room still.
    page.say(&ToServer::Stats(Stats::default()));
    let state = server.state(&code);
    assert_eq!(state["devices"][0]["name"], "anna");
    assert_eq!(state["counters"]["malformed"], 0);
}

#[test]
fn a_socket_whose_other_end_is_gone_without_a_word_is_ended() {
    let limits = Limits {
        ping: Duration::from_millis(200),
        pong: Duration::from_millis(1200),
        ..Limits::default()
    };
    let server = Running::with(limits, None);
    let code = server.room();
    // The one reads, and so answers pings; the other does neither.
    let mut good = Device::join(&server, &code, "anna");
    let _gone = Device::join(&server, &code, "gone");
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        let state = good.until(|_, heard| match heard {
            Heard::Control(message) => match *message {
                ToDevice::Room { state } => Some(state),
                ToDevice::Gone { .. } => Some(json!({ "devices": [0] })),
                _ => None,
            },
            _ => None,
        });
        if start.elapsed() > Duration::from_millis(1200)
            && state["devices"].as_array().unwrap().len() == 1
        {
            break;
        }
    }
    let state = server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 1);
    assert_eq!(state["devices"][0]["name"], "anna");
}

#[test]
fn a_page_that_answers_pings_but_whose_own_code_is_silent_is_ended() {
    let server = Running::start();
    let code = server.room();
    let mut frozen = connect(&server, &code);
    let mut device = {
        let hello = crate::common::device::hello("frozen");
        frozen
            .send(Message::text(serde_json::to_string(&ToServer::Hello(hello)).unwrap()))
            .unwrap();
        Device::on(frozen)
    };
    // A browser answers pings by itself, as reading does here: for longer than a page may be silent.
    let start = Instant::now();
    loop {
        match device.hear() {
            Heard::Closed(_) => break,
            _ => assert!(start.elapsed() < Duration::from_secs(40), "a frozen page stays for ever"),
        }
    }
    assert!(start.elapsed() > Duration::from_secs(10), "a page may be silent for a while");
    server.wait(&code, |state| state["devices"] == json!([]));
}

#[test]
fn a_full_room_refuses_pages_in_words() {
    let server = Running::with(Limits { sockets_per_address: 200, ..Limits::default() }, None);
    let code = server.room();
    let pages: Vec<Device> =
        (0..32).map(|index| Device::join(&server, &code, &format!("page {index}"))).collect();
    let mut late = Device::on(connect(&server, &code));
    late.say(&ToServer::Hello(crate::common::device::hello("late")));
    match late.hear() {
        Heard::Control(message) => match *message {
            ToDevice::Refused { code, message } => {
                assert_eq!(code, "full");
                assert!(message.contains("32"), "{message}");
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    assert_eq!(late.closed(), Some(1000));
    drop(pages);
}

#[test]
fn signals_names_and_lists_have_their_longest() {
    let server = Running::start();
    let code = server.room();
    let mut anna =
        Device::join(&server, &code, &format!("\u{202e}{}\u{7}\u{2066}", "ä".repeat(50)));
    let bert = Device::join(&server, &code, "\u{200f}\n");
    let state = server.state(&code);
    assert_eq!(state["devices"][0]["name"], "ä".repeat(40));
    assert_eq!(state["devices"][1]["name"], "device");
    let to = bert.id;
    let long = [
        Signal::Offer { attempt: 0, sdp: "x".repeat(16 * 1024 + 1) },
        Signal::Answer { attempt: 0, sdp: "x".repeat(16 * 1024 + 1) },
        Signal::Candidate { attempt: 0, candidate: "x".repeat(1025), mid: None, line: None },
        Signal::Candidate {
            attempt: 0,
            candidate: "x".into(),
            mid: Some("x".repeat(1025)),
            line: None,
        },
    ];
    let count = long.len();
    for signal in long {
        anna.say(&ToServer::Signal { to, signal });
    }
    server.wait(&code, |state| state["counters"]["malformed"] == count);
}

#[test]
fn signals_go_to_pages_of_the_room_alone_and_say_who_sent_them() {
    let server = Running::start();
    let (code, other) = (server.room(), server.room());
    let [mut anna, mut bert] = ["anna", "bert"].map(|name| Device::join(&server, &code, name));
    // The stranger has the same number in its room as a page here.
    let mut stranger = Device::join(&server, &other, "mallory");
    assert_eq!(stranger.id, anna.id);
    stranger.say(&ToServer::Signal {
        to: bert.id,
        signal: Signal::Offer { attempt: 0, sdp: "spy".into() },
    });
    stranger.send(&Envelope::Relay { peer: bert.id, bytes: b"spy" });
    anna.say(&ToServer::Signal {
        to: bert.id,
        signal: Signal::Offer { attempt: 0, sdp: "sound".into() },
    });
    let heard = bert.until(|_, heard| match heard {
        Heard::Control(message) => match *message {
            ToDevice::Signal { from, signal } => Some((from, signal)),
            _ => None,
        },
        Heard::Relay { .. } => panic!("a page of another room is relayed"),
        _ => None,
    });
    assert_eq!(heard, (anna.id, Signal::Offer { attempt: 0, sdp: "sound".into() }));
}

#[test]
fn an_empty_room_ends_at_last_however_often_it_is_asked_for() {
    let limits = Limits { room_life: Duration::from_millis(1500), ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    let kept = server.room();
    let _page = Device::join(&server, &kept, "anna");
    let start = Instant::now();
    while server.get(&format!("/api/rooms/{code}")).status == 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "asking keeps a room for ever");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(start.elapsed() > Duration::from_millis(1000));
    assert_eq!(server.get(&format!("/api/rooms/{kept}")).status, 200);
}

#[test]
fn an_unknown_frame_is_nothing_to_answer() {
    let server = Running::start();
    let code = server.room();
    let mut page = Device::join(&server, &code, "anna");
    let epoch = page.get_ready();
    for part in answer(FrameId(77), epoch, &vec![b' '; 30_000_000]) {
        page.send(&part);
    }
    page.send(&Envelope::Answer { frame: FrameId(78), epoch, json: &espresso() });
    let state = server.wait(&code, |state| state["counters"]["late"] == 1);
    assert_eq!(
        (&state["counters"]["malformed"], &state["counters"]["failed"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn messages_of_all_pages_of_an_address_share_a_rate() {
    let limits = Limits { messages_per_address: 50, ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    let mut pages = ["anna", "bert"].map(|name| Device::join(&server, &code, name));
    // More than the burst of 600, from both; they are read no faster than the rate from then on.
    let start = Instant::now();
    for index in 0..350_u32 {
        for page in &mut pages {
            page.say(&ToServer::Stats(Stats { tiles: u64::from(index), ..Stats::default() }));
        }
    }
    let state = server.wait(&code, |state| {
        let devices = state["devices"].as_array().unwrap();
        devices.iter().all(|device| device["tiles"] == 349)
    });
    assert_eq!(state["devices"].as_array().unwrap().len(), 2, "slow reading ends nobody");
    assert!(start.elapsed() > Duration::from_millis(1500), "{:?}", start.elapsed());
}
