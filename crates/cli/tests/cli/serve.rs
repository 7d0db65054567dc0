//! The server as a process: how it ends, and what its log holds.

use convoy_wire::{Features, Hello, Role, ToServer, VERSION};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A running `convoy serve` that logs all it can.
struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_convoy"))
            .args(["serve", "--addr", "127.0.0.1:0"])
            .args(arguments)
            .env("RUST_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { process, url }
    }

    /// A room with a page in it.
    fn room(&self) -> (String, WebSocket<MaybeTlsStream<TcpStream>>) {
        let mut reply = ureq::post(format!("{}/api/rooms", self.url)).send_empty().unwrap();
        let reply: Value = reply.body_mut().read_json().unwrap();
        let code = reply["code"].as_str().unwrap().to_owned();
        let host = self.url.strip_prefix("http://").unwrap();
        let (mut socket, _) = tungstenite::connect(format!("ws://{host}/ws/{code}")).unwrap();
        let (engine, browser) = ("test".into(), "test".into());
        let features = Features { simd: true, webrtc: false, threads: 1, engine, browser };
        let (version, name, role) = (VERSION, "anna".into(), Role::Device);
        let hello = ToServer::Hello(Hello {
            version,
            name,
            role,
            features,
            relay_only: true,
            ahead: false,
        });
        socket.send(Message::text(serde_json::to_string(&hello).unwrap())).unwrap();
        assert!(socket.read().unwrap().to_text().unwrap().contains("welcome"));
        (code, socket)
    }

    /// Sends the signal; the exit code and the log.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let mut stderr = self.process.stderr.take().unwrap();
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let mut log = String::new();
        stderr.read_to_string(&mut log).unwrap();
        (self.process.wait().unwrap().code(), log)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail where it has ended, as is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn either_signal_ends_it_with_code_0_and_its_pages_are_told() {
    for signal in ["-TERM", "-INT"] {
        let serving = Serving::start(&[]);
        let (_, mut socket) = serving.room();
        let page = std::thread::spawn(move || {
            loop {
                if let Message::Close(frame) = socket.read().unwrap() {
                    return u16::from(frame.unwrap().code);
                }
            }
        });
        let (code, log) = serving.end(signal);
        assert_eq!(code, Some(0), "{log}");
        assert_eq!(page.join().unwrap(), 1012);
    }
}

#[test]
fn the_log_holds_no_room_code_but_what_the_rooms_state_calls_it() {
    let serving = Serving::start(&["--log", "json"]);
    let (code, socket) = serving.room();
    let mut reply = ureq::get(format!("{}/api/rooms/{code}", serving.url)).call().unwrap();
    let state: Value = reply.body_mut().read_json().unwrap();
    let alias = state["log"].as_str().unwrap();
    drop(socket);
    let (_, log) = serving.end("-TERM");
    assert!(!log.contains(&code), "{code} in {log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let started = lines.iter().find(|line| line["message"] == "a room was started").unwrap();
    assert_eq!(started["span"]["room"], alias);
    assert!(lines.iter().any(|line| line["span"]["device"] == 1 && line["span"]["room"] == alias));
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for arguments in [["--shard", "3/2"], ["--metrics-token", "/dev/null"], ["--log", "xml"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_convoy"))
            .args(["serve", "--addr", "127.0.0.1:0"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
