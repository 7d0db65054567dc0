//! A server that is started anew: its rooms come back with their pages, and requests may be repeated.

use crate::common::device::{Device, espresso};
use crate::common::{Running, photograph};
use convoy_wire::Envelope;
use serde_json::{Value, json};
use std::thread;

/// A locked room with one device, and its code and token.
fn locked(server: &Running) -> (Device, String, String) {
    let room = server.post("/api/rooms", br#"{"model": "mnist", "locked": true}"#).json();
    let text = |field: &str| room[field].as_str().unwrap().to_owned();
    let (code, token) = (text("code"), text("token"));
    (Device::join(server, &code, "one"), code, token)
}

fn set_scheme(server: &Running, code: &str, token: &str, scheme: &str) -> u16 {
    let headers = [("authorization", format!("Bearer {token}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let body = json!({ "scheme": scheme }).to_string();
    server.ask("PUT", &format!("/api/rooms/{code}/scheme"), &headers, body.as_bytes()).status
}

fn settings(state: &Value) -> [&str; 2] {
    [state["model"].as_str().unwrap(), state["scheme"].as_str().unwrap()]
}

#[test]
fn a_room_comes_back_with_its_pages_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::keeping(folder.path());
    let (mut page, code, token) = locked(&server);
    let old = page.claim();
    assert_eq!(set_scheme(&server, &code, &token, "single"), 200);
    let new = page.claim();
    server.stop();

    let server = Running::keeping(folder.path());
    assert_eq!(server.get(&format!("/api/rooms/{code}")).refusal(404), "no_room");
    // Whoever comes first may not have heard of the last change.
    let mut first = Device::rejoin(&server, &code, &old);
    assert_eq!(settings(&server.state(&code)), ["mnist", "best"]);
    let second = Device::rejoin(&server, &code, &new);
    server.wait(&code, |state| settings(state) == ["mnist", "single"]);
    assert_ne!(first.id, second.id);
    // Whoever was there before hears of it.
    assert_ne!(first.claim(), first.claim());
    // An old claim does not undo what a newer one said, and the room's changes count on from there.
    let third = Device::rejoin(&server, &code.to_lowercase(), &old);
    server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 3);
    assert_eq!(settings(&server.state(&code)), ["mnist", "single"]);
    drop(third);
    // It is locked by the same token.
    assert_eq!(set_scheme(&server, &code, "wrong", "pico"), 401);
    assert_eq!(set_scheme(&server, &code, &token, "pico"), 200);
    assert!(first.claim().len() > 50);
}

/// The status by which a socket is refused.
fn refused(server: &Running, path: &str) -> u16 {
    match tungstenite::connect(format!("ws://{}{path}", server.host())) {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nobody_makes_a_room_by_a_claim_that_this_server_did_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::keeping(folder.path());
    let (mut page, code, _) = locked(&server);
    let claim = page.claim();
    server.stop();

    // Without the key that was kept.
    let other = Running::start();
    for wrong in [claim.as_str(), "", "a.b", "a&claim=b", &"x".repeat(4000)] {
        assert_eq!(refused(&other, &format!("/ws/{code}?claim={wrong}")), 404, "{wrong}");
    }
    // With the key, but for another room, or without opening a socket.
    let same = Running::keeping(folder.path());
    assert_eq!(refused(&same, &format!("/ws/ABCDEF?claim={claim}")), 404);
    assert_eq!(same.get(&format!("/ws/{code}?claim={claim}")).refusal(426), "no_websocket");
    assert_eq!(same.get(&format!("/api/rooms/{code}")).refusal(404), "no_room");
}

#[test]
fn a_request_that_is_repeated_with_its_key_is_computed_once() {
    let server = Running::start();
    let code = server.room();
    let mut page = Device::join(&server, &code, "one");
    let epoch = page.get_ready();
    let ask = |key: &str, image: &[u8]| {
        server.ask("POST", &format!("/api/rooms/{code}/infer"), &[("idempotency-key", key)], image)
    };
    let image = photograph();
    let answer = |page: &mut Device| {
        let (frame, _) = page.image();
        page.send(&Envelope::Answer { frame, epoch, json: &espresso() });
    };
    let (first, second) = thread::scope(|scope| {
        // Two at once, of which one photograph reaches the page.
        let asking = [scope.spawn(|| ask("a", &image)), scope.spawn(|| ask("a", &image))];
        server.wait(&code, |state| state["counters"]["submitted"] == 1);
        answer(&mut page);
        let replies = asking.map(|asking| asking.join().unwrap().json());
        replies.into()
    });
    assert_eq!((&first["frame"], &first["labels"]), (&second["frame"], &second["labels"]));
    // Once more, after the answer.
    assert_eq!(ask("a", &image).json()["frame"], first["frame"]);
    assert_eq!(server.state(&code)["counters"]["submitted"], 1);
    // Another key, and another photograph by the same key, are other requests.
    let other = [&image[..], b"\0"].concat();
    for (key, image) in [("b", &image), ("a", &other)] {
        let reply = thread::scope(|scope| {
            let asking = scope.spawn(|| ask(key, image));
            answer(&mut page);
            asking.join().unwrap().json()
        });
        assert_ne!(reply["frame"], first["frame"]);
    }
    assert_eq!(ask("", &image).refusal(400), "bad_key");
    assert_eq!(ask(&"k".repeat(256), &image).refusal(400), "bad_key");
}
