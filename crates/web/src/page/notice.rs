//! What the peer tells its page, for display.

use convoy_plan::DeviceId;
use serde::Serialize;
use serde_json::Value;

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
        /// The JSON.
        state: Value,
    },
    /// What this page is doing.
    Work {
        /// What.
        doing: Doing,
        /// Bytes of weights so far.
        done: u64,
        /// Bytes of weights in all; 0 where no weights are being fetched.
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
