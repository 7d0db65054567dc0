//! `GET /api/rooms/CODE/picture`: the room's newest answered picture, so that every page of the room can
//! show its part of it.

use super::{admit, room_of};
use crate::app::App;
use crate::error::ApiError;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use convoy_wire::FrameId;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Largest picture in bytes that is kept for the room's pages; they would load others' links.
const MOST: usize = 1 << 20;

/// The newest answered picture of a room.
#[derive(Debug, Default)]
pub(crate) struct Newest(Mutex<Option<(FrameId, Bytes)>>);

impl Newest {
    /// A picture was answered.
    pub(crate) fn answered(&self, frame: FrameId, image: Bytes) {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.as_ref().is_none_or(|(kept, _)| *kept < frame) {
            *newest = Some((frame, image));
        }
    }

    fn get(&self) -> Option<Bytes> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        newest.as_ref().map(|(_, image)| image.clone())
    }
}

/// What of an `image` is to be shown once it is answered: all, or nothing where it is too large, and then it
/// is not held here while it is computed.
pub(super) fn shown(image: &Bytes) -> Option<Bytes> {
    (image.len() <= MOST).then(|| image.clone())
}

pub(super) async fn picture(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let room = room_of(&app, address, code)?;
    admit(&app, &room, &headers)?;
    let text = "no picture of this room was answered yet";
    let image = room.newest.get().ok_or_else(|| ApiError::not_found("no_picture", text))?;
    let format =
        image::guess_format(&image).map_or("application/octet-stream", |kind| kind.to_mime_type());
    Ok(([(CONTENT_TYPE, format), (CACHE_CONTROL, "no-store")], image).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_picture_stays_and_none_that_is_too_large_is_shown() {
        let newest = Newest::default();
        assert!(newest.get().is_none());
        newest.answered(FrameId(3), Bytes::from_static(b"three"));
        // Answers overtake each other.
        newest.answered(FrameId(2), Bytes::from_static(b"two"));
        assert_eq!(newest.get().as_deref(), Some(&b"three"[..]));
        assert_eq!(shown(&Bytes::from(vec![0; MOST + 1])), None);
        assert_eq!(shown(&Bytes::from(vec![0; MOST])).map(|image| image.len()), Some(MOST));
    }
}
