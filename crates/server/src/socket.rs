//! `GET /ws/CODE`: the WebSocket between a page and its room.

mod connection;
mod reader;

use crate::app::App;
use crate::error::ApiError;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use convoy_wire::{HEADER, PART};
use std::net::SocketAddr;
use std::sync::Arc;

/// Longest answer of a page: a map's picture is by far the longest part.
const MAX_ANSWER: usize = 1 << 20;

/// Longest relayed message: a whole part of a slice, with the envelope's tag and number.
const MAX_RELAY: usize = 5 + HEADER + PART;

/// Longest message of any kind; longer ones are not even held.
const MAX_MESSAGE: usize = 9 + MAX_ANSWER;

/// Opens the WebSocket of a page.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, axum::extract::rejection::PathRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    let room = app.room(&code, address.ip())?;
    let upgrade = upgrade.map_err(|error| {
        let text = format!("here only a WebSocket can be opened: {error}");
        ApiError::new(StatusCode::UPGRADE_REQUIRED, "no_websocket", text)
    })?;
    let Some(place) = app.sockets.take(address.ip()) else {
        let text = "too many pages are connected from this address: close some of them";
        return Err(ApiError::too_many("too_many_sockets", text));
    };
    let machine = address.ip().to_canonical().to_string();
    Ok(upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(
        async move |socket| {
            connection::run(socket, &room, machine, &app.limits).await;
            drop(place);
        },
    ))
}
