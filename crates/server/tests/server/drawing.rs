//! The host changes the running plan by hand.

use crate::common::device::Device;
use crate::common::{Reply, Running};
use convoy_plan::Drawing;
use serde_json::{Value, json};
use std::thread;

/// Two pages that carry out a plan which shares every picture; the room's path, and its token.
fn sharing(server: &Running) -> (String, String) {
    let made = server.post("/api/rooms", br#"{"scheme": "optimal-fused"}"#).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let code = text("code");
    for name in ["a", "b"] {
        let mut device = Device::join(server, &code, name);
        // For as long as the server is there.
        thread::spawn(move || {
            loop {
                device.get_ready();
            }
        });
    }
    (format!("/api/rooms/{code}"), format!("Bearer {}", text("token")))
}

fn ask(server: &Running, method: &str, path: &str, token: &str, body: &Value) -> Reply {
    let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
    server.ask(method, path, &[("authorization", token)], &body)
}

/// Asks until `wanted` is content, for at most 20 s.
fn until(server: &Running, path: &str, token: &str, wanted: impl Fn(&Reply) -> bool) -> Reply {
    for _ in 0..200 {
        let reply = ask(server, "GET", path, token, &Value::Null);
        if wanted(&reply) {
            return reply;
        }
        thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{path} never came to what was wanted");
}

/// The parts of the first step, of which two have another line between them.
fn moved(drawing: &Value) -> Value {
    let tiles = drawing["plan"]["stages"][0]["tiles"].as_array().unwrap();
    let mut parts: Vec<Value> = tiles.iter().map(|tile| tile["regions"][0].clone()).collect();
    let line = parts[0]["rows"][1].as_u64().unwrap() + 1;
    parts[0]["rows"][1] = line.into();
    parts[1]["rows"][0] = line.into();
    json!({ "epoch": drawing["epoch"], "stage": 0, "tiles": parts })
}

/// Moves a line of the plan that two pages share, with this change to what is asked: the plan as it was shown,
/// what was asked, and what came of it. Where another plan takes over meanwhile, it is looked at and drawn on again.
fn draw(server: &Running, path: &str, token: &str, change: &Value) -> (Value, Value, Reply) {
    let shared = |reply: &Reply| {
        reply.status == 200
            && reply.json()["plan"]["stages"][0]["tiles"].as_array().is_some_and(|it| it.len() == 2)
    };
    let again = change.get("epoch").is_none();
    for _ in 0..200 {
        let shown = until(server, path, token, shared).json();
        let mut asked = moved(&shown);
        asked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = ask(server, "PUT", path, token, &asked);
        if reply.status != 409 || !again {
            return (shown, asked, reply);
        }
        thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the plan of {path} never stays");
}

#[test]
fn the_host_draws_and_the_room_runs_it() {
    let server = Running::start();
    let (room, token) = sharing(&server);
    let plan = format!("{room}/plan");
    let (shown, wish, state) = draw(&server, &plan, &token, &json!({}));
    // What a page foresees is what the room then says.
    let drawing: Drawing = serde_json::from_value(shown.clone()).unwrap();
    assert_eq!(state.status, 200, "{}", state.text());
    let by_hand =
        |reply: &Reply| reply.status == 200 && reply.json()["plan"]["scheme"] == "by-hand";
    let running = until(&server, &plan, &token, by_hand).json();
    assert_eq!(running["epoch"].as_u64().unwrap(), shown["epoch"].as_u64().unwrap() + 1);
    assert_eq!(running["plan"]["stages"][0]["tiles"][0]["regions"][0], wish["tiles"][0]);
    assert_ne!(running["plan"]["predicted"], json!(drawing.plan.predicted));
    // What was drawn on runs no more.
    assert_eq!(ask(&server, "PUT", &plan, &token, &wish).refusal(409), "plan_changed");
    let back = server.put(&format!("{room}/scheme"), r#"{"scheme": "optimal-fused"}"#);
    assert_eq!(back.status, 200);
    until(&server, &plan, &token, |reply| {
        reply.status == 200 && reply.json()["plan"]["scheme"] == "optimal-fused"
    });
}

#[test]
fn what_is_no_plan_is_refused_and_so_is_everybody_else() {
    let server = Running::start();
    let (room, token) = sharing(&server);
    let plan = format!("{room}/plan");
    let wish = moved(&draw(&server, &plan, &token, &json!({ "epoch": 99 })).0);
    for (change, status, code) in [
        (json!({ "stage": 99 }), 422, "bad_plan"),
        (json!({ "tiles": [] }), 422, "bad_plan"),
        (json!({ "tiles": [wish["tiles"][0], wish["tiles"][0]] }), 422, "bad_plan"),
        (
            json!({ "tiles": [json!({ "rows": [0, u32::MAX], "cols": [0, u32::MAX] })] }),
            422,
            "bad_plan",
        ),
        (json!({ "epoch": 99 }), 409, "plan_changed"),
        (json!({ "tiles": "all" }), 400, "bad_json"),
        (json!({ "device": 1 }), 400, "bad_json"),
    ] {
        let (_, asked, reply) = draw(&server, &plan, &token, &change);
        assert_eq!(reply.refusal(status), code, "{asked}");
    }
    assert_eq!(ask(&server, "PUT", &plan, "Bearer wrong", &wish).refusal(401), "host_only");
    assert_eq!(server.get(&plan).refusal(401), "host_only");
    let empty = server.post("/api/rooms", b"{}").json();
    let (code, token) = (empty["code"].as_str().unwrap(), empty["token"].as_str().unwrap());
    let path = format!("/api/rooms/{code}/plan");
    let reply = ask(&server, "GET", &path, &format!("Bearer {token}"), &Value::Null);
    assert_eq!(reply.refusal(409), "plan_changed");
}
