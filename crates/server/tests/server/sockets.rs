//! Pages on WebSockets: they join, answer, are relayed, leave.

use crate::common::device::{Device, Heard, espresso, hello};
use crate::common::{Running, photograph};
use convoy_plan::DeviceId;
use convoy_server::Limits;
use convoy_wire::{Envelope, Role, ToDevice, ToServer};
use serde_json::json;
use std::time::Duration;

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
    // Later what has changed of it.
    let another = Device::join(&server, &code, "bert");
    let told = device.until(|_, heard| match heard {
        Heard::Control(message) => match *message {
            ToDevice::Room { state } if state["devices"][1]["name"] == "bert" => Some(state),
            _ => None,
        },
        _ => None,
    });
    let state = server.state(&code);
    assert_eq!(told["devices"][0]["name"], "anna");
    assert_eq!(told["url"], state["url"]);
    drop(another);
    server.wait(&code, |state| state["devices"].as_array().is_some_and(|all| all.len() == 1));

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
fn a_page_hears_every_so_often_that_the_server_is_there_and_of_long_messages_before() {
    let limits = Limits { word: Duration::from_millis(50), ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    let epoch = device.get_ready();
    std::thread::sleep(Duration::from_millis(500));
    let mut long = photograph();
    // What follows the end of a photograph is none of its own.
    long.resize(200_000, 0);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.post(&format!("/api/rooms/{code}/infer"), &long));
        let (frame, bytes) = device.image();
        assert_eq!(bytes.len(), 200_000);
        let short: Vec<u32> =
            device.words.iter().copied().filter(|follows| *follows == 0).collect();
        assert!(short.len() >= 5, "{:?}", device.words);
        assert_eq!(device.words.last(), Some(&200_005), "with tag and number");
        device.send(&Envelope::Answer { frame, epoch, json: &espresso() });
        assert_eq!(asked.join().unwrap().status, 200);
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
