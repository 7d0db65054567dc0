//! `POST /api/rooms/CODE/runs`: the room's host leaves a run, as its page records it; who is given the address
//! plays it, without the room and without any device. The room's code in the address is for a balancer.

use super::{body, control, room_of};
use crate::app::App;
use crate::budget::party;
use crate::error::ApiError;
use crate::page::answer_json;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// Longest run in bytes: the page keeps four million characters, most of them of one byte.
const MAX_RUN: usize = 6_000_000;

/// What every run says of itself.
#[derive(Deserialize)]
struct Run {
    format: String,
    #[serde(rename = "version")]
    _version: u32,
    #[serde(rename = "moments")]
    _moments: Vec<IgnoredAny>,
}

pub(super) async fn leave(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let admitted = room_of(&app, address, code).and_then(|room| {
        control(&room, &headers)?;
        Ok(room)
    });
    let room = match admitted {
        Ok(room) => room,
        Err(error) => {
            body::discard(&headers, body).await;
            return Err(error);
        }
    };
    let mut held = app.runs.hold(party(address.ip()));
    let run = body::run(body, MAX_RUN, app.limits.upload, &mut held).await?;
    if !is_run(&run) {
        let text = "this is no run as the room's page saves it";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_run", text));
    }
    let id = app.runs.keep(party(address.ip()), run, held).map_err(|error| {
        ApiError::unavailable("no_code", format!("the system has no randomness: {error}"))
    })?;
    let path = format!("/api/rooms/{}/runs/{id}", room.code);
    Ok((StatusCode::CREATED, Json(json!({ "path": path }))))
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = path.ok().and_then(|Path((_, id))| Some((app.runs.get(&id)?, id)));
    let (run, id) = found.ok_or_else(|| {
        let text = "no such run is kept: the server was started anew, or newer runs took its place";
        ApiError::not_found("no_such_run", text)
    })?;
    // It compresses.
    let answer = move || answer_json(run, id, &headers, &app.compressed);
    tokio::task::spawn_blocking(answer).await.map_err(|_| ApiError::stopping())
}

fn is_run(bytes: &Bytes) -> bool {
    serde_json::from_slice::<Run>(bytes).is_ok_and(|run| run.format == "convoy-run")
}
