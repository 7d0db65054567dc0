//! What browsers are told of every kind of answer, refusals among them.

use crate::common::{Reply, Running, photograph};
use convoy_server::Limits;

fn check(what: &str, reply: &Reply) {
    let says = |name: &str, words: &[&str]| {
        let value = reply.header(name);
        for word in words {
            assert!(value.contains(word), "{what} ({}): {name}: {value}", reply.status);
        }
    };
    says(
        "content-security-policy",
        &[
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval';",
            "style-src 'self';",
            "connect-src 'self';",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ],
    );
    for word in ["unsafe-inline", "'unsafe-eval'", "*", "http:"] {
        assert!(!reply.header("content-security-policy").contains(word), "{what}");
    }
    says("x-content-type-options", &["nosniff"]);
    says("x-frame-options", &["DENY"]);
    says("referrer-policy", &["no-referrer"]);
    says("permissions-policy", &["camera=(self)", "microphone=()", "geolocation=()"]);
    says("cross-origin-opener-policy", &["same-origin"]);
    says("cross-origin-embedder-policy", &["require-corp"]);
    says("cross-origin-resource-policy", &["same-origin"]);
    for name in ["access-control-allow-origin", "server", "x-powered-by"] {
        assert_eq!(reply.header(name), "", "{what}: {name}");
    }
    if !reply.body.is_empty() {
        assert!(!reply.header("content-type").is_empty(), "{what} has no content-type");
    }
}

#[test]
fn every_kind_of_answer_says_what_browsers_may_do_with_it() {
    let server = Running::start();
    let code = server.room();
    let room = format!("/api/rooms/{code}");
    let tag = server.get("/app.js").header("etag").to_owned();
    let foreign = [("origin", "http://evil.example")];
    let locked = server.post("/api/rooms", br#"{"locked": true, "private": true}"#).json();
    let locked = format!("/api/rooms/{}", locked["code"].as_str().unwrap());
    let none: &[(&str, &str)] = &[];
    for (status, method, path, headers, body) in [
        (200, "GET", "/app.js", none, &b""[..]),
        (304, "GET", "/app.js", &[("if-none-match", tag.as_str())], b""),
        (200, "GET", "/samples/coffee.jpg", none, b""),
        (200, "GET", "/models/mnist/model.json", none, b""),
        (200, "GET", "/healthz", none, b""),
        (200, "GET", "/api/info", none, b""),
        (200, "GET", &room, none, b""),
        (200, "GET", &format!("{room}/qr.svg"), none, b""),
        (201, "POST", "/api/rooms", none, b""),
        (400, "POST", "/api/rooms", none, b"{"),
        (401, "PUT", &format!("{room}/access"), none, b"{}"),
        (401, "GET", &locked, none, b""),
        (401, "POST", &format!("{locked}/infer"), none, &photograph()),
        (403, "POST", "/api/rooms", &foreign, b""),
        (404, "GET", "/nothing.js", none, b""),
        (404, "GET", "/r/ZZZZZZ", none, b""),
        (404, "GET", "/api/nothing", none, b""),
        (404, "GET", "/api/rooms/ZZZZZZ", none, b""),
        (404, "GET", "/models/alexnet/model.json", none, b""),
        (405, "DELETE", "/healthz", none, b""),
        (413, "POST", "/api/rooms", none, &[b' '; 70_000]),
        (415, "POST", &format!("{room}/infer"), none, b"no image"),
        (426, "GET", &format!("/ws/{code}"), none, b""),
        (503, "POST", &format!("{room}/infer"), none, &photograph()),
    ] {
        let reply = server.ask(method, path, headers, body);
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text());
        check(&format!("{method} {path}"), &reply);
    }
}

#[test]
fn answers_to_those_who_ask_too_much_say_it_too() {
    let server = Running::with(
        Limits { rooms_per_address: 0, requests_per_address: 1, ..Limits::default() },
        None,
    );
    let reply = server.post("/api/rooms", b"");
    assert_eq!(reply.refusal(429), "too_many_rooms");
    check("too many rooms", &reply);
    let mut replies = (0..40).map(|_| server.get("/healthz"));
    let reply = replies.find(|reply| reply.status == 429).unwrap();
    assert_eq!(reply.refusal(429), "too_many_requests");
    check("too many requests", &reply);
}

#[test]
fn no_page_of_another_site_reads_opens_or_changes_anything() {
    let server = Running::start();
    let code = server.room();
    let room = format!("/api/rooms/{code}");
    for origin in [
        "http://evil.example",
        "null",
        "file://",
        &format!("{}.evil.example", server.url),
        &server.url.replace("127.0.0.1", "localhost"),
        "chrome-extension://abcdefgh",
    ] {
        let foreign = [("origin", origin)];
        for (method, path) in [
            ("POST", "/api/rooms".to_owned()),
            ("PUT", format!("{room}/model")),
            ("PUT", format!("{room}/scheme")),
            ("PUT", format!("{room}/access")),
            ("DELETE", format!("{room}/devices/1")),
            ("POST", format!("{room}/join")),
            ("POST", format!("{room}/infer")),
            ("OPTIONS", format!("{room}/infer")),
        ] {
            let reply = server.ask(method, &path, &foreign, b"x");
            assert_eq!(reply.refusal(403), "foreign_origin", "{origin} {method} {path}");
        }
        // What it may ask for by GET its browser does not let it read.
        let reply = server.ask("GET", &room, &foreign, b"");
        assert_eq!(reply.header("access-control-allow-origin"), "");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
    }
    assert_eq!(server.state(&code)["model"], "squeezenet1.1");
}

#[test]
fn a_name_that_was_made_to_lead_here_reads_nothing() {
    let limits = Limits { hosts: vec!["convoy.school".into()], ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    // A browser takes a page's own name for its origin and host: nothing is foreign to it.
    let rebound = [("host", "evil.example:8080"), ("origin", "http://evil.example:8080")];
    for (method, path) in
        [("GET", format!("/api/rooms/{code}")), ("POST", "/api/rooms".into()), ("GET", "/".into())]
    {
        let reply = server.ask(method, &path, &rebound, b"");
        assert_eq!(reply.refusal(421), "foreign_host", "{method} {path}");
        check(&path, &reply);
    }
    let own = [("host", "convoy.school"), ("origin", "http://convoy.school")];
    assert_eq!(server.ask("POST", "/api/rooms", &own, b"").status, 201);
}
