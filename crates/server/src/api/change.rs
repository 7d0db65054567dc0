//! `PUT /api/rooms/CODE/model` and `/scheme`: another network, another scheme.

use super::{authorize, body, room_of};
use crate::app::App;
use crate::error::ApiError;
use crate::room::{Command, Room};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use convoy_model::Model;
use convoy_plan::SCHEMES;
use serde::Deserialize;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedModel {
    model: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedScheme {
    scheme: String,
    /// Where it is not said, there is none any more.
    #[serde(default)]
    latency_limit: Option<f64>,
}

/// The network `id`, one of the room's own among them, or which there are.
pub(super) fn find_model(app: &App, room: &Room, id: &str) -> Result<Arc<Model>, ApiError> {
    room.own.model(id).map_or_else(|| common_model(app, id), Ok)
}

/// The network `id` of those that every room may run, or which there are.
pub(super) fn common_model(app: &App, id: &str) -> Result<Arc<Model>, ApiError> {
    let unknown = |error: convoy_model::catalog::CatalogError| {
        ApiError::bad_request("unknown_model", error.to_string())
    };
    app.catalog.model(id).map_err(unknown)
}

/// The scheme `name`, or which there are.
pub(super) fn find_scheme(name: &str) -> Result<String, ApiError> {
    if SCHEMES.contains(&name) {
        return Ok(name.to_owned());
    }
    let text = format!("there is no scheme '{name}'; there are: {}", SCHEMES.join(", "));
    Err(ApiError::bad_request("unknown_scheme", text))
}

/// Seconds within which photographs are to be answered, where they make sense.
pub(super) fn check_limit(limit: Option<f64>) -> Result<Option<f64>, ApiError> {
    match limit {
        Some(seconds) if seconds.is_nan() || seconds <= 0.0 => {
            let text = format!("latency_limit is {seconds}; it must be seconds above 0, or null");
            Err(ApiError::bad_request("bad_latency_limit", text))
        }
        other => Ok(other),
    }
}

pub(super) async fn model(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    authorize(&app, &room, &headers)?;
    let asked: AskedModel = body::json(body, None, r#"{"model": "squeezenet1.1"}"#).await?;
    let model = find_model(&app, &room, &asked.model)?;
    Ok(Json(room.ask(|reply| Command::SetModel { model, reply }).await?))
}

pub(super) async fn scheme(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    authorize(&app, &room, &headers)?;
    let asked: AskedScheme = body::json(body, None, r#"{"scheme": "best"}"#).await?;
    let scheme = find_scheme(&asked.scheme)?;
    let latency_limit = check_limit(asked.latency_limit)?;
    let command = |reply| Command::SetScheme { scheme, latency_limit, reply };
    Ok(Json(room.ask(command).await?))
}
