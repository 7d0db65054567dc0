//! `GET` and `PUT /api/rooms/CODE/plan`: the plan that runs, for who started the room to draw on, and the
//! plan as it was drawn.

use super::{body, control, room_of};
use crate::app::App;
use crate::error::ApiError;
use crate::room::Command;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use convoy_model::Region;
use convoy_plan::Drawn;
use convoy_session::DrawError;
use convoy_wire::Epoch;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// Which plan was drawn on, and what was drawn.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedPlan {
    epoch: Epoch,
    stage: usize,
    tiles: Vec<Region>,
}

/// The plan with the devices and lines that it was made for.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    control(&room, &headers)?;
    let drawing = room.ask(|reply| Command::Drawing { reply }).await?;
    let (epoch, drawing) = drawing.ok_or_else(|| refused(&DrawError::Changed))?;
    Ok(Json(json!({ "epoch": epoch, "plan": drawing.plan, "cluster": drawing.cluster })))
}

/// Has the room run it as it was drawn.
pub(super) async fn draw(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let room = room_of(&app, address, code)?;
    control(&room, &headers)?;
    let example = r#"{"epoch": 1, "stage": 0, "tiles": [{"rows": [0, 20], "cols": [0, 55]}, ...]}"#;
    let AskedPlan { epoch, stage, tiles } = body::json(body, None, example).await?;
    let drawn = Drawn { stage, tiles };
    let done = room.ask(|reply| Command::Draw { epoch, drawn, reply }).await?;
    done.map(Json).map_err(|error| refused(&error))
}

fn refused(error: &DrawError) -> ApiError {
    let (status, code) = match error {
        DrawError::Changed => (StatusCode::CONFLICT, "plan_changed"),
        DrawError::Plan(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_plan"),
    };
    ApiError::new(status, code, error.to_string())
}
