//! The room's coordinator: who is there, which plan runs, which frames are under way.

use convoy_model::{Answer, Model};
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId, Hello, ToDevice, ToServer};
use std::sync::Arc;

/// What the host of a [`Coordinator`] must do.
#[derive(Debug, Clone)]
pub enum CoordinatorAction {
    /// Send a control message to a page.
    Send {
        /// To whom.
        to: DeviceId,
        /// What.
        message: ToDevice,
    },
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
    /// The source could not read the image.
    #[error("the image cannot be read: {0}")]
    Image(String),
    /// No plan fits, or a device cannot take its part.
    #[error("{0}")]
    Plan(String),
}

/// The state machine of one room. Times are seconds of any monotonic clock.
#[derive(Debug)]
pub struct Coordinator {
    // filled in by the session work
}

impl Coordinator {
    /// A room without devices.
    #[must_use]
    pub fn new(code: String, model: Arc<Model>, scheme: String) -> Self {
        let _ = (code, model, scheme);
        unimplemented!("filled in by the session work")
    }

    /// A page said hello. `machine` is the same for pages that share a machine (its address): they are
    /// measured one after another. The page's id; a refusal is sent and the page closed by actions.
    pub fn join(&mut self, now: f64, hello: Hello, machine: String) -> DeviceId {
        let _ = (now, hello, machine);
        unimplemented!("filled in by the session work")
    }

    /// A control message of a page.
    pub fn message(&mut self, now: f64, from: DeviceId, message: ToServer) {
        let _ = (now, from, message);
        unimplemented!("filled in by the session work")
    }

    /// A page's connection ended.
    pub fn leave(&mut self, now: f64, device: DeviceId) {
        let _ = (now, device);
        unimplemented!("filled in by the session work")
    }

    /// A photograph to answer; the host keeps its bytes until [`CoordinatorAction::Done`].
    ///
    /// # Errors
    /// [`FrameError::NoDevice`], [`FrameError::Busy`].
    pub fn submit(&mut self, now: f64) -> Result<FrameId, FrameError> {
        let _ = now;
        unimplemented!("filled in by the session work")
    }

    /// A source's answer; late, foreign or repeated ones are counted and dropped.
    pub fn answer(
        &mut self,
        now: f64,
        from: DeviceId,
        frame: FrameId,
        epoch: Epoch,
        answer: Answer,
    ) {
        let _ = (now, from, frame, epoch, answer);
        unimplemented!("filled in by the session work")
    }

    /// Changes the network; unfinished frames are answered by the new one.
    pub fn set_model(&mut self, now: f64, model: Arc<Model>) {
        let _ = (now, model);
        unimplemented!("filled in by the session work")
    }

    /// Changes the scheme.
    pub fn set_scheme(&mut self, now: f64, scheme: String) {
        let _ = (now, scheme);
        unimplemented!("filled in by the session work")
    }

    /// Deadlines and heartbeats; about four times a second.
    pub fn tick(&mut self, now: f64) {
        let _ = now;
        unimplemented!("filled in by the session work")
    }

    /// The next thing to do, if any; call until `None` after every event.
    pub fn poll(&mut self) -> Option<CoordinatorAction> {
        unimplemented!("filled in by the session work")
    }

    /// Whether `a` may send to `b`: both are in the room and not refused.
    #[must_use]
    pub fn may_relay(&self, a: DeviceId, b: DeviceId) -> bool {
        let _ = (a, b);
        unimplemented!("filled in by the session work")
    }

    /// The room's state as `GET /api/rooms/CODE` shows it (without `url`, which the host adds).
    #[must_use]
    pub fn state(&self, now: f64) -> serde_json::Value {
        let _ = now;
        unimplemented!("filled in by the session work")
    }
}
