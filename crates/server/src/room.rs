//! A room as everybody else sees it: what may be asked of its task.

mod actor;
mod control;
mod keeping;
mod outbox;
mod planner;
mod shown;

pub(crate) use actor::Actor;
pub(crate) use keeping::RequestKey;
pub(crate) use outbox::{Outbox, Queue, Relayed, channel};
pub(crate) use planner::Planner;

use crate::access::{Access, Guard};
use crate::api::picture::Newest;
use crate::brought::Own;
use crate::budget::Place;
use crate::claim::Claim;
use crate::code::RoomCode;
use crate::error::ApiError;
use crate::stock::Held;
use axum::body::Bytes;
use convoy_model::{Answer, Model};
use convoy_plan::{DeviceId, Drawing, Drawn};
use convoy_session::{DrawError, FrameAnswer, FrameError};
use convoy_wire::{Epoch, FrameId, Hello, ToServer};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that may wait for the room's task; who sends more waits.
const COMMANDS: usize = 256;

/// What came of a photograph.
pub(crate) type Outcome = Result<(FrameId, FrameAnswer), FrameError>;

/// What the room's task is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// A page said hello.
    Join {
        hello: Hello,
        machine: String,
        /// Whether its claim says that it was quarantined in this room.
        quarantined: bool,
        outbox: Outbox,
        reply: oneshot::Sender<DeviceId>,
    },
    /// It said something else, which came at this time.
    Message { from: DeviceId, message: ToServer, at: Instant },
    /// It answers a frame.
    Answer { from: DeviceId, frame: FrameId, epoch: Epoch, answer: Answer },
    /// Its answer to a frame is not taken.
    AnswerRefused { from: DeviceId, frame: FrameId, reason: String },
    /// It sent something that cannot be read.
    Malformed,
    /// It wants to send to another page.
    Route { from: DeviceId, to: DeviceId, reply: oneshot::Sender<Option<Relayed>> },
    /// It waits for another page that reads slowly, and cannot say anything meanwhile.
    Waits { device: DeviceId },
    /// It does not read what is sent to it.
    Stalled { device: DeviceId },
    /// It is gone.
    Leave { device: DeviceId },
    /// Somebody wants a photograph answered; of two requests of one key and photograph one is computed.
    Submit { image: Bytes, key: Option<RequestKey>, held: Held, reply: oneshot::Sender<Outcome> },
    /// Another network.
    SetModel { model: Arc<Model>, reply: oneshot::Sender<Value> },
    /// Another scheme.
    SetScheme { scheme: String, latency_limit: Option<f64>, reply: oneshot::Sender<Value> },
    /// The plan that runs, to be drawn on.
    Drawing { reply: oneshot::Sender<Option<(Epoch, Drawing)>> },
    /// Plan `epoch` as it was drawn; the room's state, or why not.
    Draw { epoch: Epoch, drawn: Drawn, reply: oneshot::Sender<Result<Value, DrawError>> },
    /// Who may do what is another matter from now on; what is not said stays.
    SetAccess { locked: Option<bool>, guard: Option<Option<Guard>>, reply: oneshot::Sender<()> },
    /// Sends a page away; the room's state, where it was there.
    Remove { device: DeviceId, reply: oneshot::Sender<Option<Value>> },
    /// Ends a page's quarantine; the room's state, where there was such a page.
    Pardon { device: DeviceId, reply: oneshot::Sender<Option<Value>> },
    /// A page remembers the room as it was before the server was started anew, perhaps better than
    /// whoever came back first.
    Remember { claim: Claim, model: Arc<Model> },
    /// How the room is.
    State { reply: oneshot::Sender<Value> },
}

/// Who may do what, as the room's task says and everybody else reads.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<RwLock<Access>>);

impl Shared {
    fn new(access: Access) -> Self {
        Self(Arc::new(RwLock::new(access)))
    }

    fn read(&self) -> RwLockReadGuard<'_, Access> {
        // Whoever panicked cannot have left half of it behind.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Access> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A room.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) code: RoomCode,
    /// What it is called in logs.
    pub(crate) alias: String,
    access: Shared,
    /// The page by which others join.
    pub(crate) url: String,
    /// What its pages may show their part of.
    pub(crate) newest: Newest,
    /// Networks that it has brought.
    pub(crate) own: Own,
    commands: mpsc::Sender<Command>,
    stopping: watch::Receiver<bool>,
    _place: Place<IpAddr>,
}

impl Room {
    /// A room whose task is yet to be started with the commands.
    pub(crate) fn new(
        code: RoomCode,
        alias: String,
        claim: &Claim,
        place: Place<IpAddr>,
        stopping: watch::Receiver<bool>,
    ) -> (Self, mpsc::Receiver<Command>) {
        let (commands, received) = mpsc::channel(COMMANDS);
        let (access, url) = (Shared::new(claim.access.clone()), claim.url.clone());
        let (newest, own) = (Newest::default(), Own::default());
        (
            Self { code, alias, access, url, newest, own, commands, stopping, _place: place },
            received,
        )
    }

    /// Who may do what, at present.
    pub(crate) fn access(&self) -> RwLockReadGuard<'_, Access> {
        self.access.read()
    }

    /// The same for the room's task, which alone changes it.
    pub(crate) fn shared_access(&self) -> Shared {
        self.access.clone()
    }

    /// Whether the server stops, and the room with it.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Why the room is not there any more.
    fn ended(&self) -> ApiError {
        if self.is_stopping() { ApiError::stopping() } else { ApiError::room_ended() }
    }

    /// Tells the room's task; waits while it has much to do.
    pub(crate) async fn tell(&self, command: Command) -> Result<(), ApiError> {
        self.commands.send(command).await.map_err(|_| self.ended())
    }

    /// Asks the room's task.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await?;
        answer.await.map_err(|_| self.ended())
    }
}
