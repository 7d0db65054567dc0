//! What only who started a room does: `PUT /api/rooms/CODE/access`, `DELETE
//! /api/rooms/CODE/devices/ID`, `POST /api/rooms/CODE/devices/ID/pardon`; and how others come in by a PIN: `POST /api/rooms/CODE/join`.

use super::{body, control, room_of};
use crate::access::Pin;
use crate::app::App;
use crate::budget::party;
use crate::error::ApiError;
use crate::room::{Command, Room};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use convoy_plan::DeviceId;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// What is to be changed; what is not said stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedAccess {
    #[serde(default)]
    locked: Option<bool>,
    #[serde(default)]
    private: Option<bool>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    pin: Option<Option<Pin>>,
}

/// Where a field is there at all, even as `null`.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Pin>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedJoin {
    pin: Pin,
}

/// Locks or unlocks a room, makes it private or open; each new invitation ends the ones before.
pub(super) async fn access(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    control(&room, &headers)?;
    let example = r#"{"locked": true, "private": true, "pin": "481216"}"#;
    let asked: AskedAccess = body::json(body, None, example).await?;
    let guard = match (asked.private, asked.pin) {
        (None, None) => None,
        (Some(false), Some(Some(_))) => {
            let text = "a room with a PIN is private: leave one of the two out";
            return Err(ApiError::bad_request("bad_json", text));
        }
        (Some(false), _) => Some(None),
        (_, pin) => Some(Some(app.rooms.guard(room.code, pin.flatten().as_ref())?)),
    };
    let locked = asked.locked;
    room.ask(|reply| Command::SetAccess { locked, guard, reply }).await?;
    Ok(Json(describe(&app, &room)))
}

/// How a room may be entered, for who controls it.
pub(super) fn describe(app: &App, room: &Room) -> Value {
    let access = room.access();
    json!({
        "locked": access.locked,
        "private": access.guard.is_some(),
        "pin": access.guard.as_ref().is_some_and(crate::access::Guard::has_pin),
        "join": app.rooms.join_token(room),
    })
}

/// Sends a page away.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let (room, id) = page_of(&app, address, path, &headers)?;
    let unknown = || unknown(&id, "is in the room");
    let device = DeviceId(id.parse().map_err(|_| unknown())?);
    let state = room.ask(|reply| Command::Remove { device, reply }).await?;
    state.map(Json).ok_or_else(unknown)
}

/// Lets a quarantined page take part again.
pub(super) async fn pardon(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let (room, id) = page_of(&app, address, path, &headers)?;
    let unknown = || unknown(&id, "is quarantined in the room");
    let device = DeviceId(id.parse().map_err(|_| unknown())?);
    let state = room.ask(|reply| Command::Pardon { device, reply }).await?;
    state.map(Json).ok_or_else(unknown)
}

/// The room that the caller controls, and which page is meant.
fn page_of(
    app: &App,
    address: SocketAddr,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: &HeaderMap,
) -> Result<(Arc<Room>, String), ApiError> {
    let Path((code, id)) = path.map_err(|_| ApiError::no_room("of this code"))?;
    let room = app.room(&code, party(address.ip()))?;
    control(&room, headers)?;
    Ok((room, id))
}

fn unknown(id: &str, what: &str) -> ApiError {
    let id: String = id.chars().take(20).collect();
    ApiError::not_found("no_such_device", format!("no page {id} {what}"))
}

/// Gives the join token for the PIN.
pub(super) async fn join(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    let asked: AskedJoin = body::json(body, None, r#"{"pin": "481216"}"#).await?;
    let party = party(address.ip());
    // Taken first, so that many who ask at once try no more than one after another.
    if !app.pins_of_address.take(party) {
        return Err(too_many("came from this address"));
    }
    if !app.pins_of_room.take(room.code) {
        app.pins_of_address.give_back(party);
        return Err(too_many("were tried in this room"));
    }
    if app.rooms.takes_pin(&room, &asked.pin) {
        app.pins_of_address.give_back(party);
        app.pins_of_room.give_back(room.code);
        return Ok(Json(json!({ "join": app.rooms.join_token(&room) })));
    }
    tracing::info!(room = room.alias, "a wrong PIN");
    let text = "this is not the room's PIN: look at it again, or open the invitation's link";
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong_pin", text))
}

fn too_many(where_: &str) -> ApiError {
    let text = format!(
        "too many wrong PINs {where_}: wait a minute, or open the invitation's link, which needs none"
    );
    ApiError::too_many("too_many_pins", text)
}
