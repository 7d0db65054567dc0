//! How a connection ends.

use crate::room::Room;
use axum::extract::ws::close_code;

/// How a connection ends: with a code and a reason, unless the page ended it.
#[derive(Debug)]
pub(super) struct Ending(pub(super) Option<(u16, String)>);

impl Ending {
    pub(super) fn because(code: u16, reason: impl Into<String>) -> Self {
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
        Self::because(close_code::AWAY, "the room has ended")
    }

    /// The room has said all that it had to say to the page.
    pub(super) fn done(room: &Room) -> Self {
        if room.is_stopping() {
            return Self::stopping();
        }
        Self::because(close_code::NORMAL, "the room is done")
    }

    fn stopping() -> Self {
        let text = "the server is being stopped or started anew: the page comes back by itself";
        Self::because(close_code::RESTART, text)
    }

    /// In a word, of few.
    pub(super) const fn word(&self) -> &'static str {
        match &self.0 {
            None => "gone",
            Some((close_code::NORMAL, _)) => "done",
            Some((close_code::AWAY, _)) => "room_ended",
            Some((close_code::RESTART, _)) => "stopping",
            Some((close_code::SIZE, _)) => "too_long",
            Some((close_code::POLICY, _)) => "policy",
            Some(_) => "protocol",
        }
    }
}
