//! Who may come in, who may change a room, who is sent away; and that nobody learns a secret from logs,
//! addresses or what the server says.

use crate::common::device::{Device, Heard, espresso, hello};
use crate::common::{Reply, Running, photograph};
use convoy_server::Limits;
use convoy_wire::{Envelope, ToDevice, ToServer};
use serde_json::{Value, json};
use std::thread;
use tungstenite::client::IntoClientRequest as _;

/// A room as its starter knows it.
struct Room {
    code: String,
    token: String,
    join: String,
}

fn start(server: &Running, wishes: &Value) -> Room {
    let reply = server.post("/api/rooms", wishes.to_string().as_bytes());
    assert_eq!(reply.status, 201, "{}", reply.text());
    let room = reply.json();
    let text = |field: &str| room[field].as_str().unwrap_or_default().to_owned();
    Room { code: text("code"), token: text("token"), join: text("join") }
}

fn ask(server: &Running, method: &str, path: &str, token: &str, body: &[u8]) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    server.ask(method, path, if token.is_empty() { &[] } else { &headers }, body)
}

/// A page that comes with these protocols and says hello; what it hears first.
fn come(server: &Running, code: &str, protocols: &str) -> (Device, ToDevice) {
    let url = format!("ws://{}/ws/{code}", server.host());
    let mut request = url.into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    }
    let (socket, answer) = tungstenite::connect(request).unwrap();
    let spoken = answer.headers().get("sec-websocket-protocol");
    assert_eq!(spoken.is_some_and(|spoken| spoken == "convoy"), protocols.contains("convoy"));
    let mut device = Device::on(socket);
    // Who is refused may be gone before it has said anything.
    let hello = serde_json::to_string(&ToServer::Hello(hello("page"))).unwrap();
    let _ = device.socket.send(tungstenite::Message::text(hello));
    match device.hear() {
        Heard::Control(message) => (device, *message),
        other => panic!("{other:?}"),
    }
}

fn is_in(said: &ToDevice) -> bool {
    match said {
        ToDevice::Welcome { .. } => true,
        ToDevice::Refused { code, message } => {
            assert_eq!(code, "private");
            assert!(message.contains("private"));
            false
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_private_room_lets_in_whom_it_invited_and_nobody_else() {
    let server = Running::start();
    let Room { code, token, join } = start(&server, &json!({ "private": true }));
    let other = start(&server, &json!({ "private": true }));
    let path = format!("/api/rooms/{code}");
    for (key, lets_in) in [
        (String::new(), false),
        ("convoy".into(), false),
        ("convoy, key.".into(), false),
        (format!("convoy, key.{}", other.join), false),
        (format!("convoy, key.{}", other.token), false),
        (format!("convoy, key.{}", &join[1..]), false),
        (format!("convoy, key.{join}"), true),
        (format!("convoy, key.{token}"), true),
    ] {
        assert_eq!(is_in(&come(&server, &code, &key).1), lets_in, "{key}");
    }
    for (key, lets_in) in [("", false), (other.join.as_str(), false), (&join, true), (&token, true)]
    {
        let state = ask(&server, "GET", &path, key, b"");
        let image = ask(&server, "POST", &format!("{path}/infer"), key, &photograph());
        if lets_in {
            assert_eq!(state.json()["private"], true);
            assert_ne!(image.status, 401, "{}", image.text());
        } else {
            assert_eq!(state.refusal(401), "private");
            assert_eq!(image.refusal(401), "private");
        }
        let newest = ask(&server, "GET", &format!("{path}/picture"), key, b"");
        assert_eq!(
            newest.refusal(if lets_in { 404 } else { 401 }),
            if lets_in { "no_picture" } else { "private" }
        );
        // Changes, too, are for those who are in: the room is not locked.
        let change = ask(&server, "PUT", &format!("{path}/scheme"), key, br#"{"scheme": "pico"}"#);
        assert_eq!(change.status, if lets_in { 200 } else { 401 });
    }
    // The picture of the address invites only where the invited ask for it.
    let picture = |key: &str| ask(&server, "GET", &format!("{path}/qr.svg"), key, b"").text();
    assert_eq!(picture(""), picture(&other.join));
    assert_ne!(picture(""), picture(&join));
    // Nothing that a stranger sees has the secrets in it.
    assert!(!server.get(&path).text().contains(&join));
    assert!(!ask(&server, "GET", &path, &join, b"").text().contains(&join));
}

#[test]
fn an_open_room_stays_open_to_whoever_has_its_code() {
    let server = Running::start();
    let room = start(&server, &json!({}));
    assert_eq!(room.join, "");
    assert!(is_in(&come(&server, &room.code, "").1));
    assert!(is_in(&come(&server, &room.code, "convoy, key.whatever").1));
    let state = server.state(&room.code);
    assert_eq!([&state["locked"], &state["private"], &state["pin"]], [false, false, false]);
    let path = format!("/api/rooms/{}", room.code);
    assert_eq!(server.put(&format!("{path}/scheme"), r#"{"scheme": "pico"}"#).status, 200);
    assert_eq!(
        server.post(&format!("{path}/join"), br#"{"pin": "1234"}"#).json()["join"],
        Value::Null
    );
}

#[test]
fn a_pin_is_exchanged_for_the_invitation() {
    let server = Running::start();
    let Room { code, join, .. } = start(&server, &json!({ "pin": "481216" }));
    let path = format!("/api/rooms/{code}/join");
    let reply = server.post(&path, br#"{"pin": "481216"}"#);
    assert_eq!((reply.status, &reply.json()["join"]), (200, &json!(join)));
    assert!(is_in(&come(&server, &code, &format!("convoy, key.{join}")).1));
    assert_eq!(server.post(&path, br#"{"pin": "481217"}"#).refusal(401), "wrong_pin");
    for wrong in [r#"{"pin": "12"}"#, r#"{"pin": 481216}"#, "{}", r#"{"pin": "123456789"}"#] {
        assert_eq!(server.post(&path, wrong.as_bytes()).refusal(400), "bad_json", "{wrong}");
    }
    for wrong in [r#"{"pin": "12345x"}"#, r#"{"pin": ""}"#] {
        assert_eq!(server.post("/api/rooms", wrong.as_bytes()).refusal(400), "bad_json");
    }
    // The PIN itself opens nothing else.
    assert!(!is_in(&come(&server, &code, "convoy, key.481216").1));
    let private = start(&server, &json!({ "private": true }));
    let path = format!("/api/rooms/{}/join", private.code);
    assert_eq!(server.post(&path, br#"{"pin": "0000"}"#).refusal(401), "wrong_pin");
}

#[test]
fn pins_cannot_be_guessed_for_long_even_by_many_who_ask_at_once() {
    let server = Running::with(Limits { wrong_pins: 5, ..Limits::default() }, None);
    let room = start(&server, &json!({ "pin": "9999" }));
    let path = format!("/api/rooms/{}/join", room.code);
    let tried = thread::scope(|scope| {
        let tries: Vec<_> = (0..24)
            .map(|pin| {
                let (server, path) = (&server, &path);
                let body = format!(r#"{{"pin": "{pin:04}"}}"#);
                scope.spawn(move || server.post(path, body.as_bytes()).status)
            })
            .collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect::<Vec<_>>()
    });
    let wrong = tried.iter().filter(|status| **status == 401).count();
    // Slow machines may see one more come back.
    assert!((5..=7).contains(&wrong), "{tried:?}");
    assert!(tried.iter().all(|status| [401, 429].contains(status)), "{tried:?}");
    // Not even with the right one, until some time has passed; but the invitation needs none.
    assert_eq!(server.post(&path, br#"{"pin": "9999"}"#).refusal(429), "too_many_pins");
    assert!(is_in(&come(&server, &room.code, &format!("convoy, key.{}", room.join)).1));
}

#[test]
fn who_knows_the_pin_is_never_held_up_by_others_who_know_it() {
    let server = Running::with(Limits { wrong_pins: 2, ..Limits::default() }, None);
    let room = start(&server, &json!({ "pin": "4812" }));
    let path = format!("/api/rooms/{}/join", room.code);
    for _ in 0..30 {
        assert_eq!(server.post(&path, br#"{"pin": "4812"}"#).status, 200);
    }
}

#[test]
fn only_the_host_locks_opens_and_sends_away() {
    let server = Running::start();
    let Room { code, token, .. } = start(&server, &json!({}));
    let mut anna = Device::join(&server, &code, "anna");
    let mut bert = Device::join(&server, &code, "bert");
    let path = format!("/api/rooms/{code}");
    let device = format!("{path}/devices/{}", anna.id.0);
    for wrong in ["", "wrong", &"0".repeat(token.len())] {
        let reply = ask(&server, "PUT", &format!("{path}/access"), wrong, br#"{"locked": true}"#);
        assert_eq!(reply.refusal(401), "host_only");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        assert_eq!(ask(&server, "DELETE", &device, wrong, b"").refusal(401), "host_only");
    }
    let reply = ask(&server, "DELETE", &device, &token, b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["devices"].as_array().unwrap().len(), 1);
    let code_heard = anna.until(|_, heard| match heard {
        Heard::Control(message) => match *message {
            ToDevice::Refused { code, .. } => Some(code),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(code_heard, "removed");
    assert_eq!(anna.closed(), Some(1000));
    for nobody in [anna.id.0.to_string(), "99".into(), "x".into(), "-1".into(), "4294967296".into()]
    {
        let path = format!("{path}/devices/{nobody}");
        assert_eq!(ask(&server, "DELETE", &path, &token, b"").refusal(404), "no_such_device");
    }
    // Locked and unlocked again.
    let scheme = |token: &str| {
        ask(&server, "PUT", &format!("{path}/scheme"), token, br#"{"scheme": "pico"}"#).status
    };
    let access = |body: &str| {
        let reply = ask(&server, "PUT", &format!("{path}/access"), &token, body.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    assert_eq!(access(r#"{"locked": true}"#)["locked"], true);
    assert_eq!([scheme(""), scheme(&token)], [401, 200]);
    assert_eq!(server.state(&code)["locked"], true);
    access(r#"{"locked": false}"#);
    assert_eq!(scheme(""), 200);
    for wrong in
        ["{", r#"{"lock": true}"#, r#"{"pin": "12"}"#, r#"{"private": false, "pin": "1234"}"#]
    {
        let reply = ask(&server, "PUT", &format!("{path}/access"), &token, wrong.as_bytes());
        assert_eq!(reply.refusal(400), "bad_json", "{wrong}");
    }
    bert.say(&ToServer::Leaving);
}

#[test]
fn a_new_invitation_shuts_out_those_of_the_old_one_but_not_who_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::keeping(folder.path());
    let Room { code, token, .. } = start(&server, &json!({}));
    let mut anna = Device::join(&server, &code, "anna");
    let open = anna.claim();
    let path = format!("/api/rooms/{code}/access");
    let access = |server: &Running, body: &str| {
        ask(server, "PUT", &path, &token, body.as_bytes()).json()["join"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let old = access(&server, r#"{"pin": "1111"}"#);
    let first = anna.claim();
    let new = access(&server, r#"{"pin": "2222"}"#);
    let second = anna.claim();
    assert_ne!(old, new);
    let join = |pin: &str| {
        server.post(&format!("/api/rooms/{code}/join"), format!(r#"{{"pin": "{pin}"}}"#).as_bytes())
    };
    assert_eq!(join("1111").refusal(401), "wrong_pin");
    assert_eq!(join("2222").json()["join"], new);
    // By what lets in, and by what does not: old keys and claims, and claims in an address.
    let tries = |server: &Running| {
        for (address, protocols, lets_in) in [
            (String::new(), format!("convoy, key.{old}"), false),
            (String::new(), format!("convoy, claim.{open}"), false),
            (String::new(), format!("convoy, claim.{first}"), false),
            (format!("?claim={second}"), String::new(), false),
            (String::new(), format!("convoy, claim.{second}"), true),
            (String::new(), format!("convoy, key.{new}"), true),
            (format!("?claim={second}"), format!("convoy, key.{new}"), true),
        ] {
            let (_page, said) = come(server, &format!("{code}{address}"), &protocols);
            assert_eq!(is_in(&said), lets_in, "{address} {protocols}");
        }
    };
    tries(&server);
    // Likewise after a restart.
    server.stop();
    let server = Running::keeping(folder.path());
    // Who comes first may say that the room is open; who knows better corrects that, and it goes.
    let (mut first_back, said) = come(&server, &code, &format!("convoy, claim.{open}"));
    assert!(is_in(&said));
    assert!(is_in(&come(&server, &code, &format!("convoy, claim.{second}")).1));
    assert_eq!(first_back.closed(), Some(1000));
    tries(&server);
    let reply = ask(&server, "PUT", &path, &token, br#"{"private": false}"#).json();
    assert_eq!(
        [&reply["private"], &reply["pin"], &reply["join"]],
        [&json!(false), &json!(false), &Value::Null]
    );
    assert!(is_in(&come(&server, &code, "").1));
}

#[test]
fn a_guess_at_the_room_code_costs_the_same_at_every_door() {
    let server = Running::with(Limits { wrong_codes: 4, ..Limits::default() }, None);
    for (method, path) in [
        ("POST", "/api/rooms/ZZZZZ2/join"),
        ("PUT", "/api/rooms/ZZZZZ3/access"),
        ("DELETE", "/api/rooms/ZZZZZ4/devices/1"),
        ("GET", "/api/rooms/ZZZZZ5/qr.svg"),
    ] {
        let refusal = server.ask(method, path, &[], br#"{"pin": "1234"}"#).refusal(404);
        assert_eq!(refusal, "no_room", "{method} {path}");
    }
    assert_eq!(server.get("/api/rooms/ZZZZZ6").refusal(429), "too_many_guesses");
}

#[test]
fn an_answer_to_a_private_room_reaches_its_caller() {
    let server = Running::start();
    let room = start(&server, &json!({ "pin": "4812" }));
    let (mut page, said) = come(&server, &room.code, &format!("convoy, key.{}", room.join));
    assert!(is_in(&said));
    let epoch = page.get_ready();
    let path = format!("/api/rooms/{}/infer", room.code);
    let reply = thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&server, "POST", &path, &room.join, &photograph()));
        let (frame, _) = page.image();
        page.send(&Envelope::Answer { frame, epoch, json: &espresso() });
        asked.join().unwrap()
    });
    assert_eq!(reply.json()["labels"][0]["label"], "espresso");
}
