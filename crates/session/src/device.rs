//! A device's side of the room: links, plan, slices, jobs.

use crate::{Job, Outcome};
use convoy_model::{Answer, Model};
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId, LinkReport, Signal, ToDevice, ToServer};
use std::sync::Arc;

/// What the edge around a [`Device`] must do.
#[derive(Debug, Clone)]
pub enum DeviceAction {
    /// Send a control message to the server.
    Server(ToServer),
    /// Send a frame's answer to the server.
    Answer {
        /// Which picture.
        frame: FrameId,
        /// Of which plan.
        epoch: Epoch,
        /// What the network says.
        answer: Answer,
    },
    /// Send a tensor frame (one part) to a peer, by whatever link there is.
    Frame {
        /// To whom.
        to: DeviceId,
        /// Header and payload.
        bytes: Vec<u8>,
    },
    /// Give a job to the worker; its [`Outcome`] comes back through [`Device::finished`].
    Job(Job),
    /// Fetch this network's `model.json`; it comes back through [`Device::model`].
    FetchModel {
        /// The network's id.
        id: String,
    },
    /// Make a link.
    Connect {
        /// To whom.
        peer: DeviceId,
        /// Whether to make the offer.
        offer: bool,
        /// Whether to relay from the start.
        relay: bool,
    },
    /// A signal of a peer, for the link to it.
    Signal {
        /// From whom.
        from: DeviceId,
        /// What.
        signal: Signal,
    },
    /// Close the link to a peer that is gone.
    Forget {
        /// Who.
        peer: DeviceId,
    },
    /// The server refused the page: show the message, do not reconnect.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        message: String,
    },
    /// The room's state, for display.
    Room(serde_json::Value),
}

/// The state machine of one device. Times are seconds of any monotonic clock.
#[derive(Debug, Default)]
pub struct Device {
    // filled in by the session work
}

impl Device {
    /// A device that has just sent its hello.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A control message came from the server.
    pub fn control(&mut self, now: f64, message: ToDevice) {
        let _ = (now, message);
        unimplemented!("filled in by the session work")
    }

    /// The network asked for by [`DeviceAction::FetchModel`], or why there is none.
    pub fn model(&mut self, now: f64, id: &str, model: Result<Arc<Model>, String>) {
        let _ = (now, id, model);
        unimplemented!("filled in by the session work")
    }

    /// A tensor frame came from a peer, directly or through the relay. Anything that the plan does
    /// not expect is refused and counted.
    pub fn frame(&mut self, now: f64, from: DeviceId, bytes: &[u8]) {
        let _ = (now, from, bytes);
        unimplemented!("filled in by the session work")
    }

    /// The server hands this device a photograph as its source.
    pub fn image(&mut self, now: f64, frame: FrameId, bytes: Arc<[u8]>) {
        let _ = (now, frame, bytes);
        unimplemented!("filled in by the session work")
    }

    /// The worker finished (or is getting on with) a job.
    pub fn finished(&mut self, now: f64, outcome: Outcome) {
        let _ = (now, outcome);
        unimplemented!("filled in by the session work")
    }

    /// About once a second: heartbeat and counters. `links` is the edge's own view.
    pub fn tick(&mut self, now: f64, links: Vec<LinkReport>, hidden: bool) {
        let _ = (now, links, hidden);
        unimplemented!("filled in by the session work")
    }

    /// The next thing to do, if any; call until `None` after every event.
    pub fn poll(&mut self) -> Option<DeviceAction> {
        unimplemented!("filled in by the session work")
    }
}
