//! Control messages, which any page may send to the server.

use crate::json::same;
use crate::memory::within;
use convoy_wire::{Done, Finding, LinkReport, MAX_CONTROL, Signal, ToDevice, ToServer};

/// What messages are made of.
pub(crate) const WORDS: &[&str] = &[
    "\"type\":\"hello\"",
    "\"type\":\"benchmarked\"",
    "\"type\":\"signal\"",
    "\"type\":\"link\"",
    "\"type\":\"loading\"",
    "\"type\":\"ready\"",
    "\"type\":\"unable\"",
    "\"type\":\"computed\"",
    "\"type\":\"frame_failed\"",
    "\"type\":\"stats\"",
    "\"type\":\"leaving\"",
    "\"type\":\"welcome\"",
    "\"type\":\"prepare\"",
    "\"type\":\"room\"",
    "\"type\":\"offer\",\"sdp\":\"",
    "\"type\":\"candidate\",\"candidate\":\"",
    "\"role\":\"watch\"",
    "\"via\":\"relayed\"",
    "\"links\":[",
    "\"kinds\":{",
    "\"memory\":",
    "null",
    "true",
    "-1",
    "1e308",
    "18446744073709551615",
    "\\u202e",
    "\u{202e}",
];

/// The bytes as a message of a page and as one of the server.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Errors name what they found: as long as the text, with some words around it.
    let most = (16 << 10) + 128 * text.len();
    if let Ok(message) = within(most, || ToServer::parse(text)) {
        assert!(text.len() <= MAX_CONTROL);
        check(&message);
        let Ok(value) = serde_json::to_value(&message) else { panic!("{message:?}") };
        let again: Result<ToServer, _> = serde_json::from_str(&value.to_string());
        let again = again.map(serde_json::to_value);
        assert!(matches!(&again, Ok(Ok(again)) if same(again, &value)), "{again:?}, not {value}");
    }
    let read: Result<ToDevice, _> = within(most, || serde_json::from_str(text));
    if let Ok(message) = read {
        let Ok(value) = serde_json::to_value(&message) else { panic!("{message:?}") };
        let again: Result<ToDevice, _> = serde_json::from_str(&value.to_string());
        let again = again.map(serde_json::to_value);
        assert!(matches!(&again, Ok(Ok(again)) if same(again, &value)), "{again:?}, not {value}");
    }
}

/// What the rest of the program takes for granted.
fn check(message: &ToServer) {
    match message {
        ToServer::Hello(hello) => {
            shown(&hello.name, 40);
            assert!(!hello.name.is_empty());
            shown(&hello.features.browser, 200);
            shown(&hello.features.engine, 20);
        }
        ToServer::Benchmarked(benchmark) => {
            assert!(benchmark.kinds.len() <= 32 && benchmark.memory <= 1 << 40);
            benchmark.kinds.keys().for_each(|name| shown(name, 32));
            let rates = benchmark.kinds.values().chain([&benchmark.capacity]);
            rates.for_each(|rate| assert!((1.0..1e15).contains(rate)));
        }
        ToServer::Signal { signal, .. } => match signal {
            Signal::Offer { sdp, .. } | Signal::Answer { sdp, .. } => {
                assert!(sdp.len() <= 16 << 10);
            }
            Signal::Candidate { candidate, mid, .. } => {
                assert!(candidate.len() <= 1 << 10);
                assert!(mid.as_ref().is_none_or(|mid| mid.len() <= 1 << 10));
            }
        },
        ToServer::Link(report) => link(report),
        ToServer::Unable { message, .. } | ToServer::FrameFailed { message, .. } => {
            shown(message, 1000);
        }
        ToServer::Done(done) => {
            assert!(done.tiles.len().max(done.seals.len()) <= Done::MOST);
            let sound = |seconds: f64| seconds >= 0.0 && seconds.is_finite();
            assert!(done.tiles.iter().all(|tile| sound(tile.seconds)));
        }
        ToServer::Stats(stats) => {
            assert!(stats.links.len() <= 64 && stats.busy >= 0.0 && stats.busy.is_finite());
            stats.links.iter().for_each(link);
        }
        ToServer::Checked { finding: Finding::Failed { message }, .. } => shown(message, 1000),
        ToServer::Checked { finding: Finding::Compared { deviation, .. }, .. } => {
            assert!((0.0..=Finding::MOST).contains(deviation));
        }
        ToServer::Checked { finding: Finding::Missing, .. }
        | ToServer::Loading { .. }
        | ToServer::Ready { .. }
        | ToServer::Awaits { .. }
        | ToServer::Leaving => {}
    }
}

fn link(report: &LinkReport) {
    assert!(report.round_trip.is_none_or(|seconds| (0.0..=3600.0).contains(&seconds)));
    assert!(report.bandwidth.is_none_or(|rate| (1.0..1e15).contains(&rate)));
}

/// A text that people see: of at most so many characters, none of which changes how others look.
fn shown(text: &str, most: usize) {
    assert!(text.chars().count() <= most, "{text:?}");
    let hides = |letter: char| {
        letter.is_control() || "\u{200e}\u{200f}\u{061c}\u{202e}\u{2066}\u{2069}".contains(letter)
    };
    assert!(!text.contains(hides), "{text:?}");
}
