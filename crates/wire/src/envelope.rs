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
