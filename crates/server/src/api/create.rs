//! `POST /api/rooms`: starts a room.

use super::{body, change};
use crate::access::Pin;
use crate::app::App;
use crate::base;
use crate::budget::party;
use crate::error::ApiError;
use crate::rooms::Wishes;
use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// What may be said of a new room.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    model: String,
    scheme: String,
    latency_limit: Option<f64>,
    locked: bool,
    private: bool,
    pin: Option<Pin>,
}

impl Default for Asked {
    fn default() -> Self {
        let (model, scheme) = ("squeezenet1.1".into(), convoy_plan::DEFAULT_SCHEME.into());
        Self { model, scheme, latency_limit: None, locked: false, private: false, pin: None }
    }
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let example = r#"{"model": "squeezenet1.1", "scheme": "best", "locked": false}"#;
    let asked = body::json(body, Some(Asked::default()), example).await?;
    let wishes = Wishes {
        model: change::common_model(&app, &asked.model)?,
        scheme: change::find_scheme(&asked.scheme)?,
        latency_limit: change::check_limit(asked.latency_limit)?,
        locked: asked.locked,
        private: asked.private,
        pin: asked.pin,
        base: base::url(&headers, &app.lan_urls, &app.url),
    };
    let (room, token) = app.rooms.create(party(address.ip()), &wishes)?;
    let (code, url) = (room.code.to_string(), &room.url);
    let join = app.rooms.join_token(&room);
    let answer = json!({ "code": code, "url": url, "token": token, "join": join });
    Ok((StatusCode::CREATED, Json(answer)))
}
