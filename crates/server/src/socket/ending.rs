//! How a connection ends.

use crate::room::Room;
use tokio_websockets::CloseCode;

/// How a connection ends: with a code and a reason, unless the page ended it.
#[derive(Debug)]
pub(super) struct Ending(pub(super) Option<(CloseCode, String)>);

impl Ending {
    pub(super) fn because(code: CloseCode, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        // The protocol allows 123 bytes.
        reason.truncate(reason.floor_char_boundary(120));
        Self(Some((code, reason)))
    }

    pub(super) const fn gone() -> Self {
        Self(None)
    }

    /// The room has ended while the page was there.
    pub(super) fn room_ended(room: &Room) -> Self {
        if room.is_stopping() {
            return Self::stopping();
        }
        Self::because(CloseCode::GOING_AWAY, "the room has ended")
    }

    /// The room has said all that it had to say to the page.
    pub(super) fn done(room: &Room) -> Self {
        if room.is_stopping() {
            return Self::stopping();
        }
        Self::because(CloseCode::NORMAL_CLOSURE, "the room is done")
    }

    fn stopping() -> Self {
        let text = "the server is being stopped or started anew: the page comes back by itself";
        Self::because(CloseCode::SERVICE_RESTART, text)
    }

    /// In a word, of few.
    pub(super) const fn word(&self) -> &'static str {
        match &self.0 {
            None => "gone",
            Some((CloseCode::NORMAL_CLOSURE, _)) => "done",
            Some((CloseCode::GOING_AWAY, _)) => "room_ended",
            Some((CloseCode::SERVICE_RESTART, _)) => "stopping",
            Some((CloseCode::MESSAGE_TOO_BIG, _)) => "too_long",
            Some((CloseCode::POLICY_VIOLATION, _)) => "policy",
            Some(_) => "protocol",
        }
    }
}
