//! What the peer tells its page, for display.

use convoy_plan::DeviceId;
use convoy_session::MapPart;
use convoy_wire::FrameId;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::sync::Arc;

/// One notice; goes out as an object.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Notice {
    /// The server took the page in.
    Joined {
        /// The page's number in the room.
        id: DeviceId,
    },
    /// The room's state as in `GET /api/rooms/CODE`.
    Room {
        /// The JSON's text; the page gets what it says.
        #[serde(skip)]
        state: String,
    },
    /// What this page is doing.
    Work {
        /// What.
        doing: Doing,
        /// Bytes of weights, or kinds of layers that are measured, so far.
        done: u64,
        /// The same in all; 0 where nothing is counted.
        total: u64,
    },
    /// What the self-benchmark found, for the page to keep.
    Measured {
        /// JSON, to be given back as it is.
        benchmark: String,
    },
    /// How long the layers of this page's tiles take.
    Layers {
        /// `{name, op, kernel, macs, seconds}` each, in the order of computing.
        layers: Value,
    },
    /// A part of an answer that is a map, before the others.
    Part(Part),
    /// The connection to the server broke; the page tries again by itself.
    Lost {
        /// Seconds until then.
        retry: f64,
    },
    /// The server does not want the page; it does not try again.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        message: String,
    },
    /// Something went wrong that people should know of.
    Trouble {
        /// In words.
        message: String,
    },
}

/// What a page is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    /// Measures how fast it computes.
    Measuring,
    /// Fetches and decodes weights.
    Loading,
    /// Computes or waits to.
    Working,
}

/// A part of a map.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    /// Of which picture.
    frame: FrameId,
    /// From, to (exclusive).
    rows: [u32; 2],
    /// From, to (exclusive).
    cols: [u32; 2],
    /// Height and width of the whole.
    extent: [u32; 2],
    /// A grey value for each row and column of the part.
    grey: Bytes<Vec<u8>>,
    /// The picture's file.
    image: Bytes<Arc<[u8]>>,
}

impl From<MapPart> for Part {
    fn from(part: MapPart) -> Self {
        let MapPart { frame, region, extent, grey, image } = part;
        let [rows, cols] = [region.rows, region.cols].map(|span| [span.start, span.end]);
        Self { frame, rows, cols, extent, grey: Bytes(grey), image: Bytes(image) }
    }
}

/// Goes out as a `Uint8Array`.
#[derive(Debug)]
struct Bytes<T>(T);

impl<T: AsRef<[u8]>> Serialize for Bytes<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_ref())
    }
}
