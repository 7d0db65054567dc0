//! Networks that a room's host brings.

use crate::common::{Reply, Running};
use convoy_server::Limits;
use serde_json::{Value, json};
use std::path::Path;

fn onnx(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/models");
    std::fs::read(folder.join(name)).unwrap()
}

/// A room's code and what its host's requests say.
fn host(server: &Running) -> (String, String) {
    let made = server.post("/api/rooms", b"{}").json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("code"), format!("Bearer {}", text("token")))
}

fn bring(server: &Running, (code, token): &(String, String), about: &str, file: &[u8]) -> Reply {
    let path = format!("/api/rooms/{code}/networks?{about}");
    server.ask("POST", &path, &[("authorization", token)], file)
}

#[test]
fn a_network_is_checked_cut_and_the_rooms_own() {
    let server = Running::start();
    let room = host(&server);
    let reply = bring(&server, &room, "title=Digits&kind=labels&values=bytes", &onnx("mnist.onnx"));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let network = reply.json();
    assert_eq!((&network["title"], &network["kind"]), (&json!("Digits"), &json!("labels")));
    assert_eq!(network["input"], json!([1, 28, 28]));
    let id = network["id"].as_str().unwrap();

    // Its files are there, as its description lists them.
    let model: Value = server.get(&format!("/models/{id}/model.json")).json();
    let files = model["weights"]["files"].as_array().unwrap();
    assert_eq!(files.len() as u64, network["pieces"].as_u64().unwrap());
    for file in files {
        let reply = server.get(&format!("/models/{id}/{}", file["file"].as_str().unwrap()));
        assert_eq!((reply.status, reply.body.len() as u64), (200, file["bytes"].as_u64().unwrap()));
        assert!(reply.header("cache-control").contains("immutable"));
    }
    assert_eq!(server.get(&format!("/models/{id}/app.js")).refusal(404), "unknown_file");

    // The room runs it, and no other room may; nobody else reads of it.
    let wish = json!({ "model": id }).to_string();
    let change = |(code, token): &(String, String)| {
        let path = format!("/api/rooms/{code}/model");
        server.ask("PUT", &path, &[("authorization", token)], wish.as_bytes())
    };
    assert_eq!(change(&room).json()["model"], id);
    assert_eq!(change(&host(&server)).refusal(400), "unknown_model");
    assert!(!server.get("/api/models").text().contains(id));
    let own = server.get(&format!("/api/rooms/{}/networks", room.0)).json();
    assert_eq!(own["models"], json!([network]));
}

#[test]
fn what_cannot_be_run_is_named_operator_by_operator() {
    let server = Running::start();
    let room = host(&server);
    // Its poolings are called what no operator is.
    let mut file = onnx("mnist.onnx");
    let places: Vec<usize> =
        (0..file.len() - 7).filter(|at| &file[*at..at + 7] == b"MaxPool").collect();
    places.iter().for_each(|at| file[*at] = b'X');
    let reply = bring(&server, &room, "", &file);
    let text = reply.text();
    assert_eq!(reply.refusal(422), "cannot_run");
    assert_eq!(places.len(), 3);
    for name in ["p0", "p1", "p2"] {
        assert!(text.contains(&format!("XaxPool '{name}'")), "{text}");
    }
    let state = server.get(&format!("/api/rooms/{}/networks", room.0)).json();
    assert_eq!(state["models"], json!([]));
}

#[test]
fn what_is_no_network_is_refused_and_so_is_who_is_no_host() {
    let server = Running::start();
    let room = host(&server);
    let file = onnx("mnist.onnx");
    assert_eq!(bring(&server, &room, "", b"no network").refusal(415), "no_network");
    assert_eq!(bring(&server, &room, "kind=boxes", &file).refusal(400), "bad_query");
    assert_eq!(bring(&server, &room, "labels=nobody", &file).refusal(400), "unknown_model");
    // A map has rows and columns: scores are none.
    assert_eq!(bring(&server, &room, "kind=map", &file).refusal(422), "cannot_run");
    let path = format!("/api/rooms/{}/networks", room.0);
    assert_eq!(server.post(&path, &file).refusal(401), "host_only");
    assert_eq!(server.post("/api/rooms/ZZZZZZ/networks", &file).refusal(404), "no_room");
}

#[test]
fn a_room_has_few_of_its_own_and_memory_for_them_is_bounded() {
    let file = onnx("mnist.onnx");
    let server = Running::start();
    let room = host(&server);
    for _ in 0..3 {
        assert_eq!(bring(&server, &room, "", &file).status, 201);
    }
    assert_eq!(bring(&server, &room, "", &file).refusal(429), "too_many_networks");

    let limits = Limits { networks_per_address: file.len() + 10, ..Limits::default() };
    let server = Running::with(limits, None);
    let room = host(&server);
    assert_eq!(bring(&server, &room, "", &file).status, 201);
    let refused = bring(&server, &room, "", &file);
    assert!(refused.text().contains("as many networks as they may"), "{}", refused.text());
    assert_eq!(refused.refusal(503), "busy");
}

#[test]
fn what_pixels_are_to_be_stands_in_the_networks_description() {
    let server = Running::start();
    let room = host(&server);
    for (values, mean, std) in [
        ("centred", json!([123.68, 116.779, 103.939]), json!([1.0, 1.0, 1.0])),
        ("bytes", json!([0.0, 0.0, 0.0]), json!([1.0, 1.0, 1.0])),
    ] {
        let reply = bring(&server, &room, &format!("values={values}"), &onnx("mnist.onnx"));
        let id = reply.json()["id"].as_str().unwrap().to_owned();
        let model: Value = server.get(&format!("/models/{id}/model.json")).json();
        assert_eq!((&model["preprocess"]["mean"], &model["preprocess"]["std"]), (&mean, &std));
    }
}
