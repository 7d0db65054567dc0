//! What the coordinator wants done, and what becomes of a frame.

use super::Verdict;
use crate::PlanRequest;
use convoy_model::Answer;
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId, ToDevice};

/// What the host of a [`super::Coordinator`] must do.
#[derive(Debug, Clone)]
pub enum CoordinatorAction {
    /// Send a control message to a page.
    Send {
        /// To whom.
        to: DeviceId,
        /// What.
        message: ToDevice,
    },
    /// Send every page the room's state, as [`super::Coordinator::describe`] has it, or what has changed of
    /// it, for display alone.
    Show,
    /// Send a frame's photograph to a page, which is its source from now on.
    HandImage {
        /// To whom.
        to: DeviceId,
        /// Which picture.
        frame: FrameId,
    },
    /// A frame is over: tell who asked, and forget the photograph.
    Done {
        /// Which picture.
        frame: FrameId,
        /// The answer with the plan it was computed under, or why there is none.
        outcome: Result<FrameAnswer, FrameError>,
    },
    /// Make plans, which may take as long as the request's budget, and tell
    /// [`super::Coordinator::planned`] what came of it, in any case: the room waits for it, though
    /// without standing still.
    Plan(PlanRequest),
    /// A tile was checked; who is guilty is quarantined from now on, and to be so when it comes back.
    Verdict(Verdict),
    /// End a page's connection (after everything sent so far).
    Close {
        /// Whose.
        device: DeviceId,
    },
}

/// A frame's answer with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameAnswer {
    /// The network's id.
    pub model: String,
    /// The plan it was computed under.
    pub epoch: Epoch,
    /// The page that was its source.
    pub source: DeviceId,
    /// Seconds from submission to answer.
    pub latency: f64,
    /// What the network says.
    pub answer: Answer,
}

/// Why a frame has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Nobody in the room computes.
    #[error("no device is in the room: open {url} on a phone or a laptop")]
    NoDevice {
        /// The room's page; the host fills it in.
        url: String,
    },
    /// No plan could be made or readied in time.
    #[error("no answer within {seconds} s: {state}")]
    Timeout {
        /// How long it was tried.
        seconds: u32,
        /// What the room was waiting for.
        state: String,
    },
    /// Too many frames wait already.
    #[error("{waiting} pictures wait already; try again when some are answered")]
    Busy {
        /// How many.
        waiting: usize,
    },
    /// The source has an answer that is not taken from it.
    #[error("there is an answer that cannot be taken: {0}")]
    Answer(String),
    /// The source could not read the image.
    #[error("the image cannot be read: {0}")]
    Image(String),
    /// No plan fits, or a device cannot take its part.
    #[error("{0}")]
    Plan(String),
}
