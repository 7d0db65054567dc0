//! `POST /api/rooms/CODE/infer`: has a room answer a photograph.

use super::{authorize, body, probe, room_of};
use crate::app::App;
use crate::budget::party;
use crate::error::ApiError;
use crate::room::{Command, RequestKey, Room};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use convoy_model::Answer;
use convoy_plan::DeviceId;
use convoy_wire::{Epoch, FrameId};
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;

/// Longest photograph in bytes.
const MAX_IMAGE: usize = 20_000_000;

/// The header with which a caller may ask again for the same answer, after whatever went wrong.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Longest of them.
const MAX_KEY: usize = 255;

/// An answered photograph.
#[derive(Serialize)]
pub(super) struct Answered {
    frame: FrameId,
    model: String,
    epoch: Epoch,
    latency_ms: f64,
    source: DeviceId,
    #[serde(flatten)]
    answer: Answer,
}

pub(super) async fn infer(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answered>, ApiError> {
    let (room, key) = match admit(&app, address, code, &headers) {
        Ok(admitted) => admitted,
        Err(error) => {
            body::discard(&headers, body).await;
            return Err(error);
        }
    };
    let mut held = app.photographs.hold(party(address.ip()));
    let image = body::photograph(body, MAX_IMAGE, app.limits.upload, &mut held).await?;
    probe::check(image.clone()).await?;
    let key = key.map(|key| RequestKey::new(&key, &image));
    let shown = super::picture::shown(&image);
    let (frame, found) = room.ask(|reply| Command::Submit { image, key, held, reply }).await??;
    if let Some(shown) = shown {
        room.newest.answered(frame, shown);
    }
    // Where the caller hangs up this is dropped, which the room's task notices.
    let latency_ms = found.latency * 1e3;
    let (model, epoch, source, answer) = (found.model, found.epoch, found.source, found.answer);
    Ok(Json(Answered { frame, model, epoch, latency_ms, source, answer }))
}

/// Everything that can be said before the photograph has come in.
fn admit(
    app: &App,
    address: SocketAddr,
    code: Result<Path<String>, PathRejection>,
    headers: &HeaderMap,
) -> Result<(Arc<Room>, Option<String>), ApiError> {
    let room = room_of(app, address, code)?;
    authorize(app, &room, headers)?;
    let key = key(headers)?;
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    // What it says decides no more than that.
    if length.is_some_and(|length: usize| length > MAX_IMAGE) {
        let text = format!("the photograph is larger than {} MB", MAX_IMAGE / 1_000_000);
        return Err(ApiError::too_large("too_large", text));
    }
    Ok((room, key))
}

/// The key by which the caller may ask again.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => {
            let text = format!("{IDEMPOTENCY_KEY} has 1 to {MAX_KEY} visible ASCII characters");
            Err(ApiError::bad_request("bad_key", text))
        }
    }
}
