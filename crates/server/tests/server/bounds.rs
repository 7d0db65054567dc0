//! What a page that does not read costs: little, and not for long.

use crate::common::Running;
use crate::common::device::{Device, Heard};
use convoy_server::Limits;
use convoy_wire::{Envelope, Signal, ToServer};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Error, Message};

/// The most bytes that may be on the way to a page that does not read: what the server keeps (4 MiB), and what
/// the systems of both ends of both connections do, which may take 32 MB to read and 4 MB to write each.
const ON_THE_WAY: usize = 96 << 20;

#[test]
fn who_relays_to_a_page_that_does_not_read_is_held_up_and_the_other_ended() {
    let limits = Limits { unread: Duration::from_secs(8), ..Limits::default() };
    let server = Running::with(limits, None);
    let code = server.room();
    let [mut anna, bert] = ["anna", "bert"].map(|name| Device::join(&server, &code, name));
    let MaybeTlsStream::Plain(stream) = anna.socket.get_ref() else { panic!("no plain stream") };
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let part = Envelope::Relay { peer: bert.id, bytes: &[7; 60 * 1024] }.encode();
    let mut sent = 0;
    loop {
        match anna.socket.send(Message::binary(part.clone())) {
            Ok(()) => sent += part.len(),
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                break;
            }
            Err(error) => panic!("{error}"),
        }
        assert!(sent < ON_THE_WAY, "the server takes in what nobody reads");
    }
    // Anna is a page that has to wait, not one that is to go.
    let state = server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 1);
    assert_eq!(state["devices"][0]["id"], anna.id.0);
    let start = Instant::now();
    while anna.socket.flush().is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody takes what Anna sends");
    }
    drop(bert);
}

#[test]
fn control_messages_to_a_page_that_does_not_read_are_bounded() {
    let server = Running::start();
    let code = server.room();
    let [mut anna, bert] = ["anna", "bert"].map(|name| Device::join(&server, &code, name));
    let offer = Signal::Offer { attempt: 0, sdp: "x".repeat(16 * 1024) };
    let offer = ToServer::Signal { to: bert.id, signal: offer };
    // Sixty-four megabytes, as fast as the server reads them.
    let start = Instant::now();
    for _ in 0..4000 {
        anna.say(&offer);
    }
    assert!(start.elapsed() < Duration::from_secs(60));
    let state = server.wait(&code, |state| state["devices"].as_array().unwrap().len() == 1);
    assert_eq!(state["devices"][0]["id"], anna.id.0);
    // Anna hears of it, as of everything else.
    anna.until(|_, heard| matches!(heard, Heard::Control(_)).then_some(()));
    drop(bert);
}
