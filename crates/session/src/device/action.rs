//! What a device wants done.

use super::{MapPart, Sending};
use crate::Job;
use convoy_model::{Answer, WeightFile};
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId, Signal, ToServer};

/// What the edge around a [`Device`](super::Device) must do.
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
    /// Say by [`Device::sent`](super::Device::sent) when everything has left this page that was given for a peer
    /// so far.
    WhenSent {
        /// For whom.
        to: DeviceId,
        /// What to say then.
        sending: Sending,
    },
    /// Give a job to its worker; its [`Outcome`](crate::Outcome) comes back through [`Device::finished`](super::Device::finished).
    Job(Job),
    /// Let the worker for tiles give up the tile that it is at, as soon as it can: its job ends with
    /// [`Outcome::GivenUp`](crate::Outcome::GivenUp), or as ever where that is sooner.
    GiveUp,
    /// Fetch this weight file into the browser's cache, when the line has nothing else to carry; where the user
    /// saves data, not at all. What comes of it is told by
    /// [`Device::fetched_ahead`](super::Device::fetched_ahead).
    FetchAhead {
        /// The network's id.
        model: String,
        /// Which file.
        file: WeightFile,
    },
    /// Fetch it no further: nothing more is to be told of it.
    StopAhead,
    /// Fetch this network's `model.json`; it comes back through [`Device::model`](super::Device::model).
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
    /// Measure the link to a peer, now.
    Measure {
        /// To whom.
        peer: DeviceId,
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
    /// The room's state as compact JSON, for display.
    Room(String),
    /// A part of an answer that is a map, before the others: for display.
    Part(MapPart),
}
