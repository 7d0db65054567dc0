//! Binary messages on the WebSocket between a page and the server: a tag byte, a number, the rest.
//!
//! ```text
//! 0 tag u8   1 number u32 (little endian)   5 body
//! ```

use crate::{Epoch, FrameId};
use convoy_plan::DeviceId;

/// One binary message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope<'a> {
    /// A tensor frame for (page to server) or from (server to page) another page. Tag 1.
    Relay {
        /// The other page.
        peer: DeviceId,
        /// A tensor frame, header included.
        bytes: &'a [u8],
    },
    /// Server to page: a photograph to answer as this frame's source. Tag 2.
    Image {
        /// Which picture.
        frame: FrameId,
        /// The file as it was uploaded.
        bytes: &'a [u8],
    },
    /// Page to server: the beginning of a frame's answer that is too long for one message; more parts
    /// follow in order, the last as [`Envelope::Answer`]. Tag 4; the body begins with the epoch as u32.
    AnswerPart {
        /// Which picture.
        frame: FrameId,
        /// Of which plan.
        epoch: Epoch,
        /// The next bytes of the JSON.
        json: &'a [u8],
    },
    /// Page to server: a frame's answer, or the last part of it. Tag 3; the body begins with the epoch as u32.
    Answer {
        /// Which picture.
        frame: FrameId,
        /// Of which plan.
        epoch: Epoch,
        /// [`convoy_model::Answer`] as JSON.
        json: &'a [u8],
    },
    /// Server to page: a sign of life, every [`WORD`] seconds and before a long message. Tag 5.
    Word {
        /// Bytes of the message that follows, where it is long: nothing comes before it has come.
        follows: u32,
    },
}

/// Seconds between two words of a server that has nothing else to say.
pub const WORD: f64 = 5.0;

/// Slowest reading that still counts as reading, in bytes a second.
pub const SLOWEST: f64 = 64.0 * 1024.0;

/// Why bytes are no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Shorter than tag and number.
    #[error("a binary message of {0} bytes is too short")]
    Short(usize),
    /// Longer than its kind is.
    #[error("a binary message of {0} bytes is longer than its kind is")]
    Long(usize),
    /// A tag that is not known.
    #[error("binary messages with tag {0} are not known")]
    Tag(u8),
}

const RELAY: u8 = 1;
const IMAGE: u8 = 2;
const ANSWER: u8 = 3;
const ANSWER_PART: u8 = 4;
const WORD_TAG: u8 = 5;

/// Longest part of an answer, in bytes.
pub const ANSWER_BYTES: usize = 256 << 10;

/// Longest answer in bytes: the picture of a map of 4096 x 4096 that nothing can compress, in base64.
pub const MAX_ANSWER: usize = 24 << 20;

/// The envelopes of an answer: parts and the last one. Of an answer that is longer than it may be as
/// much as shows that.
pub fn answer<'a>(
    frame: FrameId,
    epoch: Epoch,
    json: &'a [u8],
) -> impl Iterator<Item = Envelope<'a>> {
    let json = &json[..json.len().min(MAX_ANSWER + 1)];
    let parts = json.chunks(ANSWER_BYTES);
    let last = parts.len().saturating_sub(1);
    parts.enumerate().map(move |(index, json)| {
        if index == last {
            Envelope::Answer { frame, epoch, json }
        } else {
            Envelope::AnswerPart { frame, epoch, json }
        }
    })
}

impl<'a> Envelope<'a> {
    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (tag, number, epoch, body) = match self {
            Self::Relay { peer, bytes } => (RELAY, peer.0, None, *bytes),
            Self::Image { frame, bytes } => (IMAGE, frame.0, None, *bytes),
            Self::Answer { frame, epoch, json } => (ANSWER, frame.0, Some(epoch.0), *json),
            Self::AnswerPart { frame, epoch, json } => (ANSWER_PART, frame.0, Some(epoch.0), *json),
            Self::Word { follows } => (WORD_TAG, *follows, None, [].as_slice()),
        };
        let mut encoded = Vec::with_capacity(9 + body.len());
        encoded.push(tag);
        encoded.extend(number.to_le_bytes());
        if let Some(epoch) = epoch {
            encoded.extend(epoch.to_le_bytes());
        }
        encoded.extend_from_slice(body);
        encoded
    }

    /// From bytes.
    ///
    /// # Errors
    /// Where the bytes are too short or have a tag that is not known.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        let short = EnvelopeError::Short(bytes.len());
        let (tag, rest) = bytes.split_first().ok_or(short)?;
        let (number, body) = rest.split_first_chunk::<4>().ok_or(short)?;
        let number = u32::from_le_bytes(*number);
        match *tag {
            RELAY => Ok(Self::Relay { peer: DeviceId(number), bytes: body }),
            IMAGE => Ok(Self::Image { frame: FrameId(number), bytes: body }),
            ANSWER | ANSWER_PART => {
                let (epoch, json) = body.split_first_chunk::<4>().ok_or(short)?;
                let (frame, epoch) = (FrameId(number), Epoch(u32::from_le_bytes(*epoch)));
                Ok(if *tag == ANSWER {
                    Self::Answer { frame, epoch, json }
                } else {
                    Self::AnswerPart { frame, epoch, json }
                })
            }
            WORD_TAG if body.is_empty() => Ok(Self::Word { follows: number }),
            WORD_TAG => Err(EnvelopeError::Long(bytes.len())),
            other => Err(EnvelopeError::Tag(other)),
        }
    }
}
