//! Binary messages between a page and the server, and the answers inside them.

use crate::memory::within;
use convoy_model::Answer;
use convoy_wire::{Envelope, EnvelopeError};

/// What answers are made of.
pub(crate) const WORDS: &[&str] = &[
    "\u{1}\0\0\0",
    "\u{2}\0\0\0",
    "\u{3}\0\0\0",
    "\u{4}\0\0\0",
    "{\"kind\":\"labels\",\"labels\":[",
    "{\"label\":\"a\",\"index\":1,\"score\":0.5}",
    "{\"kind\":\"boxes\",\"boxes\":[",
    "{\"kind\":\"map\",\"map\":{\"width\":1,\"height\":1,\"png\":\"\"}}",
    "{\"kind\":\"raw\",\"outputs\":[",
    "{\"name\":\"a\",\"shape\":[1,1,1],\"top\":[[0,1.0]]}",
    "1e39",
];

/// The bytes as an envelope, which is written again as it was read.
pub fn run(bytes: &[u8]) {
    match Envelope::decode(bytes) {
        Ok(envelope) => {
            assert_eq!(envelope.encode(), bytes);
            if let Envelope::Answer { json, .. } | Envelope::AnswerPart { json, .. } = envelope {
                answer(json);
            }
        }
        Err(EnvelopeError::Short(length)) => assert!(length == bytes.len() && length < 9),
        Err(EnvelopeError::Tag(tag)) => assert!(bytes[0] == tag && !(1..=5).contains(&tag)),
        Err(EnvelopeError::Long(length)) => assert!(length == bytes.len() && length > 5),
    }
}

/// What a page says that a network found goes on to whoever asked, whatever it is.
fn answer(json: &[u8]) {
    let most = (4 << 10) + 96 * json.len();
    let read: Result<Answer, _> = within(most, || serde_json::from_slice(json));
    if let Ok(answer) = read {
        assert!(serde_json::to_value(&answer).is_ok_and(|value| value["kind"].is_string()));
    }
}
