//! `POST /api/rooms/CODE/networks`: the room's host brings a network of its own, as an ONNX file. It is
//! checked and cut before anything else happens; what cannot be run is named, operator by operator.

use super::info::describe;
use super::{body, control, room_of};
use crate::app::App;
use crate::brought::{self, Brought};
use crate::budget::party;
use crate::error::ApiError;
use crate::room::Room;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use convoy_model::onnx::{self, ImportError, Imported};
use convoy_model::package::{Packed, Precision, pack};
use convoy_model::{AnswerKind, Channels, Fit, Model, NodeId, Preprocess, WeightSource, pieces};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// Longest ONNX file in bytes.
const MAX_FILE: usize = 256_000_000;

/// Longest title in characters.
const MAX_TITLE: usize = 60;

/// Part of the short side that a crop keeps, as of the networks that come with the server.
const FRACTION: f32 = 0.875;

/// Grey of a letterbox's bars.
const GREY: u8 = 128;

/// What an ONNX file does not say: how photographs are brought to it, and what its numbers mean.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    title: String,
    kind: Kind,
    /// A network whose names of classes are this one's too.
    labels: Option<String>,
    values: Values,
    channels: Order,
    resize: Resize,
}

impl Default for Asked {
    fn default() -> Self {
        let (kind, values, channels) = (Kind::Raw, Values::Unit, Order::Rgb);
        Self { title: String::new(), kind, labels: None, values, channels, resize: Resize::Crop }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Labels,
    Map,
    Raw,
}

/// Which values pixels have when they come to the network.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Values {
    /// 0 to 1.
    Unit,
    /// 0 to 255.
    Bytes,
    /// -1 to 1.
    Signed,
    /// 0 to 255, less the mean of ImageNet's photographs, as Caffe's networks want them.
    Centred,
    /// By the mean and spread of ImageNet's photographs.
    Imagenet,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Rgb,
    Bgr,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Resize {
    Crop,
    Letterbox,
    Stretch,
}

pub(super) async fn bring(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let admitted = admit(&app, address, code, asked, &headers);
    let (room, asked) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => {
            body::discard(&headers, body).await;
            return Err(error);
        }
    };
    let mut held = app.networks.hold(party(address.ip()));
    let file = body::network(body, MAX_FILE, app.limits.upload, &mut held).await?;
    let labels = match &asked.labels {
        None => Vec::new(),
        Some(id) => super::change::find_model(&app, &room, id)?.labels.clone(),
    };
    // One at a time: each takes several times its file's memory.
    let turn = app.importing.acquire().await.map_err(|_| ApiError::stopping())?;
    let packed = tokio::task::spawn_blocking(move || import(&file, &asked, labels)).await;
    drop(turn);
    let packed = packed.map_err(|_| refused("the file cannot be read"))??;
    let brought = Brought::new(packed, held);
    let described = describe(&brought.model);
    if !app.brought.add(&room.own, brought) {
        return Err(full());
    }
    Ok((StatusCode::CREATED, Json(described)))
}

/// The room's own networks, as `/api/models` lists all rooms'.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    super::admit(&app, &room, &headers)?;
    let models: Vec<Value> = room.own.all().iter().map(|one| describe(&one.model)).collect();
    Ok(Json(json!({ "models": models })))
}

/// Everything that can be said before the file has come in.
fn admit(
    app: &App,
    address: SocketAddr,
    code: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<(Arc<Room>, Asked), ApiError> {
    let room = room_of(app, address, code)?;
    control(&room, headers)?;
    let Query(asked) =
        asked.map_err(|error| ApiError::bad_request("bad_query", error.body_text()))?;
    if room.own.is_full() {
        return Err(full());
    }
    Ok((room, asked))
}

fn full() -> ApiError {
    let text =
        "this room has as many networks of its own as it may: start another room for this one";
    ApiError::too_many("too_many_networks", text)
}

fn refused(why: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "cannot_run", why)
}

/// Reads and cuts the network.
fn import(file: &Bytes, asked: &Asked, labels: Vec<String>) -> Result<Packed, ApiError> {
    let Imported { graph, weights } = onnx::import(file).map_err(|error| match error {
        ImportError::NotOnnx(_) => {
            ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_network", error.to_string())
        }
        error => refused(error.to_string()),
    })?;
    let id = brought::id().map_err(|error| {
        ApiError::unavailable("no_code", format!("the system has no randomness: {error}"))
    })?;
    let title: String =
        asked.title.chars().filter(|letter| !letter.is_control()).take(MAX_TITLE).collect();
    let channels = match (graph.shape(NodeId::INPUT).channels, asked.channels) {
        (1, _) => Channels::Gray,
        (_, Order::Rgb) => Channels::Rgb,
        (_, Order::Bgr) => Channels::Bgr,
    };
    let (mean, std) = match asked.values {
        Values::Unit => ([0.0; 3], [255.0; 3]),
        Values::Bytes => ([0.0; 3], [1.0; 3]),
        Values::Signed => ([127.5; 3], [127.5; 3]),
        Values::Centred => ([123.68, 116.779, 103.939], [1.0; 3]),
        Values::Imagenet => ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
    };
    let fit = match asked.resize {
        Resize::Crop => Fit::Crop { fraction: FRACTION },
        Resize::Letterbox => Fit::Letterbox { fill: GREY },
        Resize::Stretch => Fit::Stretch,
    };
    let answer = match asked.kind {
        Kind::Labels => AnswerKind::Labels,
        Kind::Map => AnswerKind::Map,
        Kind::Raw => AnswerKind::Raw,
    };
    let model = Model {
        title: if title.trim().is_empty() { id.clone() } else { title.trim().to_owned() },
        id,
        pieces: pieces(&graph),
        graph,
        preprocess: Preprocess { fit, channels, mean, std },
        answer,
        labels: if asked.kind == Kind::Labels { labels } else { Vec::new() },
        // Replaced by the files' names when it is packed.
        weights: WeightSource::Files { files: Vec::new() },
    };
    pack(model, &weights, Precision::F16).map_err(|error| refused(error.to_string()))
}
