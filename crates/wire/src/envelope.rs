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
    /// Page to server: a frame's answer. Tag 3; the body begins with the epoch as u32.
    Answer {
        /// Which picture.
        frame: FrameId,
        /// Of which plan.
        epoch: Epoch,
        /// [`convoy_model::Answer`] as JSON.
        json: &'a [u8],
    },
}

/// Why bytes are no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Shorter than tag and number.
    #[error("a binary message of {0} bytes is too short")]
    Short(usize),
    /// A tag that is not known.
    #[error("binary messages with tag {0} are not known")]
    Tag(u8),
}

const RELAY: u8 = 1;
const IMAGE: u8 = 2;
const ANSWER: u8 = 3;

impl<'a> Envelope<'a> {
    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (tag, number, epoch, body) = match self {
            Self::Relay { peer, bytes } => (RELAY, peer.0, None, *bytes),
            Self::Image { frame, bytes } => (IMAGE, frame.0, None, *bytes),
            Self::Answer { frame, epoch, json } => (ANSWER, frame.0, Some(epoch.0), *json),
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
            ANSWER => {
                let (epoch, json) = body.split_first_chunk::<4>().ok_or(short)?;
                let epoch = Epoch(u32::from_le_bytes(*epoch));
                Ok(Self::Answer { frame: FrameId(number), epoch, json })
            }
            other => Err(EnvelopeError::Tag(other)),
        }
    }
}
