//! `GET /ws/CODE`: the WebSocket between a page and its room.

mod answers;
mod connection;
mod credentials;
mod ending;
mod reader;
mod upgrade;

use crate::api::uninvited;
use crate::app::App;
use crate::budget::party;
use crate::claim::Claim;
use crate::error::ApiError;
use crate::metrics::Held;
use crate::room::{Command, Room};
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use convoy_wire::{HEADER, PART};
use credentials::Credentials;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use upgrade::Upgrade;

/// Longest part of an answer.
const MAX_ANSWER_PART: usize = 1 << 20;

/// Longest relayed message: a whole part of a slice, with the envelope's tag and number.
const MAX_RELAY: usize = 5 + HEADER + PART;

/// Longest message of any kind; longer ones are not even held.
const MAX_MESSAGE: usize = 9 + MAX_ANSWER_PART;

/// What a page says in the address of a room in which it was before. Addresses may be seen in logs, so
/// that a claim there brings a room back and yet opens no door.
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
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    if app.rooms.is_elsewhere(&code) {
        return Err(ApiError::elsewhere());
    }
    let brought = Credentials::of(&headers);
    let told = asked.ok().and_then(|Query(Asked { claim })| claim);
    let party = party(address.ip());
    let known = match (&brought.claim, &told) {
        (None, None) => Some(app.room(&code, party)?),
        _ => None,
    };
    let upgrade = upgrade.asked().map_err(|error| {
        let text = format!("here only a WebSocket can be opened: {error}");
        ApiError::new(StatusCode::UPGRADE_REQUIRED, "no_websocket", text)
    })?;
    let Some(place) = app.sockets.take(party) else {
        let text = "too many pages are connected from this address: close some of them";
        return Err(ApiError::too_many("too_many_sockets", text));
    };
    let claim = brought.claim.as_ref().or(told.as_ref()).map_or("", String::as_str);
    let signed = app.rooms.claim(claim).filter(|claim| claim.code.eq_ignore_ascii_case(&code));
    // Who was let in before is let in again, until there is another invitation.
    let guard =
        signed.as_ref().filter(|_| brought.claim.is_some()).map(|claim| &claim.access.guard);
    let guard = guard.cloned();
    let quarantined = signed.as_ref().is_some_and(|claim| claim.quarantined);
    let room = match known {
        Some(room) => room,
        None => claimed(&app, &code, signed, party).await?,
    };
    let admitted = app.rooms.admits(&room, brought.key.as_deref())
        || guard.is_some_and(|guard| guard == room.access().guard);
    let machine = address.ip().to_canonical().to_string();
    Ok(upgrade.answer(MAX_MESSAGE, async move |socket| {
        let _open = Held::one(&app.metrics.sockets);
        if admitted {
            connection::run(socket, &room, (machine, party, quarantined), &app).await;
        } else {
            // A page's script is not told why an upgrade fails.
            connection::refuse(socket, &uninvited(&room), &app).await;
        }
        drop(place);
    }))
}

/// The room that a page was in before its socket, or the server, ended: made again where it is gone.
async fn claimed(
    app: &App,
    code: &str,
    signed: Option<Claim>,
    party: IpAddr,
) -> Result<Arc<Room>, ApiError> {
    // What is no claim of this room does not help, and does not hinder.
    let Some(claim) = signed else { return app.room(code, party) };
    let model = app.catalog.model(&claim.model);
    let found = match (app.rooms.find(code), &model) {
        (Some(room), _) => Some(room),
        (None, Ok(model)) => app.rooms.restore(party, claim.clone(), model)?,
        (None, Err(error)) => {
            let text = format!("the room cannot be made again: {error}");
            return Err(ApiError::not_found("no_room", text));
        }
    };
    // Pages come back together: another may have made it meanwhile.
    let room = found.or_else(|| app.rooms.find(code)).ok_or_else(ApiError::room_ended)?;
    if room.access().token != claim.access.token {
        let text = "this room ended with the server, and its code is another room's by now: start a \
                    new one";
        return Err(ApiError::new(StatusCode::CONFLICT, "another_room", text));
    }
    if let Ok(model) = model {
        room.tell(Command::Remember { claim, model }).await?;
    }
    Ok(room)
}
