//! Tokens, PINs and claims are in no log, whatever happens with them. The log is the process's: alone in it, as
//! nextest runs every test.

use crate::common::Running;
use crate::common::device::Device;
use serde_json::Value;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[test]
fn no_log_has_a_token_a_pin_or_a_claim_in_it() {
    let log = Log::default();
    // Everything that the server and the libraries of its HTTP and its WebSockets have to say.
    let words = "convoy_server=trace,convoy_session=trace,hyper=trace,hyper_util=trace,axum=trace,tower=trace,\
                 tokio_websockets=trace";
    tracing_subscriber::fmt()
        .with_env_filter(words)
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::keeping(folder.path());
    let room = server.post("/api/rooms", br#"{"pin": "90210481", "locked": true}"#).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let [code, token, join] = ["code", "token", "join"].map(|field| text(&room[field]));
    let path = format!("/api/rooms/{code}");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];

    // Used rightly and wrongly, at every door.
    let mut page = Device::with_protocols(&server, &code, &format!("convoy, key.{join}"));
    let claim = page.claim();
    server.post(&format!("{path}/join"), br#"{"pin": "90210481"}"#);
    server.post(&format!("{path}/join"), br#"{"pin": "73100562"}"#);
    server.post(&format!("{path}/join"), br#"{"pin": 73100562}"#);
    server.ask("GET", &path, &headers, b"");
    server.ask("PUT", &format!("{path}/scheme"), &[("authorization", "Bearer 5e7e5e7e")], b"{}");
    server.ask("DELETE", &format!("{path}/devices/77"), &headers, b"");
    let pin = server.ask("PUT", &format!("{path}/access"), &headers, br#"{"pin": "66251173"}"#);
    let second = text(&pin.json()["join"]);
    let claimed = page.claim();
    drop(Device::with_protocols(&server, &code, &format!("convoy, claim.{claimed}")));
    server.stop();
    let server = Running::keeping(folder.path());
    drop(Device::with_protocols(&server, &code, &format!("convoy, claim.{claimed}")));
    drop(server);

    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        said.contains("a room was started") && said.contains("a room was made again"),
        "{said}"
    );
    assert!(said.contains("a wrong PIN"), "{said}");
    let secrets =
        [&token, &join, &second, &claim, &claimed, "90210481", "73100562", "66251173", "5e7e5e7e"];
    for secret in secrets {
        // Claims begin alike; what tells one from the other is further on.
        let telling = &secret[secret.len().saturating_sub(20)..];
        let line = said.lines().find(|line| line.contains(telling));
        assert_eq!(line, None, "a secret is in the log");
    }
}
