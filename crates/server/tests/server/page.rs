//! The page's files, the networks' files, and what browsers are told about them.

use crate::common::{Running, www};
use convoy_server::Limits;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

/// A folder with the page and a bundle that is none.
fn with_bundle() -> (tempfile::TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    let copy = |path: &str, content: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, content).unwrap();
    };
    copy("index.html", &std::fs::read(www().join("index.html")).unwrap());
    for bundle in ["simd128", "relaxed", "page", "threads"] {
        copy(&format!("pkg/{bundle}/convoy_web.js"), b"export {};");
        copy(&format!("pkg/{bundle}/convoy_web_bg.wasm"), b"\0asm");
    }
    let server = Running::with(Limits::default(), Some(folder.path().to_owned()));
    (folder, server)
}

#[test]
fn the_page_is_at_the_root_and_at_every_room() {
    let (_folder, server) = with_bundle();
    let code = server.room();
    for path in ["/".to_owned(), format!("/r/{code}"), format!("/r/{}?name=x", code.to_lowercase())]
    {
        let reply = server.get(&path);
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(reply.text().contains("/app.js"));
        assert_eq!(reply.header("cache-control"), "no-cache");
    }
    let wasm = server.get("/pkg/relaxed/convoy_web_bg.wasm");
    assert_eq!((wasm.status, wasm.header("content-type")), (200, "application/wasm"));
    for code in ["ZZZZZZ", "%3Cscript%3E"] {
        let reply = server.get(&format!("/r/{code}"));
        assert_eq!((reply.status, reply.header("content-type")), (404, "text/html; charset=utf-8"));
        assert!(!reply.text().contains("<script>"), "{}", reply.text());
        assert!(reply.text().contains("ZZZZZZ") || reply.text().contains("&lt;script&gt;"));
    }
    assert_eq!(server.get("/nothing.js").status, 404);
}

#[test]
fn a_missing_bundle_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(www().join("index.html"), folder.path().join("index.html")).unwrap();
    let server = Running::with(Limits::default(), Some(folder.path().to_owned()));
    let reply = server.get("/");
    assert_eq!(reply.status, 503);
    assert!(reply.text().contains("cargo xtask bundle"));
}

#[test]
fn the_binary_serves_its_own_page_with_the_right_kinds() {
    let server = Running::start();
    for (path, kind) in [
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/parts/api.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/samples/coffee.jpg", "image/jpeg"),
    ] {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, kind), "{path}");
        assert_eq!(reply.body, std::fs::read(www().join(&path[1..])).unwrap());
        let tag = reply.header("etag");
        let again = server.ask("GET", path, &[("if-none-match", tag)], b"");
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag));
        let weak = format!("\"other\", W/{tag}");
        assert_eq!(server.ask("GET", path, &[("if-none-match", &weak)], b"").status, 304);
        assert_eq!(server.ask("GET", path, &[("if-none-match", "\"other\"")], b"").status, 200);
    }
}

#[test]
fn networks_come_from_the_catalog_and_may_be_kept() {
    let server = Running::start();
    let manifest = server.get("/models/mnist/model.json");
    assert_eq!((manifest.status, manifest.header("content-type")), (200, "application/json"));
    assert_eq!(manifest.header("cache-control"), "no-cache");
    let model = manifest.json();
    assert_eq!(model["id"], "mnist");
    let file = model["weights"]["files"][0]["file"].as_str().unwrap();
    let path = format!("/models/mnist/{file}");
    let weights = server.get(&path);
    assert_eq!(weights.body, std::fs::read(www().join(&path[1..])).unwrap());
    assert!(weights.header("cache-control").contains("immutable"));
    let tag = weights.header("etag");
    assert_eq!(server.ask("GET", &path, &[("if-none-match", tag)], b"").status, 304);
    // A network without files has its description alone.
    assert_eq!(server.get("/models/vgg16/model.json").json()["id"], "vgg16");

    assert_eq!(server.get("/models/alexnet/model.json").refusal(404), "unknown_model");
    for file in ["PROVENANCE.md", "..%2f..%2fapp.js", "piece-00.safetensors", "%ff"] {
        assert_eq!(server.get(&format!("/models/mnist/{file}")).refusal(404), "unknown_file");
    }
    assert_eq!(server.get("/models/vgg16/piece-00.safetensors").refusal(404), "unknown_file");
}

#[test]
fn browsers_are_told_what_the_page_may_do() {
    let server = Running::start();
    for path in ["/", "/app.js", "/api/info", "/api/nothing", "/models/mnist/model.json"] {
        let reply = server.get(path);
        let policy = reply.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "blob:"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert!(reply.header("permissions-policy").contains("microphone=()"));
    }
}

#[test]
fn no_path_leads_out_of_the_page() {
    let (folder, server) = with_bundle();
    std::fs::write(folder.path().parent().unwrap().join("convoy-outside"), "secret").ok();
    for path in [
        "/../convoy-outside",
        "/%2e%2e/convoy-outside",
        "/..%2fconvoy-outside",
        "/pkg/../../convoy-outside",
        "//etc/passwd",
        "/pkg//simd128/convoy_web.js/../../../../etc/passwd",
        "/.git/config",
        "/pkg\\..\\..\\convoy-outside",
        "/models/../app.js",
    ] {
        // A client would tidy such a path up before sending it.
        let mut stream = TcpStream::connect(server.host()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer:.80}");
        assert!(!answer.contains("secret") && !answer.contains("root:"), "{path}");
    }
    std::fs::remove_file(folder.path().parent().unwrap().join("convoy-outside")).ok();
}

#[test]
fn files_travel_compressed_where_the_browser_takes_that() {
    let server = Running::start();
    let whole = server.get("/parts/room.js");
    assert_eq!((whole.header("content-encoding"), whole.header("vary")), ("", "accept-encoding"));
    for (accepted, encoding) in [("gzip, deflate, br", "br"), ("gzip, deflate", "gzip")] {
        for path in ["/parts/room.js", "/style.css", "/icon.svg", "/models/mnist/model.json"] {
            let whole = server.get(path);
            let taken = [("accept-encoding", accepted)];
            let small = server.ask("GET", path, &taken, b"");
            assert_eq!((small.status, small.header("content-encoding")), (200, encoding), "{path}");
            assert_eq!(small.header("content-type"), whole.header("content-type"));
            assert!(small.body.len() < whole.body.len(), "{path}");
            assert_eq!(unpack(&small.body, encoding), whole.body, "{path}");
            // Another form of the same has another tag, by which it is known again.
            assert_ne!(small.header("etag"), whole.header("etag"), "{path}");
            let known = [taken[0], ("if-none-match", small.header("etag"))];
            assert_eq!(server.ask("GET", path, &known, b"").status, 304, "{path}");
        }
        // What is compressed already stays as it is.
        let photo = server.ask("GET", "/samples/dog.jpg", &[("accept-encoding", accepted)], b"");
        assert_eq!(photo.header("content-encoding"), "");
    }
}

fn unpack(bytes: &[u8], encoding: &str) -> Vec<u8> {
    let mut whole = Vec::new();
    match encoding {
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut whole).unwrap(),
        _ => flate2::read::GzDecoder::new(bytes).read_to_end(&mut whole).unwrap(),
    };
    whole
}
