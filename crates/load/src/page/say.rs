//! What a page says, as long as browsers make it.

use convoy_plan::DeviceId;
use convoy_wire::{
    Benchmark, DType, Envelope, Epoch, Features, FrameId, Header, Hello, LinkReport, PART, Role,
    Signal, ToServer, VERSION, Via,
};
use std::collections::BTreeMap;
use tokio_tungstenite::tungstenite::Message;

/// Bytes of a session description with one data channel, about what Chromium writes.
const DESCRIPTION: usize = 700;

/// Bytes of a candidate.
const CANDIDATE: usize = 130;

/// Addresses that each end offers.
const CANDIDATES: usize = 4;

pub(super) fn hello(number: usize) -> ToServer {
    let features = Features {
        simd: true,
        webrtc: true,
        threads: 8,
        engine: "relaxed".into(),
        browser: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0".into(),
    };
    let name = format!("page {number}");
    let role = Role::Device;
    ToServer::Hello(Hello {
        version: VERSION,
        name,
        role,
        features,
        relay_only: false,
        ahead: false,
    })
}

/// Phones and laptops: unequal, as planning for equals would be easier.
pub(super) fn benchmarked(number: usize) -> ToServer {
    let capacity = 1e9 * (2 + number * 7 % 11) as f64;
    let kinds = ["conv3x3", "conv1x1", "depthwise", "dense"];
    let kinds =
        kinds.map(|kind| (kind.to_owned(), capacity)).into_iter().collect::<BTreeMap<_, _>>();
    ToServer::Benchmarked(Benchmark { capacity, kinds, memory: 1 << 30 })
}

pub(super) fn link(peer: DeviceId) -> LinkReport {
    let (round_trip, bandwidth) = (Some(0.004), Some(1e7));
    LinkReport { peer, via: Via::Direct, round_trip, bandwidth, sent: 0, received: 0, waited: 0.0 }
}

/// A text of `length` bytes that begins with when it was sent.
fn stamped(now: u64, length: usize) -> String {
    format!("{now} {:a<length$}", "")
}

/// When a signal was sent.
pub(super) fn sent(signal: &Signal) -> Option<u64> {
    let (Signal::Offer { sdp: text, .. }
    | Signal::Answer { sdp: text, .. }
    | Signal::Candidate { candidate: text, .. }) = signal;
    text.split_once(' ')?.0.parse().ok()
}

pub(super) fn offer(now: u64) -> Signal {
    Signal::Offer { attempt: 0, sdp: stamped(now, DESCRIPTION) }
}

/// What a page says to a signal: a description and its addresses, or those alone.
pub(super) fn answers(signal: &Signal, now: u64) -> Vec<Signal> {
    let attempt = signal.attempt();
    let candidate = || Signal::Candidate {
        attempt,
        candidate: stamped(now, CANDIDATE),
        mid: Some("0".into()),
        line: Some(0),
    };
    let candidates = (0..CANDIDATES).map(|_| candidate());
    match signal {
        Signal::Offer { .. } => {
            let sdp = stamped(now, DESCRIPTION);
            std::iter::once(Signal::Answer { attempt, sdp }).chain(candidates).collect()
        }
        Signal::Answer { .. } => candidates.collect(),
        Signal::Candidate { .. } => Vec::new(),
    }
}

/// A whole part of a slice for `peer`.
pub(super) fn part(own: Option<&DeviceId>, peer: DeviceId) -> Message {
    let source = own.copied().unwrap_or(peer);
    let (epoch, frame, dtype) = (Epoch(1), FrameId(1), DType::F16);
    let header = Header { epoch, frame, source, edge: 0, dtype, part: 0, parts: 1, check: 0 };
    let bytes = header.encode(&[0x3c; PART]);
    Message::binary(Envelope::Relay { peer, bytes: &bytes }.encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negotiation_is_an_offer_its_answer_and_both_ends_addresses() {
        let offer = offer(7);
        assert_eq!(sent(&offer), Some(7));
        let answers: Vec<Signal> = answers(&offer, 9);
        assert_eq!(answers.len(), 1 + CANDIDATES);
        assert!(answers.iter().all(|signal| sent(signal) == Some(9)));
        assert_eq!(super::answers(&answers[0], 11).len(), CANDIDATES);
        assert!(super::answers(&answers[1], 11).is_empty(), "it ends there");
    }

    #[test]
    fn the_server_takes_all_that_pages_say() {
        for message in
            [hello(3), benchmarked(5), ToServer::Signal { to: DeviceId(2), signal: offer(1) }]
        {
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(ToServer::parse(&text), Ok(message));
        }
    }
}
