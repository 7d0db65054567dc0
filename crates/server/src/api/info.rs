//! What the server is and has.

use super::{bearer, room_of};
use crate::app::App;
use crate::error::ApiError;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use convoy_model::{AnswerKind, Model, NodeId, WeightSource};
use convoy_plan::SCHEMES;
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

pub(super) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

pub(super) async fn info(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "version": env!("CARGO_PKG_VERSION"), "lan_urls": app.lan_urls }))
}

pub(super) async fn models(State(app): State<Arc<App>>) -> Json<Value> {
    let models: Vec<Value> = app.catalog.models().map(|model| describe(model)).collect();
    Json(json!({ "models": models }))
}

/// A network, for those who choose one.
pub(super) fn describe(model: &Model) -> Value {
    json!({
        "id": model.id,
        "title": model.title,
        "kind": match model.answer {
            AnswerKind::Labels => "labels",
            AnswerKind::Boxes { .. } => "boxes",
            AnswerKind::Map => "map",
            AnswerKind::Raw => "raw",
        },
        "input": model.graph.shape(NodeId::INPUT),
        "pieces": model.pieces.len(),
        "weight_bytes": match &model.weights {
            WeightSource::Files { files } => Some(files.iter().map(|file| file.bytes).sum::<u64>()),
            WeightSource::Seeded { .. } => None,
        },
    })
}

pub(super) async fn schemes() -> Json<Value> {
    Json(json!({ "schemes": SCHEMES }))
}

/// The room's address as a picture for a phone's camera.
pub(super) async fn qr(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    let room = room_of(&app, address, code)?;
    // Who is invited may invite: the picture carries the join token for none but those who have it.
    let invited = app.rooms.admits(&room, bearer(&headers));
    let join = app.rooms.join_token(&room).filter(|_| invited);
    let url = join.map_or_else(|| room.url.clone(), |join| format!("{}#join={join}", room.url));
    let picture = QrCode::new(url.as_bytes()).map_err(|error| {
        let text = format!("the address {} does not fit a QR code: {error}", room.url);
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "no_qr_code", text)
    })?;
    // Black on white whatever the page's colours: cameras want it so.
    let picture = picture.render::<svg::Color<'_>>().min_dimensions(264, 264).build();
    Ok(([(CONTENT_TYPE, "image/svg+xml")], picture))
}
