//! `GET /ws/CODE`: the WebSocket between a page and its room.

mod connection;
mod ending;
mod reader;

use crate::app::App;
use crate::error::ApiError;
use crate::metrics::Held;
use crate::room::{Command, Room};
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use convoy_wire::{HEADER, PART};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Longest answer of a page: a map's picture is by far the longest part.
const MAX_ANSWER: usize = 1 << 20;

/// Longest relayed message: a whole part of a slice, with the envelope's tag and number.
const MAX_RELAY: usize = 5 + HEADER + PART;

/// Longest message of any kind; longer ones are not even held.
const MAX_MESSAGE: usize = 9 + MAX_ANSWER;

/// Bytes that a socket is read by. Each connection keeps as many, and idle pages say little; a part of a
/// slice is read in a few steps.
const READ_BUFFER: usize = 8 * 1024;

/// What a page says of a room in which it was before.
#[derive(Deserialize)]
pub(crate) struct Asked {
    claim: Option<String>,
}

/// Opens the WebSocket of a page.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, axum::extract::rejection::PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    if app.rooms.is_elsewhere(&code) {
        return Err(ApiError::elsewhere());
    }
    let claim = asked.ok().and_then(|Query(Asked { claim })| claim);
    let known = match claim {
        None => Some(app.room(&code, address.ip())?),
        Some(_) => None,
    };
    let upgrade = upgrade.map_err(|error| {
        let text = format!("here only a WebSocket can be opened: {error}");
        ApiError::new(StatusCode::UPGRADE_REQUIRED, "no_websocket", text)
    })?;
    let Some(place) = app.sockets.take(address.ip()) else {
        let text = "too many pages are connected from this address: close some of them";
        return Err(ApiError::too_many("too_many_sockets", text));
    };
    let room = match (known, claim) {
        (Some(room), _) => room,
        (None, claim) => claimed(&app, &code, &claim.unwrap_or_default(), address.ip()).await?,
    };
    let machine = address.ip().to_canonical().to_string();
    let upgrade = upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE);
    Ok(upgrade.read_buffer_size(READ_BUFFER).on_upgrade(async move |socket| {
        let _open = Held::one(&app.metrics.sockets);
        connection::run(socket, &room, machine, &app).await;
        drop(place);
    }))
}

/// The room that a page was in before its socket, or the server, ended: made again where it is gone.
async fn claimed(
    app: &App,
    code: &str,
    claim: &str,
    address: IpAddr,
) -> Result<Arc<Room>, ApiError> {
    let signed = app.rooms.claim(claim).filter(|claim| claim.code.eq_ignore_ascii_case(code));
    // What is no claim of this room does not help, and does not hinder.
    let Some(claim) = signed else { return app.room(code, address) };
    let model = app.catalog.model(&claim.model);
    let found = match (app.rooms.find(code), &model) {
        (Some(room), _) => Some(room),
        (None, Ok(model)) => app.rooms.restore(address, claim.clone(), model)?,
        (None, Err(error)) => {
            let text = format!("the room cannot be made again: {error}");
            return Err(ApiError::not_found("no_room", text));
        }
    };
    // Pages come back together: another may have made it meanwhile.
    let room = found.or_else(|| app.rooms.find(code)).ok_or_else(ApiError::room_ended)?;
    if room.token != claim.token {
        let text = "this room ended with the server, and its code is another room's by now: start a \
                    new one";
        return Err(ApiError::new(StatusCode::CONFLICT, "another_room", text));
    }
    if let Ok(model) = model {
        room.tell(Command::Remember { claim, model }).await?;
    }
    Ok(room)
}
