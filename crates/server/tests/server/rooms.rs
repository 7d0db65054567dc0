//! The HTTP API's contracts, and every bad input to it.

use crate::common::{Running, photograph};
use convoy_server::Limits;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_room_is_started_and_seen() {
    let server = Running::start();
    let reply = server.post("/api/rooms", b"");
    assert_eq!(reply.status, 201);
    let room = reply.json();
    let code = room["code"].as_str().unwrap();
    assert_eq!(code.len(), 6);
    assert_eq!(room["url"], format!("{}/r/{code}", server.url));
    assert!(room["token"].as_str().unwrap().len() >= 16);
    let state = server.state(&code.to_lowercase());
    assert_eq!(state["code"], code);
    assert_eq!(state["url"], room["url"]);
    assert_eq!(state["model"], "squeezenet1.1");
    assert_eq!(state["scheme"], "best");
    assert_eq!(state["devices"], json!([]));
    assert!(state["plan"].is_null() && state["counters"].is_object());

    let reply = server.post("/api/rooms", br#"{"model": "mnist", "scheme": "single"}"#);
    let state = server.state(reply.json()["code"].as_str().unwrap());
    assert_eq!((&state["model"], &state["scheme"]), (&json!("mnist"), &json!("single")));
}

#[test]
fn the_server_tells_what_it_is_and_has() {
    let server = Running::start();
    assert_eq!(server.get("/healthz").status, 200);
    let info = server.get("/api/info").json();
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["lan_urls"], json!([]));
    let models = server.get("/api/models").json();
    let ids: Vec<&str> = models["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    for id in ["hed-vgg16", "mnist", "squeezenet1.1", "vgg16", "yolov3-tiny"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
    assert!(
        server.get("/api/schemes").json()["schemes"].as_array().unwrap().contains(&json!("pico"))
    );
    let code = server.room();
    let picture = server.get(&format!("/api/rooms/{code}/qr.svg"));
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/svg+xml"));
    assert!(picture.text().contains("<svg"));
}

#[test]
fn model_and_scheme_change_and_unknown_ones_are_named_with_those_there_are() {
    let server = Running::start();
    let code = server.room();
    let path = format!("/api/rooms/{code}");
    let state = server.put(&format!("{path}/model"), r#"{"model": "mnist"}"#);
    assert_eq!((state.status, &state.json()["model"]), (200, &json!("mnist")));
    let state = server.put(&format!("{path}/scheme"), r#"{"scheme": "single"}"#);
    assert_eq!((state.status, &state.json()["scheme"]), (200, &json!("single")));

    assert!(state.json()["latency_limit"].is_null());
    let limited = r#"{"scheme": "apico", "latency_limit": 0.5}"#;
    let state = server.put(&format!("{path}/scheme"), limited);
    assert_eq!((state.status, &state.json()["latency_limit"]), (200, &json!(0.5)));
    let reply = server.post("/api/rooms", limited.as_bytes());
    let state = server.state(reply.json()["code"].as_str().unwrap());
    assert_eq!((&state["scheme"], &state["latency_limit"]), (&json!("apico"), &json!(0.5)));
    for limit in ["0", "-1", "-1e300"] {
        let body = format!(r#"{{"scheme": "pico", "latency_limit": {limit}}}"#);
        let reply = server.put(&format!("{path}/scheme"), &body);
        assert_eq!(reply.refusal(400), "bad_latency_limit");
        assert_eq!(server.post("/api/rooms", body.as_bytes()).refusal(400), "bad_latency_limit");
    }
    let state = server.put(&format!("{path}/scheme"), r#"{"scheme": "single"}"#);
    assert!(state.json()["latency_limit"].is_null(), "said anew, without a limit");

    let reply = server.put(&format!("{path}/model"), r#"{"model": "alexnet"}"#);
    assert_eq!(reply.refusal(400), "unknown_model");
    assert!(reply.text().contains("alexnet") && reply.text().contains("squeezenet1.1"));
    let reply = server.put(&format!("{path}/scheme"), r#"{"scheme": "magic"}"#);
    assert_eq!(reply.refusal(400), "unknown_scheme");
    assert!(reply.text().contains("magic") && reply.text().contains("single"));
    assert_eq!(server.post("/api/rooms", br#"{"model": "x"}"#).refusal(400), "unknown_model");
    assert_eq!(server.post("/api/rooms", br#"{"scheme": "x"}"#).refusal(400), "unknown_scheme");
    assert_eq!(server.state(&code)["model"], "mnist");
}

#[test]
fn what_makes_no_sense_gets_a_clear_answer() {
    let server = Running::start();
    let code = server.room();
    let path = format!("/api/rooms/{code}");
    for code in ["ZZZZZZ", "abc", "ABC230", "%2e%2e%2f", "%ff%fe"] {
        assert_eq!(server.get(&format!("/api/rooms/{code}")).refusal(404), "no_room");
    }
    assert_eq!(
        server.put("/api/rooms/ZZZZZZ/model", r#"{"model": "mnist"}"#).refusal(404),
        "no_room"
    );
    assert_eq!(server.post("/api/rooms/ZZZZZZ/infer", &photograph()).refusal(404), "no_room");
    for (path, body) in [
        (format!("{path}/model"), "{"),
        (format!("{path}/model"), ""),
        (format!("{path}/model"), r#"{"scheme": "pico"}"#),
        (format!("{path}/scheme"), r#"{"scheme": 7}"#),
    ] {
        assert_eq!(server.put(&path, body).refusal(400), "bad_json");
    }
    for body in [&b"\xff\xfe"[..], b"[]x", br#"{"locked": "yes"}"#, br#"{"secret": 1}"#] {
        assert_eq!(server.post("/api/rooms", body).refusal(400), "bad_json");
    }
    assert_eq!(server.post("/api/rooms", &[b' '; 100_000]).refusal(413), "too_large");
    for path in ["/api", "/api/", "/api/nothing", "/api/rooms/ABCDEF/nothing/at/all"] {
        assert_eq!(server.get(path).refusal(404), "unknown_path");
    }
    for (method, path) in [
        ("GET", "/api/rooms".to_owned()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/model")),
        ("PUT", "/healthz".to_owned()),
        ("GET", format!("{path}/infer")),
        ("POST", "/".to_owned()),
    ] {
        assert_eq!(
            server.ask(method, &path, &[], b"").refusal(405),
            "wrong_method",
            "{method} {path}"
        );
    }
    assert_eq!(server.state(&code)["model"], "squeezenet1.1");
}

#[test]
fn photographs_are_looked_at_before_anybody_computes() {
    let server = Running::start();
    let path = format!("/api/rooms/{}/infer", server.room());
    let reply = server.post(&path, &photograph());
    assert_eq!(reply.refusal(503), "no_device");
    assert!(reply.text().contains("/r/"), "{}", reply.text());
    for body in [&b""[..], b"not an image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"] {
        assert_eq!(server.post(&path, body).refusal(415), "no_image");
    }
    assert_eq!(server.post(&path, &vec![0; 20_000_001]).refusal(413), "too_large");
    assert_eq!(server.post(&path, &vec![0; 30_000_000]).refusal(413), "too_large");
    // A BMP header alone says how many pixels would follow.
    let mut huge = Vec::from(*b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0");
    huge.extend(8000_i32.to_le_bytes());
    huge.extend(7000_i32.to_le_bytes());
    huge.extend(*b"\x01\0\x18\0");
    huge.resize(54, 0);
    assert_eq!(server.post(&path, &huge).refusal(413), "too_many_pixels");
}

#[test]
fn a_locked_room_wants_its_token() {
    let server = Running::start();
    let room = server.post("/api/rooms", br#"{"locked": true}"#).json();
    let (code, token) = (room["code"].as_str().unwrap(), room["token"].as_str().unwrap());
    let path = format!("/api/rooms/{code}");
    let wrong = format!("Bearer {}", "0".repeat(token.len()));
    for headers in [vec![], vec![("authorization", wrong.as_str())], vec![("authorization", token)]]
    {
        for (method, what, body) in [
            ("PUT", "model", &br#"{"model": "mnist"}"#[..]),
            ("PUT", "scheme", br#"{"scheme": "single"}"#),
            ("POST", "infer", &photograph()),
        ] {
            let reply = server.ask(method, &format!("{path}/{what}"), &headers, body);
            assert_eq!(reply.refusal(401), "locked");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    assert_eq!(server.state(code)["model"], "squeezenet1.1");
    let right = format!("bearer {token}");
    let headers = [("authorization", right.as_str())];
    let reply = server.ask("PUT", &format!("{path}/model"), &headers, br#"{"model": "mnist"}"#);
    assert_eq!(reply.status, 200);
    let reply = server.ask("POST", &format!("{path}/infer"), &headers, &photograph());
    assert_eq!(reply.refusal(503), "no_device");
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let server = Running::start();
    let foreign = [("origin", "http://evil.example")];
    assert_eq!(server.ask("POST", "/api/rooms", &foreign, b"").refusal(403), "foreign_origin");
    let own = [("origin", server.url.as_str())];
    assert_eq!(server.ask("POST", "/api/rooms", &own, b"").status, 201);
}

#[test]
fn rooms_are_few_and_end_when_nobody_is_there() {
    let limits = Limits {
        rooms_per_address: 2,
        empty_room: Duration::from_millis(600),
        ..Limits::default()
    };
    let server = Running::with(limits, None);
    let code = server.room();
    server.room();
    assert_eq!(server.post("/api/rooms", b"").refusal(429), "too_many_rooms");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(server.get(&format!("/api/rooms/{code}")).refusal(404), "no_room");
    server.room();
}

#[test]
fn codes_cannot_be_guessed_for_long() {
    let server = Running::with(Limits { wrong_codes: 5, ..Limits::default() }, None);
    // Who asks for the same again, for instance until a room comes back, does not guess.
    assert!((0..8).all(|_| server.get("/api/rooms/zzzzzz").status == 404));
    let code = |index: usize| format!("/api/rooms/ZZZZZ{}", &"ABCDEFGH"[index..=index]);
    let tries: Vec<u16> = (0..8).map(|index| server.get(&code(index)).status).collect();
    assert_eq!(tries[0], 404);
    assert_eq!(tries[7], 429, "{tries:?}");
    // Nobody else notices: rooms can be started still.
    server.room();
}
