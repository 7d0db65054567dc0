//! Runs that a room's host leaves, to be played by their address.

use crate::common::{Reply, Running};
use serde_json::json;

fn run() -> Vec<u8> {
    let moments = vec![json!({ "at": 0, "change": null }); 50];
    json!({ "format": "convoy-run", "version": 2, "began": "2026-01-01", "moments": moments })
        .to_string()
        .into_bytes()
}

/// A room's code and what its host's requests say.
fn host(server: &Running) -> (String, String) {
    let made = server.post("/api/rooms", b"{}").json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("code"), format!("Bearer {}", text("token")))
}

fn leave(server: &Running, (code, token): &(String, String), run: &[u8]) -> Reply {
    let path = format!("/api/rooms/{code}/runs");
    server.ask("POST", &path, &[("authorization", token)], run)
}

#[test]
fn a_run_is_there_for_whoever_has_its_address() {
    let server = Running::start();
    let room = host(&server);
    let left = leave(&server, &room, &run());
    assert_eq!(left.status, 201, "{}", left.text());
    let path = left.json()["path"].as_str().unwrap().to_owned();
    assert!(path.starts_with(&format!("/api/rooms/{}/runs/", room.0)));
    let found = server.get(&path);
    assert_eq!((found.status, found.header("content-type")), (200, "application/json"));
    assert_eq!(found.body, run());
    let small = server.ask("GET", &path, &[("accept-encoding", "gzip")], b"");
    assert_eq!(small.header("content-encoding"), "gzip");
    // The newest of an address are kept.
    let later: Vec<_> =
        (0..4).map(|_| leave(&server, &room, &run()).json()["path"].clone()).collect();
    assert_eq!(server.get(&path).refusal(404), "no_such_run");
    assert!(later.iter().all(|path| server.get(path.as_str().unwrap()).status == 200));
}

#[test]
fn what_is_no_run_is_refused_and_so_is_who_is_no_host() {
    let server = Running::start();
    let room = host(&server);
    for body in
        ["", "[]", "{}", r#"{"format":"convoy-run"}"#, r#"{"format":"x","version":2,"moments":[]}"#]
    {
        assert_eq!(leave(&server, &room, body.as_bytes()).refusal(415), "no_run", "{body}");
    }
    assert_eq!(leave(&server, &room, &vec![b' '; 6_000_001]).refusal(413), "too_large");
    let stranger = (room.0.clone(), host(&server).1);
    assert_eq!(leave(&server, &stranger, &run()).refusal(401), "host_only");
    let path = format!("/api/rooms/{}/runs", room.0);
    assert_eq!(server.ask("POST", &path, &[], &run()).refusal(401), "host_only");
    assert_eq!(server.get(&format!("{path}/AAAA")).refusal(404), "no_such_run");
}
