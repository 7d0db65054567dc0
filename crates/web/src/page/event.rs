//! Everything that can happen to a page.

use convoy_model::Model;
use convoy_plan::DeviceId;
use convoy_session::Lane;
use convoy_wire::Signal;
use js_sys::Array;
use std::sync::Arc;

/// One thing that happened.
pub(crate) enum Event {
    /// The WebSocket opened.
    SocketOpen,
    /// A control message came.
    SocketText(String),
    /// An envelope came.
    SocketBytes(Vec<u8>),
    /// The WebSocket closed or never opened.
    SocketClosed,
    /// Something of a peer connection.
    Connection {
        /// To whom.
        peer: DeviceId,
        /// Which connection; those of the past are over.
        number: u32,
        /// What.
        event: ConnectionEvent,
    },
    /// The network's description came, or why it did not.
    Model {
        /// The network's id.
        id: String,
        /// What came.
        result: Result<Arc<Model>, String>,
    },
    /// A weight file that was fetched ahead is in the browser's cache, or cannot be had.
    FetchedAhead {
        /// Its name.
        file: String,
        /// Whether it is there.
        came: bool,
    },
    /// A worker posted an outcome.
    WorkerSaid(Lane, Array),
    /// The worker for tiles measured its layers: JSON.
    WorkerMeasured(String),
    /// A worker cannot go on, in its words.
    WorkerDied(Lane, String),
    /// People want to know how long each layer takes.
    MeasureLayers,
    /// People want the device held down to other rates, where given: GMAC/s, and Mbit/s each way.
    Limit { pace: Option<f64>, bandwidth: Option<f64> },
    /// The time that the core asked to be woken at.
    Alarm,
    /// A regular moment, [`super::core::BEAT`] seconds after the last.
    Beat,
    /// The page is being closed.
    Leave,
}

/// One thing that happened to a peer connection.
pub(crate) enum ConnectionEvent {
    /// The browser has something to tell the other end.
    Signal(Signal),
    /// The data channel opened.
    Open,
    /// A message came.
    Message(Vec<u8>),
    /// There is room to send again.
    Drained,
    /// Packets come through, for the first time or again.
    Connected,
    /// Packets do not come through now.
    Disconnected,
    /// No address of the peer is reached any more.
    Unreachable,
    /// It is over, or could not be made.
    Closed,
}
